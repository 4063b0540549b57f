"""An EKS cluster: private, entered through access entries, secrets under a key of its own, audited, protected from deletion."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from ipaddress import IPv4Network
from typing import Any, Self

import pulumi
import pulumi_aws as aws
from pydantic import Field, field_validator, model_validator

from components import catalog
from components.base import Component, Spec
from components.cluster.access import AccessEntrySpec, ClusterAccess, ClusterAccessArgs, entry_faults
from components.cluster.public_endpoint import range_faults
from components.encryption_key import EncryptionKey, EncryptionKeyArgs
from components.location import Location
from components.log_group import LogGroup, LogGroupArgs, RetentionDays
from components.naming import Kind, physical_name
from components.network.vpc import Vpc

LOG_TYPES = ("api", "audit", "authenticator", "controllerManager", "scheduler")
"""All that the control plane writes (EKS API, LogType)."""

PRIVATE_RANGES = tuple(IPv4Network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))
"""Where EKS lets Service addresses lie, between /24 and /12 (EKS API, KubernetesNetworkConfigRequest.serviceIpv4Cidr)."""


class EksClusterSpec(Spec):
    """Knobs of a cluster."""

    access: Mapping[str, AccessEntrySpec]
    """Who may enter, by a name that says who it is. One must be cluster administrator: the creator is none."""
    version: str = "1.35"
    """Kubernetes minor version, one of the catalogue. 1.35 is the newest that was out for half a year, supported into 2027."""
    public_access_cidrs: tuple[str, ...] = Field(default=(), max_length=40)
    """Ranges that reach a public API endpoint; without any there is none. 40 is EKS's limit."""
    service_cidr: str = "172.20.0.0/16"
    """Addresses of Services, for the cluster's life. Left alone, EKS takes this range or 10.100.0.0/16, which is among Meridian's VPCs."""
    log_retention_days: RetentionDays = RetentionDays.DAYS_365
    """Days that control plane logs are kept. A year is what PCI DSS 10.5.1 asks of audit logs."""
    deletion_protection: bool = True
    """Whether EKS and Pulumi both refuse to delete the cluster. Off only for stacks that come and go."""

    @field_validator("version")
    @classmethod
    def _known_version(cls, minor: str) -> str:
        return catalog.eks_version(minor).minor

    @field_validator("service_cidr")
    @classmethod
    def _private_block(cls, text: str) -> str:
        network = IPv4Network(text)
        if not 12 <= network.prefixlen <= 24 or not any(network.subnet_of(block) for block in PRIVATE_RANGES):
            raise ValueError(f"{text} must lie within {', '.join(map(str, PRIVATE_RANGES))} and be between /24 and /12 (EKS API)")
        return text

    @model_validator(mode="after")
    def _closed(self) -> Self:
        faults = [f"public_access_cidrs: {fault}" for fault in range_faults(self.public_access_cidrs)]
        faults += [f"access: {fault}" for fault in entry_faults(self.access)]
        if faults:
            raise ValueError("; ".join(faults))
        return self


def support_faults(version: str, today: date) -> list[str]:
    """One line if the version has no standard support on that day: EKS then upgrades a cluster of upgrade policy STANDARD by itself."""
    end = catalog.eks_version(version).end_of_standard_support
    if today <= end:
        return []
    supported = [known.minor for known in catalog.eks_versions().values() if known.end_of_standard_support >= today]
    remedy = f"choose one of {', '.join(supported)}" if supported else "the catalogue is out of date, add newer versions to it"
    return [f"version: standard support of {version} ended on {end}: {remedy}"]


def overlap_faults(service_cidr: str, blocks: Iterable[str]) -> list[str]:
    """One line for each block of the VPC that Services would hide from pods."""
    overlapping = [block for block in blocks if IPv4Network(service_cidr).overlaps(IPv4Network(block))]
    return [f"service_cidr: {service_cidr} overlaps {block} of the VPC: choose another range" for block in overlapping]


@dataclass(frozen=True, kw_only=True)
class EksClusterArgs:
    """Wires of an EksCluster."""

    spec: EksClusterSpec
    """Knobs."""
    cluster_name: str
    """Physical name: ARNs in IAM documents, the log group and kubeconfigs are built from it."""
    location: Location
    """Account and region."""
    vpc: Vpc
    """Network; the control plane's interfaces lie in its private subnets."""


