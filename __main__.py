"""The Pulumi program: read the spec of this stack, build it, export its outputs."""

import pulumi

from stacks import region, stack_file

for name, value in region.build(stack_file.read()).items():
    pulumi.export(name, value)
