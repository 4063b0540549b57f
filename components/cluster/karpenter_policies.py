"""What the Karpenter controller may do, split by statement group: in one document it outgrew what IAM takes (terraform-aws-eks#3512).

Follows Karpenter's own CloudFormation template of 1.14 (reference/cloudformation), narrower in two ways: resources of this account only,
and nothing that writes instance profiles, as the node classes name a profile that is made beside the node role. Every value is a name, so
that all is known in a preview.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from components.location import Location

_LAUNCHED = ("fleet", "instance", "volume", "network-interface", "launch-template", "spot-instances-request")
_USED = ("security-group", "subnet", "capacity-reservation", "placement-group")
_DESCRIBED = (
    "CapacityReservations",
    "Images",
    "InstanceStatus",
    "InstanceTypeOfferings",
    "InstanceTypes",
    "Instances",
    "LaunchTemplates",
    "PlacementGroups",
    "SecurityGroups",
    "SpotPriceHistory",
    "Subnets",
)


def controller_policies(location: Location, *, cluster_name: str, node_role_name: str, queue_name: str) -> Mapping[str, Mapping[str, Any]]:
    """IAM documents of the controller, by statement group."""
    cluster = location.arn("eks", f"cluster/{cluster_name}")
    groups = {
        "launch": _launch(location, cluster_name),
        "upkeep": _upkeep(location, cluster_name),
        "identity": [_pass_role(location, node_role_name)],
        "cluster": [
            _allow("DescribeCluster", ["eks:DescribeCluster"], cluster),
            _allow("ReadZonalShift", ["arc-zonal-shift:GetManagedResource"], "*", equals={"arc-zonal-shift:ResourceIdentifier": cluster}),
        ],
        "interruption": [
            _allow("Events", ["sqs:DeleteMessage", "sqs:GetQueueUrl", "sqs:ReceiveMessage"], location.arn("sqs", queue_name)),
        ],
        "discovery": _discovery(location),
    }
    return {group: {"Version": "2012-10-17", "Statement": statements} for group, statements in groups.items()}


def _launch(location: Location, cluster_name: str) -> list[dict[str, Any]]:
    """Start instances, only from its own launch templates and only tagged as this cluster's."""
    start = ["ec2:RunInstances", "ec2:CreateFleet"]
    tagged = _of_cluster("RequestTag", cluster_name) | {"aws:RequestTag/eks:eks-cluster-name": cluster_name}
    from_pool = {"aws:RequestTag/karpenter.sh/nodepool": "*"}
    images = [f"arn:aws:ec2:{location.region}::{kind}/*" for kind in ("image", "snapshot")]
    created_by = {"ec2:CreateAction": ["RunInstances", "CreateFleet", "CreateLaunchTemplate"]}
    return [
        _allow("UseForLaunch", start, [*images, *_ec2(location, _USED)]),
        _allow(
            "LaunchFromOwnTemplate",
            start,
            _ec2(location, ("launch-template",)),
            equals=_of_cluster("ResourceTag", cluster_name),
            like={"aws:ResourceTag/karpenter.sh/nodepool": "*"},
        ),
        _allow("LaunchTagged", [*start, "ec2:CreateLaunchTemplate"], _ec2(location, _LAUNCHED), equals=tagged, like=from_pool),
        _allow("TagAtLaunch", ["ec2:CreateTags"], _ec2(location, _LAUNCHED), equals=tagged | created_by, like=from_pool),
    ]


def _upkeep(location: Location, cluster_name: str) -> list[dict[str, Any]]:
    """Rename and end what it has started, nothing else."""
    own = _of_cluster("ResourceTag", cluster_name)
    from_pool = {"aws:ResourceTag/karpenter.sh/nodepool": "*"}
    tag = _allow("TagOwnInstances", ["ec2:CreateTags"], _ec2(location, ("instance",)), equals=own, like=from_pool)
    tag["Condition"]["StringEqualsIfExists"] = {"aws:RequestTag/eks:eks-cluster-name": cluster_name}
    tag["Condition"]["ForAllValues:StringEquals"] = {"aws:TagKeys": ["eks:eks-cluster-name", "karpenter.sh/nodeclaim", "Name"]}
    end = ["ec2:TerminateInstances", "ec2:DeleteLaunchTemplate"]
    return [tag, _allow("EndOwn", end, _ec2(location, ("instance", "launch-template")), equals=own, like=from_pool)]


def _pass_role(location: Location, role_name: str) -> dict[str, Any]:
    return _allow(
        "HandNodeRoleToInstances",
        ["iam:PassRole"],
        location.iam_arn(f"role/{role_name}"),
        equals={"iam:PassedToService": "ec2.amazonaws.com"},
    )


def _discovery(location: Location) -> list[dict[str, Any]]:
    """Read what AWS offers. These actions know no resource; prices and profiles are not regional."""
    describe = [f"ec2:Describe{noun}" for noun in _DESCRIBED]
    return [
        _allow("ReadRegion", describe, "*", equals={"aws:RequestedRegion": location.region}),
        _allow("ReadImageReleases", ["ssm:GetParameter"], f"arn:aws:ssm:{location.region}::parameter/aws/service/*"),
        _allow("ReadPrices", ["pricing:GetProducts"], "*"),
        _allow("ListProfiles", ["iam:ListInstanceProfiles"], "*"),
        _allow("ReadProfiles", ["iam:GetInstanceProfile"], location.iam_arn("instance-profile/*")),
    ]


def _of_cluster(source: str, cluster_name: str) -> dict[str, Any]:
    return {f"aws:{source}/kubernetes.io/cluster/{cluster_name}": "owned"}


def _ec2(location: Location, kinds: Sequence[str]) -> list[str]:
    return [location.arn("ec2", f"{kind}/*") for kind in kinds]


def _allow(
    sid: str,
    actions: Sequence[str],
    resources: str | Sequence[str],
    *,
    equals: Mapping[str, Any] | None = None,
    like: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    conditions = {"StringEquals": equals, "StringLike": like}
    statement: dict[str, Any] = {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources}
    if given := {operator: dict(values) for operator, values in conditions.items() if values}:
        statement["Condition"] = given
    return statement
