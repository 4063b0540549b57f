"""Two whole regions' worth of components in one program: nothing collides, nothing reaches over, providers stay apart."""

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
import pytest

from components.cluster.access import AccessEntrySpec, AccessPolicy
from components.cluster.addons import ClusterAddons, ClusterAddonsArgs, ClusterAddonsSpec, NodeAddons, NodeAddonsArgs, NodeAddonsSpec
from components.cluster.eks import EksCluster, EksClusterArgs, EksClusterSpec
from components.cluster.gpu_pool import GpuPool, GpuPoolArgs
from components.cluster.gpu_pool_spec import GpuPoolSpec
from components.cluster.karpenter import Karpenter, KarpenterArgs, KarpenterSpec
from components.cluster.launch_template import volume_key_grant
from components.cluster.node_group import NodeGroup, NodeGroupArgs, NodeGroupSpec
from components.encryption_key import EncryptionKey, EncryptionKeyArgs
from components.location import Location
from components.network.endpoints import Endpoints, EndpointsArgs
from components.network.flow_logs import FlowLogs, FlowLogsArgs, FlowLogsSpec
from components.network.vpc import NetworkSpec, Vpc, VpcArgs
from meridian.plan import STACK_TYPE, Plan, Planned
from tests.deploy import deploy

LOCATION = Location(account_id="111122223333", region="eu-west-1")
ZONES = ("euw1-az1", "euw1-az2", "euw1-az3")
ADMIN = AccessEntrySpec(role_arn="arn:aws:iam::111122223333:role/admin", policy=AccessPolicy.CLUSTER_ADMIN)


def _one(side: str, index: int) -> None:
    providers = [aws.Provider(f"{side}-aws", region="eu-west-1"), kubernetes.Provider(f"{side}-kubernetes", kubeconfig="{}")]
    opts = pulumi.ResourceOptions(providers=providers)
    network = NetworkSpec(zones=ZONES)
    vpc = Vpc(f"{side}-network", VpcArgs(spec=network, index=index, location=LOCATION, cluster_name=side), opts)
    Endpoints(f"{side}-endpoints", EndpointsArgs(spec=network, vpc=vpc, location=LOCATION), opts)
    FlowLogs(f"{side}-flow-logs", FlowLogsArgs(spec=FlowLogsSpec(), vpc=vpc, location=LOCATION, cluster_name=side), opts)
    cluster_args = EksClusterArgs(spec=EksClusterSpec(access={"admin": ADMIN}), cluster_name=side, location=LOCATION, vpc=vpc)
    cluster = EksCluster(f"{side}-cluster", cluster_args, opts)
    addons = NodeAddons(f"{side}-node-addons", NodeAddonsArgs(spec=NodeAddonsSpec(), cluster=cluster), opts)
    key = EncryptionKey(
        f"{side}-volumes-key", EncryptionKeyArgs(location=LOCATION, purpose="volumes", grants=[volume_key_grant(LOCATION)]), opts
    )
    group_args = NodeGroupArgs(
        spec=NodeGroupSpec(instance_types=("m7i.large",)),
        cluster=cluster,
        addons=addons,
        subnet_ids=vpc.private_subnet_ids,
        volume_key_arn=key.arn,
        tags={},
    )
    nodes = NodeGroup(f"{side}-system", group_args, opts)
    gpu_args = GpuPoolArgs(
        spec=GpuPoolSpec.from_yaml({"accelerator": "a10g", "efa": True, "zones": ["euw1-az1"], "placement_group": True}),
        cluster=cluster,
        addons=addons,
        subnet_ids=vpc.private_subnet_ids,
        volume_key_arn=key.arn,
        tags={},
    )
    GpuPool(f"{side}-gpu", gpu_args, opts)
    addons_args = ClusterAddonsArgs(spec=ClusterAddonsSpec(), cluster=cluster, nodes=nodes, volume_key_arn=key.arn)
    ClusterAddons(f"{side}-cluster-addons", addons_args, opts)
    karpenter_args = KarpenterArgs(spec=KarpenterSpec(), cluster=cluster, nodes=nodes, volume_key_arn=key.arn, tags={})
    Karpenter(f"{side}-karpenter", karpenter_args, opts)


@pytest.fixture(scope="module")
def plan() -> Plan:
    def build() -> None:
        _one("left", 0)
        _one("right", 1)

    return deploy(build)


def _side(resource: Planned) -> str:
    return resource.name.split("-")[0]


def _own(plan: Plan) -> list[Planned]:
    return [resource for resource in plan if resource.type != STACK_TYPE]


def test_both_sides_have_the_same_parts(plan: Plan) -> None:
    left, right = ([r.name.removeprefix(f"{side}-") for r in _own(plan) if _side(r) == side] for side in ("left", "right"))
    assert sorted(left) == sorted(right)
    assert len(left) > 120


def test_every_name_begins_with_that_of_its_component(plan: Plan) -> None:
    for resource in plan.made:
        assert resource.name.startswith(plan.by_urn[resource.parent].name)


def test_no_side_depends_on_the_other(plan: Plan) -> None:
    for resource in _own(plan):
        assert {_side(plan.by_urn[urn]) for urn in plan.depends(resource) if plan.by_urn[urn].type != STACK_TYPE} <= {_side(resource)}


def test_the_callers_providers_reach_every_child(plan: Plan) -> None:
    for resource in plan.made:
        assert plan.by_urn[resource.provider].name == f"{_side(resource)}-{resource.type.split(':')[0]}"


def test_physical_names_differ(plan: Plan) -> None:
    named = [(r.type, r.inputs["name"]) for r in plan.made if isinstance(r.inputs.get("name"), str)]
    per_cluster = [pair for pair in named if not pair[0].startswith("kubernetes:")]
    assert len(per_cluster) == len(set(per_cluster))
    assert len(per_cluster) >= 6
