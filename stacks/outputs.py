"""What a region tells the global stack: written and read back in one place, so that neither side spells a name."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

EDGE = "edge"
"""Stack output of a region that holds everything below."""


@dataclass(frozen=True, kw_only=True)
class RegionOutputs:
    """Where the edge finds a region."""

    region: pulumi.Input[str]
    """AWS region code."""
    cluster_name: pulumi.Input[str]
    """Cluster, whose name begins the names of its secrets."""
    cidr_block: pulumi.Input[str]
    """Primary block of the VPC."""
    origin_hostname: pulumi.Input[str]
    """Name of the load balancer that the region's pool points at."""
    secrets_key_arn: pulumi.Input[str]
    """KMS key under which the global stack leaves secrets in the region."""


def exported(outputs: RegionOutputs) -> Mapping[str, Any]:
    """The stack outputs that carry them."""
    return {EDGE: dict(vars(outputs))}


def read(stack: str) -> RegionOutputs:
    """The outputs of a region's stack, by stack reference: the only one of the program.

    Each value is taken by itself, the unknown ones of a preview included, so that one unknown does not hide the others.
    """
    reference = pulumi.StackReference(stack)

    def value(name: str) -> pulumi.Output[str]:
        return reference.outputs.apply(lambda outputs: _held(stack, outputs, name), run_with_unknowns=True)

    return RegionOutputs(**{name: value(name) for name in RegionOutputs.__dataclass_fields__})


def _held(stack: str, outputs: Any, name: str) -> Any:
    if outputs is None or EDGE not in outputs or name not in outputs[EDGE]:
        raise pulumi.RunError(f"{stack}: stack output {EDGE}.{name} is missing: update that stack first, with this version of the program")
    return outputs[EDGE][name]
