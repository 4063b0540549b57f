"""A small region around the component under test: network, control plane, what a node needs before it, and a place for nodes to run."""

from collections.abc import Callable
from typing import Any

from components.cluster.access import AccessEntrySpec, AccessPolicy
from components.cluster.addons import NodeAddons, NodeAddonsArgs, NodeAddonsSpec
from components.cluster.eks import EksCluster, EksClusterArgs, EksClusterSpec
from components.cluster.node_group import NodeGroup, NodeGroupArgs, NodeGroupSpec
from components.location import Location
from components.network.vpc import NetworkSpec, Vpc, VpcArgs
from meridian.plan import Plan
from tests.deploy import deploy

ACCOUNT = "111122223333"
CLUSTER = "meridian-test"
KEY = "arn:aws:kms:eu-west-1:111122223333:key/volumes"
TAGS = {"data-class": "personal", "owner": "platform"}
ZONES = ("euw1-az1", "euw1-az2", "euw1-az3")


class Region:
    """Network, cluster and node add-ons of a test."""

    def __init__(self, region: str = "eu-west-1", zones: tuple[str, ...] = ZONES) -> None:
        location = Location(account_id=ACCOUNT, region=region)
        self.vpc = Vpc("network", VpcArgs(spec=NetworkSpec.from_yaml({"zones": zones}), index=4, location=location, cluster_name=CLUSTER))
        admin = AccessEntrySpec(role_arn=f"arn:aws:iam::{ACCOUNT}:role/admin", policy=AccessPolicy.CLUSTER_ADMIN)
        args = EksClusterArgs(spec=EksClusterSpec(access={"admin": admin}), cluster_name=CLUSTER, location=location, vpc=self.vpc)
        self.cluster = EksCluster("cluster", args)
        self.addons = NodeAddons("node-addons", NodeAddonsArgs(spec=NodeAddonsSpec(), cluster=self.cluster))

    def node_group(self, name: str = "system", **knobs: Any) -> NodeGroup:
        """A node group with these knobs, as YAML spells them."""
        spec = NodeGroupSpec.from_yaml({"instance_types": ["m7i.large"], "min_nodes": 2, **knobs})
        return NodeGroup(
            name,
            NodeGroupArgs(
                spec=spec,
                cluster=self.cluster,
                addons=self.addons,
                subnet_ids=self.vpc.private_subnet_ids,
                volume_key_arn=KEY,
                tags=TAGS,
            ),
        )


def region_plan(
    build: Callable[[Region], object], *, region: str = "eu-west-1", zones: tuple[str, ...] = ZONES, mode: str = "update"
) -> Plan:
    """The Plan of what `build` makes within a region."""
    return deploy(lambda: build(Region(region, zones)), mode=mode)
