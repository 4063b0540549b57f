"""The API's origin: a network load balancer that only Cloudflare can reach and that leads to the public Gateway."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from components.base import Component, Spec
from components.catalog.cloudflare_ranges import cloudflare_ranges
from components.cluster.eks import EksCluster
from components.platform import ingress
from components.platform.external_secrets import external_secret
from components.platform.load_balancer_controller import CLUSTER_TAG

DRAINING_SECONDS = 120
"""How long a target may end its open requests; shorter than the 300 s of ELB, longer than an answer of the API."""
TARGET_PORTS = {"https": ingress.INGRESS_PORT, "readiness": ingress.READINESS_PORT}
"""What the load balancer calls on the Gateway's pods."""


class OriginSpec(Spec):
    """Knobs of an origin."""

    deletion_protection: bool = True
    """Whether AWS and Pulumi refuse to delete the load balancer: its name stands in Cloudflare's pools."""


@dataclass(frozen=True, kw_only=True)
class OriginArgs:
    """Wires of an Origin."""

    spec: OriginSpec
    """Knobs."""
    cluster: EksCluster
    """The cluster; the load balancer stands in the public subnets of its VPC."""
    after: Sequence[pulumi.Resource] = ()
    """What must exist before: the Gateway with its namespace, External Secrets, and the load balancer controller, which must also outlive
    the binding to remove its finalizer."""


