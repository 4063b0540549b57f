"""One region: the table of contents of its stack. Components in the order they depend on each other; what stands first is deleted last."""

from collections.abc import Iterable, Mapping
from typing import Any

import pulumi

from components import catalog
from components.cluster.addons import ClusterAddons, ClusterAddonsArgs, NodeAddons, NodeAddonsArgs
from components.cluster.eks import EksCluster, EksClusterArgs
from components.cluster.gpu_pool import GpuPool, GpuPoolArgs
from components.cluster.gpu_runtime import GpuRuntimeSupport, GpuRuntimeSupportArgs, cluster_runtime
from components.cluster.karpenter import Karpenter, KarpenterArgs
from components.cluster.launch_template import volume_key_grant
from components.cluster.node_group import NodeGroup, NodeGroupArgs, Placement
from components.encryption_key import EncryptionKey, EncryptionKeyArgs
from components.location import Location
from components.network.address_plan import ZoneId
from components.network.endpoints import Endpoints, EndpointsArgs
from components.network.flow_logs import FlowLogs, FlowLogsArgs
from components.network.vpc import Vpc, VpcArgs
from components.tags import default_tags
from stacks import data, outputs, platform
from stacks.providers import aws_provider, kubernetes_provider
from stacks.spec import SYSTEM, RegionSpec
from stacks.stack_file import read

__all__ = ["build", "read"]


def build(spec: RegionSpec) -> Mapping[str, Any]:
    """Make a region and return its stack outputs.

    Logical names say the role and neither region nor environment: the stack's name does.
    """
    location = Location(account_id=spec.account_id, region=spec.region)
    cluster_name = f"meridian-{pulumi.get_stack()}"
    tags = default_tags(spec.tags, environment=spec.environment, jurisdiction=catalog.region(spec.region).jurisdiction)
    aws = pulumi.ResourceOptions(providers=[aws_provider(spec)])

    vpc = Vpc("network", VpcArgs(spec=spec.network, index=spec.index, location=location, cluster_name=cluster_name), aws)
    endpoints = Endpoints("endpoints", EndpointsArgs(spec=spec.network, vpc=vpc, location=location), aws)
    FlowLogs("flow-logs", FlowLogsArgs(spec=spec.flow_logs, vpc=vpc, location=location, cluster_name=cluster_name), aws)

    cluster = EksCluster(
        "cluster",
        EksClusterArgs(spec=spec.cluster, cluster_name=cluster_name, location=location, vpc=vpc),
        pulumi.ResourceOptions.merge(aws, pulumi.ResourceOptions(depends_on=[endpoints])),  # without NAT nodes join only through them
    )
    node_addons = NodeAddons("node-addons", NodeAddonsArgs(spec=spec.node_addons, cluster=cluster), aws)
    volume_key = EncryptionKey(
        "volumes-key", EncryptionKeyArgs(location=location, purpose="Volumes of nodes and pods", grants=[volume_key_grant(location)]), aws
    )

    node_groups = {
        name: NodeGroup(
            name,
            NodeGroupArgs(
                spec=group,
                cluster=cluster,
                addons=node_addons,
                subnet_ids=_subnets(
                    vpc.data_subnet_ids if group.placement is Placement.PER_ZONE else vpc.private_subnet_ids, spec.group_zones(group)
                ),
                volume_key_arn=volume_key.arn,
                tags=tags,
            ),
            aws,
        )
        for name, group in spec.node_groups.items()
    }
    for name, pool in spec.gpu_pools.items():
        GpuPool(
            name,
            GpuPoolArgs(
                spec=pool,
                cluster=cluster,
                addons=node_addons,
                subnet_ids=_subnets(vpc.private_subnet_ids, spec.group_zones(pool)),
                volume_key_arn=volume_key.arn,
                tags=tags,
            ),
            aws,
        )

    system = node_groups[SYSTEM]
    both = pulumi.ResourceOptions.merge(aws, pulumi.ResourceOptions(providers=[kubernetes_provider(cluster)]))
    cluster_addons = ClusterAddons(
        "cluster-addons",
        ClusterAddonsArgs(spec=spec.cluster_addons, cluster=cluster, nodes=system, volume_key_arn=volume_key.arn),
        both,
    )
    if (runtime := cluster_runtime((pool.runtime for pool in spec.gpu_pools.values()), elastic=spec.karpenter.starts_gpus)) is not None:
        GpuRuntimeSupport("gpu-runtime", GpuRuntimeSupportArgs(runtime=runtime, after=system.resources), both)
    Karpenter(
        "karpenter",
        KarpenterArgs(
            spec=spec.karpenter,
            cluster=cluster,
            nodes=system,
            volume_key_arn=volume_key.arn,
            tags=tags,
            needed=cluster_addons.resources,
        ),
        both,
    )
    ways_in = platform.build(spec.platform, cluster, system, cluster_addons.resources, both)
    if spec.data is not None:
        ground = data.Ground(
            cluster=cluster,
            system=system,
            node_addons=node_addons,
            cluster_addons=(*cluster_addons.resources, *ways_in.mesh.resources),
            platform=ways_in,
            volume_key_arn=volume_key.arn,
            aws=aws,
            both=both,
        )
        data.build(spec, spec.data, ground)

    secrets_key = EncryptionKey(
        "secrets-key", EncryptionKeyArgs(location=location, purpose="Secrets that the global stack leaves here"), aws
    )
    edge = outputs.RegionOutputs(
        region=spec.region,
        cluster_name=cluster_name,
        cidr_block=vpc.cidr_block,
        origin_hostname=ways_in.origin.hostname,
        secrets_key_arn=secrets_key.arn,
    )
    return {
        **outputs.exported(edge),
        "vpcId": vpc.vpc_id,
        "cidrBlock": vpc.cidr_block,
        "clusterName": cluster.name,
        "clusterEndpoint": cluster.endpoint,
        "clusterSecurityGroupId": cluster.security_group_id,
        "oidcProviderArn": cluster.oidc_provider_arn,
        "kubeconfig": cluster.kubeconfig,
    }


def _subnets(by_zone: Mapping[ZoneId, pulumi.Output[str]], zones: Iterable[ZoneId]) -> dict[ZoneId, pulumi.Output[str]]:
    return {zone: by_zone[zone] for zone in zones}
