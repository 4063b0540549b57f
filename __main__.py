"""The Pulumi program: read the spec of this stack, build it, export its outputs."""

import pulumi

from stacks import region, spec

for name, value in region.build(spec.read()).items():
    pulumi.export(name, value)