class Origin(Component, token="meridian:platform:Origin"):
    """Load balancer, its security group, and the binding of the Gateway's pods; with the two secrets of the Gateway's TLS.

    The load balancer is made here and not by the controller, so that its name and its security group are in the Plan. TCP passes it
    unread: TLS ends at the Gateway, which demands the certificate of Cloudflare's Authenticated Origin Pulls. Addresses alone would not do:
    every customer of Cloudflare comes from them (Cloudflare, protect your origin server).

    Both secrets are written elsewhere, the authority by the global stack, which reads this one's outputs first; so neither is waited for.
    """

    hostname: pulumi.Output[str]
    """Name of the load balancer, as the edge's pools want it."""
    security_group_id: pulumi.Output[str]
    """Security group of the load balancer."""

    def __init__(self, name: str, args: OriginArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        group = self._security_group(name, args.cluster)
        openings = self._openings(name, group, args.cluster)
        balancer = self._load_balancer(name, args, group)
        targets = self._targets(name, args.cluster)
        listener = aws.lb.Listener(
            f"{name}-listener",
            load_balancer_arn=balancer.arn,
            port=443,
            protocol="TCP",
            default_actions=[aws.lb.ListenerDefaultActionArgs(type="forward", target_group_arn=targets.arn)],
            opts=self.child,
        )
        binding = _binding(f"{name}-binding", targets.arn, self.after(*args.after, listener, *openings))
        secrets = self._secrets(name, args)
        self.resources: tuple[pulumi.Resource, ...] = (binding, *secrets)
        self.hostname, self.security_group_id = balancer.dns_name, group.id
        self._seal()

    def _security_group(self, name: str, cluster: EksCluster) -> aws.ec2.SecurityGroup:
        return aws.ec2.SecurityGroup(
            f"{name}-balancer", vpc_id=cluster.vpc.vpc_id, description="Load balancer of the origin: from Cloudflare only", opts=self.child
        )

    def _openings(self, name: str, group: aws.ec2.SecurityGroup, cluster: EksCluster) -> list[pulumi.Resource]:
        """From Cloudflare to the load balancer, and from it to the Gateway's pods, which carry the cluster's security group."""
        ranges = _cloudflare(f"{name}-cloudflare", self.child)
        entrance = aws.vpc.SecurityGroupIngressRule(
            f"{name}-from-cloudflare",
            security_group_id=group.id,
            prefix_list_id=ranges.id,
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            description="HTTPS from Cloudflare",
            opts=self.child,
        )
        return [entrance, *(rule for port in TARGET_PORTS for rule in self._to_pods(name, port, group, cluster))]

    def _to_pods(self, name: str, port: str, group: aws.ec2.SecurityGroup, cluster: EksCluster) -> list[pulumi.Resource]:
        number = TARGET_PORTS[port]
        return [
            aws.vpc.SecurityGroupEgressRule(
                f"{name}-to-pods-{port}",
                security_group_id=group.id,
                referenced_security_group_id=cluster.security_group_id,
                ip_protocol="tcp",
                from_port=number,
                to_port=number,
                description=f"To the Gateway's pods, {port}",
                opts=self.child,
            ),
            aws.vpc.SecurityGroupIngressRule(
                f"{name}-at-pods-{port}",
                security_group_id=cluster.security_group_id,
                referenced_security_group_id=group.id,
                ip_protocol="tcp",
                from_port=number,
                to_port=number,
                description=f"From the origin's load balancer, {port}",
                opts=self.child,
            ),
        ]

    def _load_balancer(self, name: str, args: OriginArgs, group: aws.ec2.SecurityGroup) -> aws.lb.LoadBalancer:
        """Cross-zone: Cloudflare's resolvers do not spread evenly over the zones, and a zone without a pod would answer nothing."""
        return aws.lb.LoadBalancer(
            name,
            load_balancer_type="network",
            internal=False,
            ip_address_type="ipv4",
            subnets=list(args.cluster.vpc.public_subnet_ids.values()),
            security_groups=[group.id],
            enable_cross_zone_load_balancing=True,
            enable_deletion_protection=args.spec.deletion_protection,
            opts=pulumi.ResourceOptions(parent=self, protect=args.spec.deletion_protection),
        )

    def _targets(self, name: str, cluster: EksCluster) -> aws.lb.TargetGroup:
        return aws.lb.TargetGroup(
            f"{name}-targets",
            target_type="ip",
            protocol="TCP",
            port=ingress.INGRESS_PORT,
            vpc_id=cluster.vpc.vpc_id,
            deregistration_delay=DRAINING_SECONDS,
            preserve_client_ip="false",  # who calls stands in CF-Connecting-IP; with it, pods calling their own origin would hang
            health_check=aws.lb.TargetGroupHealthCheckArgs(
                protocol="HTTP",
                port=str(ingress.READINESS_PORT),
                path=ingress.READINESS_PATH,
                interval=10,
                healthy_threshold=2,
                unhealthy_threshold=2,
            ),
            tags={CLUSTER_TAG: cluster.cluster_name},
            opts=self.child,
        )

    def _secrets(self, name: str, args: OriginArgs) -> list[pulumi.Resource]:
        """Certificate and key of the Gateway, and the authority of Cloudflare's client certificate."""
        cluster_name = args.cluster.cluster_name
        return [
            external_secret(
                f"{name}-tls",
                namespace=ingress.INGRESS_NAMESPACE,
                secret_name=ingress.ORIGIN_TLS_SECRET,
                remote=ingress.origin_tls_secret(cluster_name),
                keys={"tls.crt": "certificate", "tls.key": "private_key"},
                secret_type="kubernetes.io/tls",
                awaited=False,
                opts=self.after(*args.after),
            ),
            external_secret(
                f"{name}-pull-ca",
                namespace=ingress.INGRESS_NAMESPACE,
                secret_name=ingress.ORIGIN_PULL_CA_SECRET,
                remote=ingress.origin_pull_ca_secret(cluster_name),
                keys={"ca.crt": "certificate"},
                awaited=False,
                opts=self.after(*args.after),
            ),
        ]


def _cloudflare(name: str, opts: pulumi.ResourceOptions) -> aws.ec2.ManagedPrefixList:
    """Its size counts against the 60 rules of a security group (VPC user guide, quotas)."""
    blocks = cloudflare_ranges().ipv4
    return aws.ec2.ManagedPrefixList(
        name,
        address_family="IPv4",
        max_entries=len(blocks),
        entries=[aws.ec2.ManagedPrefixListEntryArgs(cidr=block, description="Cloudflare") for block in blocks],
        opts=opts,
    )


def _binding(name: str, target_group_arn: pulumi.Input[str], opts: pulumi.ResourceOptions) -> kubernetes.apiextensions.CustomResource:
    """Pods of the Gateway's Service in the target group; without `networking` the controller leaves the security groups alone."""
    spec: Mapping[str, object] = {
        "targetGroupARN": target_group_arn,
        "targetType": "ip",
        "serviceRef": {"name": ingress.INGRESS_SERVICE, "port": ingress.INGRESS_PORT},
    }
    return kubernetes.apiextensions.CustomResource(
        name,
        api_version="elbv2.k8s.aws/v1beta1",
        kind="TargetGroupBinding",
        metadata=kubernetes.meta.v1.ObjectMetaArgs(name="origin", namespace=ingress.INGRESS_NAMESPACE),
        spec=spec,
        opts=opts,
    )