class EksCluster(Component, token="meridian:cluster:EksCluster"):
    """A control plane, its role, keys, logs, access entries and identity provider.

    Only AWS's API is called: what lives inside the cluster comes later, from where its private endpoint is reached (pulumi-eks#1134).
    Nodes carry EKS's own cluster security group, within which everything may talk (see `control_plane_ports`). The Kubernetes provider must
    wait for `access`: without the entries it would be refused.

    Raises:
        ValueError: the name does not suit EKS, or Services would share addresses with the VPC.
    """

    name: pulumi.Output[str]
    """Name, once the cluster exists."""
    arn: pulumi.Output[str]
    """ARN."""
    endpoint: pulumi.Output[str]
    """URL of the API."""
    certificate_authority: pulumi.Output[str]
    """Certificate of the API's authority, base64."""
    security_group_id: pulumi.Output[str]
    """EKS's cluster security group: on the control plane's interfaces, on every node and on every pod."""
    oidc_provider_arn: pulumi.Output[str]
    """IAM's identity provider for the cluster's service accounts (IRSA)."""
    oidc_issuer: pulumi.Output[str]
    """Issuer of their tokens, host and path without `https://`, as IAM condition keys spell it."""
    kubeconfig: pulumi.Output[str]
    """Kubeconfig as JSON; holds no secret and no profile: tokens come from `aws eks get-token` under the caller's own identity."""

    def __init__(self, name: str, args: EksClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        self.cluster_name = physical_name(Kind.EKS_CLUSTER, args.cluster_name)
        self.version, self.location, self.vpc = args.spec.version, args.location, args.vpc
        self.service_cidr = args.spec.service_cidr
        if faults := overlap_faults(args.spec.service_cidr, [args.vpc.cidr_block, *args.vpc.pod_cidr_blocks]):
            raise ValueError(f"cluster '{name}': {'; '.join(faults)}")
        super().__init__(name, opts)
        cluster = self._cluster(name, args.spec, self._logs(name, args.spec))
        self.name, self.arn, self.endpoint = cluster.name, cluster.arn, cluster.endpoint
        self.certificate_authority = cluster.certificate_authority.data
        self.security_group_id = cluster.vpc_config.cluster_security_group_id
        self.access = ClusterAccess(
            f"{name}-access", ClusterAccessArgs(entries=args.spec.access, cluster_name=cluster.name), self.child
        ).resources
        issuer = cluster.identities[0].oidcs[0].issuer
        provider = aws.iam.OpenIdConnectProvider(f"{name}-oidc", url=issuer, client_id_lists=["sts.amazonaws.com"], opts=self.child)
        self.oidc_provider_arn, self.oidc_issuer = provider.arn, issuer.apply(_without_scheme)
        self.kubeconfig = pulumi.Output.json_dumps(_kubeconfig(self))
        self._seal()

    def _logs(self, name: str, spec: EksClusterSpec) -> LogGroup:
        """Made before the cluster: otherwise EKS makes it, without key and end."""
        return LogGroup(
            f"{name}-logs",
            LogGroupArgs(
                location=self.location,
                log_group_name=f"/aws/eks/{self.cluster_name}/cluster",
                purpose=f"Control plane logs of cluster {self.cluster_name}",
                retention=spec.log_retention_days,
                protected=spec.deletion_protection,
            ),
            self.child,
        )

    def _role(self, name: str) -> tuple[aws.iam.Role, aws.iam.RolePolicyAttachment]:
        role = aws.iam.Role(f"{name}-role", assume_role_policy=pulumi.Output.json_dumps(_trust(self)), opts=self.child)
        attachment = aws.iam.RolePolicyAttachment(
            f"{name}-role-cluster", role=role.name, policy_arn="arn:aws:iam::aws:policy/AmazonEKSClusterPolicy", opts=self.child
        )
        return role, attachment

    def _cluster(self, name: str, spec: EksClusterSpec, logs: LogGroup) -> aws.eks.Cluster:
        role, attachment = self._role(name)
        key_args = EncryptionKeyArgs(location=self.location, purpose=f"Kubernetes secrets of cluster {self.cluster_name}")
        key = EncryptionKey(f"{name}-secrets-key", key_args, self.child)
        return aws.eks.Cluster(
            f"{name}-cluster",
            name=self.cluster_name,
            version=spec.version,
            role_arn=role.arn,
            access_config=aws.eks.ClusterAccessConfigArgs(authentication_mode="API", bootstrap_cluster_creator_admin_permissions=False),
            bootstrap_self_managed_addons=False,
            deletion_protection=spec.deletion_protection,
            enabled_cluster_log_types=LOG_TYPES,
            encryption_config=aws.eks.ClusterEncryptionConfigArgs(
                provider=aws.eks.ClusterEncryptionConfigProviderArgs(key_arn=key.arn), resources=["secrets"]
            ),
            kubernetes_network_config=aws.eks.ClusterKubernetesNetworkConfigArgs(ip_family="ipv4", service_ipv4_cidr=spec.service_cidr),
            upgrade_policy=aws.eks.ClusterUpgradePolicyArgs(support_type="STANDARD"),
            vpc_config=aws.eks.ClusterVpcConfigArgs(
                subnet_ids=[self.vpc.private_subnet_ids[zone] for zone in self.vpc.core_zones],
                endpoint_private_access=True,
                endpoint_public_access=bool(spec.public_access_cidrs),
                public_access_cidrs=spec.public_access_cidrs or None,
            ),
            zonal_shift_config=aws.eks.ClusterZonalShiftConfigArgs(enabled=True),
            opts=pulumi.ResourceOptions(
                parent=self, protect=spec.deletion_protection, depends_on=[attachment, *logs.resources, *self.vpc.egress]
            ),
        )


def _trust(cluster: EksCluster) -> dict[str, Any]:
    """EKS, on behalf of this cluster only (EKS user guide, cross-service confused deputy prevention)."""
    arn = cluster.location.arn("eks", f"cluster/{cluster.cluster_name}")
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "eks.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"ArnLike": {"aws:SourceArn": arn}, "StringEquals": {"aws:SourceAccount": cluster.location.account_id}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def _without_scheme(url: str) -> str:
    return url.removeprefix("https://")


def _kubeconfig(cluster: EksCluster) -> dict[str, Any]:
    """What `aws eks update-kubeconfig` writes, without profile."""
    name = cluster.cluster_name
    token = ["--region", cluster.location.region, "eks", "get-token", "--cluster-name", name, "--output", "json"]
    login = {"apiVersion": "client.authentication.k8s.io/v1beta1", "command": "aws", "args": token, "interactiveMode": "Never"}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": {"server": cluster.endpoint, "certificate-authority-data": cluster.certificate_authority}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "current-context": name,
        "users": [{"name": name, "user": {"exec": login}}],
    }
