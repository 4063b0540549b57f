"""What replaces a resource, held against AWS's own API as botocore describes it: what a creation takes and no later call changes."""

from collections.abc import Mapping
from functools import cache

import botocore.session
import pulumi_aws
import pytest
from botocore.model import StructureShape

from meridian.engine import difference, sdk
from tests.contract.identities import read

assert pulumi_aws.kms.Key  # the SDK's classes are loaded when they are touched

CALLS: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "aws:backup/vault:Vault": ("backup", "CreateBackupVault", ()),
    "aws:cloudwatch/logGroup:LogGroup": ("logs", "CreateLogGroup", ("AssociateKmsKey", "PutRetentionPolicy")),
    "aws:ec2/flowLog:FlowLog": ("ec2", "CreateFlowLogs", ()),
    "aws:ec2/natGateway:NatGateway": ("ec2", "CreateNatGateway", ()),
    "aws:ec2/securityGroup:SecurityGroup": ("ec2", "CreateSecurityGroup", ()),
    "aws:ec2/subnet:Subnet": ("ec2", "CreateSubnet", ("ModifySubnetAttribute",)),
    "aws:ec2/vpc:Vpc": ("ec2", "CreateVpc", ("ModifyVpcAttribute", "ModifyVpcTenancy")),
    "aws:ec2/vpcEndpoint:VpcEndpoint": ("ec2", "CreateVpcEndpoint", ("ModifyVpcEndpoint",)),
    "aws:eks/accessEntry:AccessEntry": ("eks", "CreateAccessEntry", ("UpdateAccessEntry",)),
    "aws:eks/addon:Addon": ("eks", "CreateAddon", ("UpdateAddon",)),
    "aws:eks/cluster:Cluster": ("eks", "CreateCluster", ("UpdateClusterConfig", "UpdateClusterVersion", "AssociateEncryptionConfig")),
    "aws:eks/nodeGroup:NodeGroup": ("eks", "CreateNodegroup", ("UpdateNodegroupConfig", "UpdateNodegroupVersion")),
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": ("eks", "CreatePodIdentityAssociation", ("UpdatePodIdentityAssociation",)),
    "aws:elasticache/replicationGroup:ReplicationGroup": ("elasticache", "CreateReplicationGroup", ("ModifyReplicationGroup",)),
    "aws:elasticache/subnetGroup:SubnetGroup": ("elasticache", "CreateCacheSubnetGroup", ("ModifyCacheSubnetGroup",)),
    "aws:elasticache/user:User": ("elasticache", "CreateUser", ("ModifyUser",)),
    "aws:iam/policy:Policy": ("iam", "CreatePolicy", ("CreatePolicyVersion",)),
    "aws:iam/role:Role": ("iam", "CreateRole", ("UpdateRole", "UpdateAssumeRolePolicy", "PutRolePermissionsBoundary")),
    "aws:kms/key:Key": ("kms", "CreateKey", ("UpdateKeyDescription", "PutKeyPolicy")),
    "aws:lb/listener:Listener": ("elbv2", "CreateListener", ("ModifyListener",)),
    "aws:lb/loadBalancer:LoadBalancer": (
        "elbv2",
        "CreateLoadBalancer",
        ("SetSubnets", "SetSecurityGroups", "SetIpAddressType", "ModifyIpPools"),
    ),
    "aws:lb/targetGroup:TargetGroup": ("elbv2", "CreateTargetGroup", ("ModifyTargetGroup",)),
    "aws:secretsmanager/secret:Secret": ("secretsmanager", "CreateSecret", ("UpdateSecret", "ReplicateSecretToRegions")),
}
"""Type -> service, the call that makes it, the calls that change it in place. Tags have calls of their own everywhere."""
CHANGED_OTHERWISE: Mapping[str, Mapping[str, str]] = {
    "aws:cloudwatch/logGroup:LogGroup": {"deletionProtectionEnabled": "PutLogGroupDeletionProtection"},
    "aws:ec2/natGateway:NatGateway": {
        "availabilityZoneAddresses": "AssociateNatGatewayAddress",
        "secondaryAllocationIds": "AssociateNatGatewayAddress",
        "secondaryPrivateIpAddressCount": "AssignPrivateNatGatewayAddress",
        "secondaryPrivateIpAddresses": "AssignPrivateNatGatewayAddress",
    },
    "aws:ec2/subnet:Subnet": {"ipv6CidrBlock": "AssociateSubnetCidrBlock"},
    "aws:ec2/vpc:Vpc": {
        "assignGeneratedIpv6CidrBlock": "AssociateVpcCidrBlock",
        "ipv6CidrBlock": "AssociateVpcCidrBlock",
        "ipv6CidrBlockNetworkBorderGroup": "AssociateVpcCidrBlock",
        "ipv6IpamPoolId": "AssociateVpcCidrBlock",
        "ipv6NetmaskLength": "AssociateVpcCidrBlock",
    },
    "aws:ec2/vpcEndpoint:VpcEndpoint": {
        "routeTableIds": "ModifyVpcEndpoint",  # as addRouteTableIds and removeRouteTableIds, the next two alike
        "securityGroupIds": "ModifyVpcEndpoint",
        "subnetIds": "ModifyVpcEndpoint",
    },
    "aws:elasticache/replicationGroup:ReplicationGroup": {
        "numCacheClusters": "IncreaseReplicaCount",
        "numNodeGroups": "ModifyReplicationGroupShardConfiguration",
        "preferredCacheClusterAzs": "IncreaseReplicaCount",  # in its ReplicaConfiguration
        "replicasPerNodeGroup": "IncreaseReplicaCount",
        "userGroupIds": "ModifyReplicationGroup",  # as userGroupIdsToAdd and userGroupIdsToRemove
    },
}
"""Input -> the call that changes it under another name."""
REPLACED_ALTHOUGH = {
    "aws:eks/nodeGroup:NodeGroup": {"launchTemplate"},  # another version of the same template is an update, another template is none
    "aws:eks/cluster:Cluster": {"kubernetesNetworkConfig", "accessConfig"},  # other fields of the same objects are what can be changed
}
"""Objects that a call takes again, of which only fields replace that it does not change."""
NOTHING_REPLACES = {
    "aws:ec2/internetGateway:InternetGateway",  # attached to another VPC by AttachInternetGateway
}


