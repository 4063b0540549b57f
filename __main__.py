"""The Pulumi program: read the spec of this stack, build it, export its outputs."""

import pulumi

from stacks import programs

for name, value in programs.outputs().items():
    pulumi.export(name, value)
