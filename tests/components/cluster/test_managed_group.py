"""What all managed node groups share: sizes, taints, offers, pinned images, careful updates."""

from typing import Any

import pytest
from pydantic import ValidationError

from components import catalog
from components.cluster.managed_group import NodeCount, Taint, TaintEffect, offer_faults
from meridian.plan import Planned
from policies.core.verdict import UNKNOWN
from tests.components.cluster.surroundings import ZONES, region_plan

GROUP = "aws:eks/nodeGroup:NodeGroup"


def group(mode: str = "update", **knobs: Any) -> Planned:
    return region_plan(lambda region: region.node_group(**knobs), mode=mode).find(GROUP, "system-nodes")


def test_image_release_is_the_pinned_one_of_the_cluster_version() -> None:
    made = group()
    assert made.inputs["version"] == "1.35"
    assert made.inputs["releaseVersion"] == catalog.eks_version("1.35").ami_releases["AL2023_x86_64_STANDARD"]


def test_template_version_is_a_number_and_unknown_only_in_preview() -> None:
    assert group().inputs["launchTemplate"]["version"] == "1"
    assert group("preview").inputs["launchTemplate"]["version"] == UNKNOWN


def test_desired_size_is_only_the_first_one() -> None:
    made = group(min_nodes=2, max_nodes=6, initial_nodes=3)
    assert made.inputs["scalingConfig"] == {"minSize": 2, "maxSize": 6, "desiredSize": 3}
    assert made.options.ignore_changes == ("scalingConfig.desiredSize",)


def test_updates_take_a_third_at_most_and_sick_nodes_are_replaced() -> None:
    made = group()
    assert made.inputs["updateConfig"] == {"maxUnavailablePercentage": 33}
    assert made.inputs["nodeRepairConfig"] == {"enabled": True}
    assert "remoteAccess" not in made.inputs


def test_taints_are_spelled_as_the_eks_api_does() -> None:
    made = group(taints=[{"key": "dedicated", "value": "tidb"}, {"key": "old", "effect": "NoExecute"}])
    assert made.inputs["taints"] == [
        {"key": "dedicated", "value": "tidb", "effect": "NO_SCHEDULE"},
        {"key": "old", "effect": "NO_EXECUTE"},
    ]


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"min_nodes": 5, "max_nodes": 4}, "min_nodes: 5 is more than max_nodes: 4"),
        ({"min_nodes": 1, "max_nodes": 4, "initial_nodes": 5}, "initial_nodes: 5 is not within"),
        ({"max_nodes": 451}, "max_nodes"),
        ({"max_nodes": 0}, "max_nodes"),
    ],
)
def test_sizes_out_of_order_are_refused(knobs: dict[str, int], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        NodeCount.from_yaml(knobs)


def test_toleration_is_kubernetes_spelling() -> None:
    assert Taint(key="a", effect=TaintEffect.NO_EXECUTE).toleration() == {"key": "a", "operator": "Exists", "effect": "NoExecute"}


def test_what_a_zone_does_not_offer_is_named_with_where_it_is() -> None:
    assert offer_faults(["m7i.large"], "eu-west-1", ZONES) == []
    (fault,) = offer_faults(["m7i.large", "p4d.24xlarge"], "eu-west-1", ZONES)
    assert fault == "instance_types: p4d.24xlarge is not offered in euw1-az1, euw1-az3 (eu-west-1 offers it in euw1-az2)"
    (nowhere,) = offer_faults(["g6.xlarge"], "eu-west-1", ZONES[:1])
    assert "offers it in no zone" in nowhere
