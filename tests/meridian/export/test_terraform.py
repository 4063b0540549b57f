"""The Plan as a Terraform plan document: names, blocks and references as the AWS provider's documentation has them."""

import json
from typing import Any

import pytest

from meridian.export.terraform import addresses, terraform
from meridian.export.terraform_names import attribute_of, singular, snake, type_of
from meridian.saved.estate import Estate
from policies.core.resource import Resource
from policies.core.verdict import UNKNOWN

KEY = "urn:pulumi:s::p::aws:kms/key:Key::key"


def made(type: str, name: str, inputs: dict[str, Any], **sources: tuple[str, ...]) -> Resource:
    urn = f"urn:pulumi:s::p::{type}::{name}"
    return Resource(urn=urn, type=type, name=name, inputs=inputs, provider="urn:aws", property_dependencies=sources)


def exported(*resources: Resource) -> dict[str, Any]:
    provider = Resource(urn="urn:aws", type="pulumi:providers:aws", name="aws", inputs={"region": "eu-west-1"})
    component = Resource(urn="urn:c", type="ours:a:B", name="c", inputs={})
    return json.loads(terraform(Estate(name="p/s", resources=(provider, component, *resources))))


def values(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["address"]: each["values"] for each in document["planned_values"]["root_module"]["resources"]}


@pytest.mark.parametrize(
    ("token", "type"),
    [
        ("aws:kms/key:Key", "aws_kms_key"),
        ("aws:ec2/securityGroup:SecurityGroup", "aws_security_group"),
        ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "aws_vpc_security_group_ingress_rule"),
        ("aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation", "aws_vpc_ipv4_cidr_block_association"),
        ("aws:s3/bucket:Bucket", "aws_s3_bucket"),
        ("aws:s3/bucketV2:BucketV2", "aws_s3_bucket"),
        ("aws:s3/bucketVersioningV2:BucketVersioningV2", "aws_s3_bucket_versioning"),
        ("aws:iam/openIdConnectProvider:OpenIdConnectProvider", "aws_iam_openid_connect_provider"),
        ("aws:rds/instance:Instance", "aws_db_instance"),
        ("aws:lb/loadBalancer:LoadBalancer", "aws_lb"),
        ("aws:lb/targetGroup:TargetGroup", "aws_lb_target_group"),
        ("aws:cloudtrail/trail:Trail", "aws_cloudtrail"),
        ("aws:elasticache/replicationGroup:ReplicationGroup", "aws_elasticache_replication_group"),
        ("cloudflare:index/zone:Zone", "cloudflare_zone"),
        ("kubernetes:apps/v1:Deployment", "kubernetes_manifest"),
        ("kubernetes:helm.sh/v3:Release", "helm_release"),
    ],
)
def test_types_are_those_of_terraform(token: str, type: str) -> None:
    assert type_of(token) == type


def test_names_of_attributes() -> None:
    assert snake("assignIpv6AddressOnCreation") == "assign_ipv6_address_on_creation"
    assert (singular("rules"), singular("metric_queries")) == ("rule", "metric_query")
    assert attribute_of("aws_s3_bucket_lifecycle_configuration", "rules", [{}]) == "rule"
    assert attribute_of("aws_eks_cluster", "enabledClusterLogTypes", ["api"]) == "enabled_cluster_log_types"
    assert attribute_of("aws_launch_template", "blockDeviceMappings", [{}]) == "block_device_mappings"
    assert attribute_of("aws_security_group", "ingress", [{}]) == "ingress"
    assert attribute_of("aws_iam_openid_connect_provider", "clientIdLists", ["a"]) == "client_id_list"


def test_an_object_is_a_block_that_stands_once_and_a_map_stays_a_map() -> None:
    cluster = made("aws:eks/cluster:Cluster", "c", {"vpcConfig": {"subnetIds": ["a", UNKNOWN]}, "tags": {"costCenter": "x"}})
    assert values(exported(cluster)) == {"aws_eks_cluster.c": {"vpc_config": [{"subnet_ids": ["a", None]}], "tags": {"costCenter": "x"}}}


def test_what_is_unknown_is_left_out_and_referred_to() -> None:
    key = Resource(urn=KEY, type="aws:kms/key:Key", name="key", inputs={}, provider="urn:aws")
    rule = {"applyServerSideEncryptionByDefault": {"kmsMasterKeyId": UNKNOWN, "sseAlgorithm": "aws:kms"}}
    encryption = made(
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        "e",
        {"rules": [rule], "bucket": UNKNOWN},
        rules=(KEY,),
        bucket=(KEY,),
    )
    document = exported(key, encryption)
    where = "aws_s3_bucket_server_side_encryption_configuration.e"
    assert values(document)[where] == {"rule": [{"apply_server_side_encryption_by_default": [{"sse_algorithm": "aws:kms"}]}]}
    (configured,) = (each for each in document["configuration"]["root_module"]["resources"] if each["address"] == where)
    assert configured["expressions"]["bucket"] == {"references": ["aws_kms_key.key.id", "aws_kms_key.key"]}
    (block,) = configured["expressions"]["rule"][0]["apply_server_side_encryption_by_default"]
    assert block["kms_master_key_id"]["references"][1] == "aws_kms_key.key"
    (change,) = (each for each in document["resource_changes"] if each["address"] == where)
    assert change["change"]["after_unknown"] == {"id": True, "bucket": True}
    assert change["change"]["actions"] == ["create"]


def test_components_and_providers_are_no_resources_and_names_stay_apart() -> None:
    twins = (made("aws:s3/bucket:Bucket", "a.b", {}), made("aws:s3/bucketV2:BucketV2", "a.b", {}))
    document = exported(*twins)
    assert set(values(document)) == {"aws_s3_bucket.a_b", "aws_s3_bucket.a_b-2"}
    assert document["configuration"]["provider_config"] == {
        "aws": {"name": "aws", "expressions": {"region": {"constant_value": "eu-west-1"}}}
    }
    assert addresses(Estate(name="", resources=twins))["aws_s3_bucket.a_b-2"] == twins[1].urn


def test_a_kubernetes_object_is_a_manifest() -> None:
    pod = made("kubernetes:core/v1:Pod", "p", {"apiVersion": "v1", "spec": {"nodeName": UNKNOWN, "hostNetwork": True}})
    assert values(exported(pod)) == {
        "kubernetes_manifest.p": {"manifest": {"apiVersion": "v1", "spec": {"nodeName": None, "hostNetwork": True}}}
    }
