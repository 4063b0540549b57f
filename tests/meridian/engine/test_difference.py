"""What a change does, against what AWS's and Kubernetes' own documents say of the argument."""

import pytest

from meridian.engine.difference import Kind, difference, effect


@pytest.mark.parametrize(
    ("token", "path", "replaced"),
    [
        ("aws:ec2/subnet:Subnet", "cidrBlock", True),
        ("aws:ec2/subnet:Subnet", "mapPublicIpOnLaunch", False),
        ("aws:eks/cluster:Cluster", "version", False),  # UpdateClusterVersion
        ("aws:eks/cluster:Cluster", "vpcConfig.subnetIds[0]", False),  # UpdateClusterConfig, since 2023-10
        ("aws:eks/cluster:Cluster", "kubernetesNetworkConfig.serviceIpv4Cidr", True),
        ("aws:eks/nodeGroup:NodeGroup", "instanceTypes[1]", True),
        ("aws:eks/nodeGroup:NodeGroup", "launchTemplate.version", False),  # UpdateNodegroupVersion
        ("aws:eks/nodeGroup:NodeGroup", "launchTemplate.id", True),
        ("aws:eks/nodeGroup:NodeGroup", "scalingConfig.maxSize", False),
        ("aws:elasticache/replicationGroup:ReplicationGroup", "nodeType", False),  # ModifyReplicationGroup
        ("aws:elasticache/replicationGroup:ReplicationGroup", "kmsKeyId", True),
        ("aws:sqs/queue:Queue", "region", True),
        ("kubernetes:core/v1:Namespace", "metadata.name", True),
        ("kubernetes:core/v1:Namespace", "metadata.labels.x", False),
        ("kubernetes:storage.k8s.io/v1:StorageClass", "parameters.type", True),
        ("kubernetes:pingcap.com/v1alpha1:TidbCluster", "spec.tikv.requests.storage", False),
        ("cloudflare:index/dnsRecord:DnsRecord", "zoneId", True),
    ],
)
def test_replacement_is_told_by_path(token: str, path: str, replaced: bool) -> None:  # noqa: FBT001  (a column of the table)
    assert effect(token).replaced_by(path) is replaced


def test_leaves_are_named_with_their_kind() -> None:
    found = difference("x:y:Z", {"a": {"b": 1, "gone": 2}, "l": [1, 2]}, {"a": {"b": 2}, "l": [1], "new": {"c": 1}})
    assert dict(found.changed) == {"a.b": Kind.UPDATE, "a.gone": Kind.DELETE, "l[1]": Kind.DELETE, "new": Kind.ADD}
    assert found.properties == ("a", "l", "new")
    assert (found.replacing, found.in_turn) == ((), False)
