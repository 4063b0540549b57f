"""Policies of the bucket, the keys and the role, with the reason of each statement."""

from collections.abc import Mapping
from typing import Any

from meridian.bootstrap.site import CI_AUDIENCE, CI_ISSUER, Site

Document = Mapping[str, Any]
VERSION = "2012-10-17"

SERVICES: Mapping[str, str] = {
    "backup": "vault, plans and restore tests",
    "backup-storage": "what AWS Backup asks for beside its own when a vault is made",
    "cloudwatch": "alarms",
    "ec2": "network, endpoints, launch templates",
    "eks": "cluster, node groups, add-ons, access",
    "elasticache": "caches",
    "elasticloadbalancing": "the origin's load balancer",
    "events": "rules that wake Karpenter before an interruption",
    "kms": "keys, one for each purpose",
    "logs": "log groups",
    "secretsmanager": "secrets that the global stack leaves in a region",
    "sns": "where alarms go",
    "sqs": "Karpenter's queue",
}
"""Services that stacks make something in, in their own regions only -> what. A test holds it against every stack's Plan."""
IDENTITY = (
    "iam:*Role",
    "iam:*RolePolicy",
    "iam:*RolePolicies",
    "iam:*RoleTags",
    "iam:*Policy",
    "iam:*PolicyVersion",
    "iam:*PolicyVersions",
    "iam:*PolicyTags",
    "iam:*InstanceProfile*",
    "iam:*OpenIDConnectProvider*",
    "iam:UpdateAssumeRolePolicy",
)
"""Roles, their policies, instance profiles and clusters' identity providers; no users, no groups, no access keys."""


def bucket_policy(site: Site) -> Document:
    """TLS only (CIS AWS Foundations 2.1.1, FSBP S3.5), and nobody of another account."""
    bucket = f"arn:aws:s3:::{site.bucket_name}"
    everything = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [bucket, f"{bucket}/*"]}
    return _document(
        {"Sid": "TlsOnly", **everything, "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
        {"Sid": "OwnAccountOnly", **everything, "Condition": {"StringNotEquals": {"aws:PrincipalAccount": site.account_id}}},
    )


def key_policy(site: Site) -> Document:
    """IAM policies of the account decide; naming a caller instead locks everybody else out."""
    administrator = {"AWS": f"arn:aws:iam::{site.account_id}:root"}
    return _document({"Sid": "AccountAdministers", "Effect": "Allow", "Principal": administrator, "Action": "kms:*", "Resource": "*"})


def trust(site: Site) -> Document:
    """CI's identities by their exact subjects: a pattern would let any branch or pull request deploy (GitHub, OpenID Connect in AWS)."""
    return _document(
        {
            "Sid": "Ci",
            "Effect": "Allow",
            "Principal": {"Federated": f"arn:aws:iam::{site.account_id}:oidc-provider/{CI_ISSUER}"},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringEquals": {f"{CI_ISSUER}:aud": CI_AUDIENCE, f"{CI_ISSUER}:sub": list(site.subjects)}},
        }
    )


def permissions(site: Site) -> Document:
    """What `pulumi up` of the account's stacks needs: its services in its regions, buckets and roles; never its own role, another role's
    credentials, users or their keys, nor the protection of its own state.

    Within a service it is all actions: a region makes about sixty types, and which actions that takes changes with every version of the
    provider. What the role could do beyond the Plan is bounded by account, region and service. Known rest: who makes roles for nodes can
    make one that may more than itself, and start a node with it; only a permissions boundary on every role of the Plan would end that.
    """
    account, states = site.account_id, f"arn:aws:s3:::meridian-state-{site.account_id}-*"
    own = [f"arn:aws:iam::{account}:role/{site.role_name}", f"arn:aws:iam::{account}:oidc-provider/{CI_ISSUER}"]
    in_regions = {"StringEquals": {"aws:RequestedRegion": list(site.regions)}}
    return _document(
        _allow("Regional", [f"{service}:*" for service in SERVICES], Condition=in_regions),
        _allow("Buckets", ["s3:*"], Resource="arn:aws:s3:::meridian-*", Condition={"StringEquals": {"aws:ResourceAccount": account}}),
        _allow("State", ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], Resource=f"{states}/*"),
        _allow("Names", ["s3:ListAllMyBuckets", "sts:GetCallerIdentity", "iam:GetServerCertificate", "iam:ListRoles"]),
        _allow("Identity", list(IDENTITY), Resource=[f"arn:aws:iam::{account}:{kind}/*" for kind in _IDENTITY_KINDS]),
        _allow("PassRole", ["iam:PassRole"], Resource=f"arn:aws:iam::{account}:role/*", Condition=_PASSED),
        _allow("ServiceRoles", ["iam:CreateServiceLinkedRole"], Resource=f"arn:aws:iam::{account}:role/aws-service-role/*"),
        {"Sid": "NotItself", "Effect": "Deny", "NotAction": ["iam:Get*", "iam:List*"], "Resource": own},
        {"Sid": "NoOtherRole", "Effect": "Deny", "Action": ["sts:AssumeRole"], "Resource": "*"},
        {"Sid": "NotTheStatesProtection", "Effect": "Deny", "Action": list(_PROTECTION), "Resource": states},
    )


_IDENTITY_KINDS = ("role", "policy", "instance-profile", "oidc-provider")
_PASSED = {
    "StringEquals": {
        "iam:PassedToService": [
            "backup.amazonaws.com",
            "ec2.amazonaws.com",
            "eks.amazonaws.com",
            "pods.eks.amazonaws.com",
            "vpc-flow-logs.amazonaws.com",
        ]
    }
}
_PROTECTION = (
    "s3:DeleteBucket",
    "s3:DeleteBucketPolicy",
    "s3:DeleteObjectVersion",
    "s3:PutBucketOwnershipControls",
    "s3:PutBucketPolicy",
    "s3:PutBucketPublicAccessBlock",
    "s3:PutBucketVersioning",
    "s3:PutEncryptionConfiguration",
    "s3:PutLifecycleConfiguration",
)


def _allow(sid: str, actions: list[str], **more: Any) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": "*", **more}


def _document(*statements: Mapping[str, Any]) -> Document:
    return {"Version": VERSION, "Statement": list(statements)}
