"""Karpenter's pools: what may be asked for."""

import pytest
from pydantic import ValidationError

from components.cluster.karpenter_pool_spec import TRAITS, KarpenterPoolSpec, PoolKind, gpu_types, pool_faults

IRELAND = ("euw1-az1", "euw1-az2", "euw1-az3")


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"kind": "huge"}, "kind"),
        ({"kind": "gpu"}, "a gpu pool needs at least one"),
        ({"kind": "gpu", "accelerators": ["t4"]}, "gpu_limit: 0 in a gpu pool: set at least 1"),
        ({"kind": "general", "accelerators": ["t4"]}, "a general pool has none"),
        ({"kind": "spot", "gpu_limit": 4}, "gpu_limit: 4 in a spot pool"),
        ({"kind": "general", "cpu_limit": 0}, "cpu_limit"),
        ({"kind": "general", "expire_hours": 0}, "expire_hours"),
    ],
)
def test_refused(knobs: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        KarpenterPoolSpec.from_yaml(knobs)


def gpu(*accelerators: str, architecture: str = "amd64") -> KarpenterPoolSpec:
    return KarpenterPoolSpec.from_yaml({"kind": "gpu", "accelerators": accelerators, "gpu_limit": 8, "architecture": architecture})


def test_gpu_types_are_those_the_region_offers() -> None:
    assert {name.split(".")[0] for name in gpu_types(gpu("t4", "l4"), "eu-west-1")} == {"g4dn"}
    assert {name.split(".")[0] for name in gpu_types(gpu("t4", "t4g", architecture="arm64"), "ap-southeast-1")} == {"g5g"}


def test_a_pool_that_could_never_start_a_node_is_refused_with_alternatives() -> None:
    (fault,) = pool_faults(gpu("l4", "h100"), "eu-west-1", IRELAND)
    assert "none of l4, h100 for amd64 is offered in eu-west-1; offered are: t4 in" in fault
    assert pool_faults(gpu("l4", "a10g"), "eu-west-1", IRELAND) == []
    assert pool_faults(KarpenterPoolSpec(kind=PoolKind.GENERAL), "eu-west-1", IRELAND) == []


def test_every_kind_but_general_is_tainted_and_every_kind_has_a_budget() -> None:
    assert set(TRAITS) == set(PoolKind)
    assert [kind for kind, traits in TRAITS.items() if not traits.taints] == [PoolKind.GENERAL]
    assert all(traits.budgets and traits.drain_minutes > 0 for traits in TRAITS.values())
