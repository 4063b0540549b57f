"""Data stores: where each names its security groups and its key."""

from collections.abc import Iterator, Mapping

from policies.core import tokens
from policies.core.facts.security_groups import GROUPS
from policies.core.resource import Resource, Stack

SECURITY_GROUPS: Mapping[str, str] = {
    tokens.DOCUMENTDB_CLUSTER: "vpcSecurityGroupIds",
    tokens.EFS_MOUNT_TARGET: "securityGroups",
    tokens.ELASTICACHE_REPLICATION_GROUP: "securityGroupIds",
    tokens.FSX_LUSTRE_FILE_SYSTEM: "securityGroupIds",
    tokens.MSK_CLUSTER: "brokerNodeGroupInfo",
    tokens.OPENSEARCH_DOMAIN: "vpcOptions",
    tokens.RDS_CLUSTER: "vpcSecurityGroupIds",
    tokens.RDS_INSTANCE: "vpcSecurityGroupIds",
}
"""Type that holds data -> top-level property that its security groups stand in."""

KEYS: Mapping[str, str] = {
    tokens.BACKUP_VAULT: "kmsKeyArn",
    tokens.DOCUMENTDB_CLUSTER: "kmsKeyId",
    tokens.DYNAMODB_TABLE: "serverSideEncryption",
    tokens.EBS_VOLUME: "kmsKeyId",
    tokens.ECR_REPOSITORY: "encryptionConfigurations",
    tokens.EFS_FILE_SYSTEM: "kmsKeyId",
    tokens.EKS_CLUSTER: "encryptionConfig",
    tokens.ELASTICACHE_REPLICATION_GROUP: "kmsKeyId",
    tokens.FSX_LUSTRE_FILE_SYSTEM: "kmsKeyId",
    tokens.LAUNCH_TEMPLATE: "blockDeviceMappings",
    tokens.MSK_CLUSTER: "encryptionInfo",
    tokens.OPENSEARCH_DOMAIN: "encryptAtRest",
    tokens.RDS_CLUSTER: "kmsKeyId",
    tokens.RDS_INSTANCE: "kmsKeyId",
    tokens.S3_ENCRYPTION: "rules",
    tokens.S3_ENCRYPTION_V2: "rules",
}
"""Type that holds data, or says how it is encrypted -> top-level property that its key stands in."""


def guarding(stack: Stack) -> Iterator[Resource]:
    """Security groups of the stack that stand around a data store."""
    for token, property in SECURITY_GROUPS.items():
        for store in stack.of_type(token):
            yield from stack.referents(store, property, *GROUPS)


def under(stack: Stack, key: Resource) -> Iterator[Resource]:
    """Data stores of the stack that name the key."""
    for token, property in KEYS.items():
        yield from stack.referrers(key, token, property)