@cache
def members(service: str, operation: str) -> frozenset[str]:
    shape = botocore.session.get_session().get_service_model(service).operation_model(operation).input_shape
    return frozenset(name.lower() for name in shape.members) if isinstance(shape, StructureShape) else frozenset()


@cache
def required(service: str, operation: str) -> frozenset[str]:
    shape = botocore.session.get_session().get_service_model(service).operation_model(operation).input_shape
    return frozenset(name.lower() for name in shape.required_members) if isinstance(shape, StructureShape) else frozenset()


def replacing(token: str) -> set[str]:
    return {path.partition(".")[0] for path in difference.effect(token).replaces} - {"region"}


@pytest.mark.parametrize("token", sorted(CALLS))
def test_what_no_later_call_changes_replaces(token: str) -> None:
    service, create, updates = CALLS[token]
    later = {name for update in updates for name in members(service, update)} | {"tags"}
    inputs = {name.lower(): name for name in sdk.input_names(token)}
    locked = {inputs[name] for name in members(service, create) - later if name in inputs}
    assert locked - set(CHANGED_OTHERWISE.get(token, {})) - replacing(token) == set()


@pytest.mark.parametrize("token", sorted(token for token, (_, _, updates) in CALLS.items() if updates))
def test_what_a_later_call_changes_does_not_replace(token: str) -> None:
    """But for what names the resource to that call: its required members, and ids it may be named by."""
    service, _, updates = CALLS[token]
    changed = {name for update in updates for name in members(service, update) - required(service, update)}
    assert {name for name in replacing(token) if name.lower() in changed} - REPLACED_ALTHOUGH.get(token, set()) == set()


@pytest.mark.parametrize(("token", "path"), [(token, path) for token, paths in CHANGED_OTHERWISE.items() for path in paths])
def test_what_is_changed_otherwise_does_not_replace_and_its_call_exists(token: str, path: str) -> None:
    assert path not in replacing(token)
    assert members(CALLS[token][0], CHANGED_OTHERWISE[token][path])


def test_every_type_that_a_stack_holds_has_a_row() -> None:
    """A new type without one would be changed in place by every rehearsal, whatever is changed."""
    held = {identity.type for found in read().values() for identity in found if identity.type.startswith("aws:")}
    assert {token for token in held if not replacing(token)} == NOTHING_REPLACES & held
