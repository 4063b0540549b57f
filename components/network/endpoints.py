"""Private ways to AWS: what nodes and controllers of a private cluster call without leaving the VPC, for this account's own use only."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pulumi
import pulumi_aws as aws

from components.base import Component
from components.location import Location
from components.network.vpc import NetworkSpec, Vpc


class Service(StrEnum):
    """Services that a private EKS cluster needs (EKS user guide, private clusters), by endpoint name. All take endpoint policies, eks since
    2025-02 (awsdocs/amazon-eks-user-guide#873).
    """

    ECR_API = "ecr.api"
    ECR_DOCKER = "ecr.dkr"
    EC2 = "ec2"
    STS = "sts"
    EKS = "eks"
    EKS_AUTH = "eks-auth"
    LOGS = "logs"
    SSM = "ssm"
    SSM_MESSAGES = "ssmmessages"
    EC2_MESSAGES = "ec2messages"
    KMS = "kms"
    LOAD_BALANCING = "elasticloadbalancing"
    AUTO_SCALING = "autoscaling"


AWS_BUCKETS = (
    # Image layers of ECR (ECR user guide, VPC endpoints: minimum S3 permissions).
    "prod-{region}-starport-layer-bucket",
    # Packages of Amazon Linux 2023 (AL2023 user guide, repositories).
    "al2023-repos-{region}-de612dc2",
    # Systems Manager's agent (Systems Manager user guide, SSM Agent communications with AWS managed S3 buckets).
    "aws-ssm-{region}",
    "amazon-ssm-{region}",
    "amazon-ssm-packages-{region}",
    "{region}-birdwatcher-prod",
    "aws-ssm-distributor-file-{region}",
    "aws-ssm-document-attachments-{region}",
    "patch-baseline-snapshot-{region}",
    # Layers of registry.k8s.io, which sends clients inside AWS to a bucket near them (kubernetes/registry.k8s.io, archeio buckets.go).
    "prod-registry-k8s-io-{region}",
)
"""Buckets of AWS and the Kubernetes project that nodes read. A gateway endpoint catches all S3 traffic of the region, NAT or not."""


@dataclass(frozen=True, kw_only=True)
class EndpointsArgs:
    """Wires of Endpoints."""

    spec: NetworkSpec
    """Knobs of the network: `readable_buckets`."""
    vpc: Vpc
    """Network that gets the endpoints."""
    location: Location
    """Account whose principals may use them, region of the services."""


class Endpoints(Component, token="meridian:network:Endpoints"):
    """A gateway endpoint of S3 and one interface endpoint per service and zone, which answer to the services' usual names.

    Nothing reads an endpoint's output, so what calls AWS from inside must depend on this component.
    """

    security_group_id: pulumi.Output[str]
    """Security group of the interface endpoints: HTTPS from the VPC's own ranges, nothing out."""

    def __init__(self, name: str, args: EndpointsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._storage(name, args)
        self.security_group_id = self._security_group(name, args.vpc)
        for service in Service:
            aws.ec2.VpcEndpoint(
                f"{name}-{service}",
                vpc_id=args.vpc.vpc_id,
                service_name=f"com.amazonaws.{args.location.region}.{service}",
                vpc_endpoint_type="Interface",
                private_dns_enabled=True,
                subnet_ids=list(args.vpc.private_subnet_ids.values()),
                security_group_ids=[self.security_group_id],
                policy=_document(service_statements(service, args.location)),
                tags={"Name": f"{name}-{service}"},
                opts=self.child,
            )
        self._seal()

    def _storage(self, name: str, args: EndpointsArgs) -> None:
        aws.ec2.VpcEndpoint(
            f"{name}-s3",
            vpc_id=args.vpc.vpc_id,
            service_name=f"com.amazonaws.{args.location.region}.s3",
            vpc_endpoint_type="Gateway",
            route_table_ids=[args.vpc.public_route_table_id, *args.vpc.private_route_table_ids.values()],
            policy=_document(storage_statements(args.location, args.spec.readable_buckets)),
            tags={"Name": f"{name}-s3"},
            opts=self.child,
        )

    def _security_group(self, name: str, vpc: Vpc) -> pulumi.Output[str]:
        group = aws.ec2.SecurityGroup(
            f"{name}-clients", description="HTTPS to AWS from inside the VPC", vpc_id=vpc.vpc_id, tags={"Name": name}, opts=self.child
        )
        ranges = {"nodes": vpc.cidr_block} | dict(zip(("pods-az1-az4", "pods-az5-az8"), vpc.pod_cidr_blocks, strict=True))
        for origin, block in ranges.items():
            aws.vpc.SecurityGroupIngressRule(
                f"{name}-from-{origin}",
                description=f"HTTPS from {origin}",
                security_group_id=group.id,
                cidr_ipv4=block,
                ip_protocol="tcp",
                from_port=443,
                to_port=443,
                opts=self.child,
            )
        return group.id


def service_statements(service: Service, location: Location) -> list[dict[str, Any]]:
    """Own principals only. AssumeRoleWithWebIdentity carries no principal yet, so it is bound to the account's roles instead."""
    own = _allow("OwnPrincipals", f"{service.split('.')[0]}:*", "*", {"aws:PrincipalAccount": location.account_id})
    if service is not Service.STS:
        return [own]
    return [own, _allow("OwnRolesByToken", "sts:AssumeRoleWithWebIdentity", location.iam_arn("role/*"))]


def storage_statements(location: Location, readable_buckets: Sequence[str]) -> list[dict[str, Any]]:
    """Own principals to own buckets; anybody reads what AWS publishes, as image layers are fetched by ECR's signature, packages by none."""
    own = {"aws:PrincipalAccount": location.account_id, "aws:ResourceAccount": location.account_id}
    buckets = [bucket.format(region=location.region) for bucket in AWS_BUCKETS]
    statements = [
        _allow("OwnBuckets", "s3:*", "*", own),
        _allow("PublishedByAws", "s3:GetObject", [f"arn:aws:s3:::{bucket}/*" for bucket in buckets]),
    ]
    if not readable_buckets:
        return statements
    resources = [f"arn:aws:s3:::{bucket}{part}" for bucket in readable_buckets for part in ("", "/*")]
    return [*statements, _allow("PublishedByOthers", ["s3:GetObject", "s3:ListBucket"], resources)]


def _allow(sid: str, action: str | list[str], resource: str | list[str], equal: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Gateway endpoints take no principal but `*` (AWS PrivateLink guide, endpoint policies): conditions say who."""
    statement = {"Sid": sid, "Effect": "Allow", "Principal": "*", "Action": action, "Resource": resource}
    return statement | ({"Condition": {"StringEquals": dict(equal)}} if equal else {})


def _document(statements: Sequence[Mapping[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
