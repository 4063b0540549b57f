"""What a region's stack file may say: the components' own Specs, nested. Defaults live there, differences in the file, nothing between."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from components.base import Spec
from components.cluster.addons import ClusterAddonsSpec, NodeAddonsSpec
from components.cluster.eks import EksClusterSpec
from components.cluster.gpu_pool_spec import GpuPoolSpec
from components.cluster.karpenter import KarpenterSpec
from components.cluster.node_group import NodeGroupSpec, Placement
from components.network.address_plan import ZoneId
from components.network.flow_logs import FlowLogsSpec
from components.network.vpc import NetworkSpec
from components.tags import TagSpec

KEY = "meridian:region"
"""Configuration key under which a region's spec stands."""
SYSTEM = "system"
"""Name of the node group that cluster add-ons and controllers run on; every region has it."""


class Environment(StrEnum):
    """What a stack is for."""

    PRODUCTION = "production"
    STAGING = "staging"
    DEVELOPMENT = "development"


class RegionSpec(Spec):
    """One region. Defaults are production-grade; a stack file says what differs."""

    region: str
    """AWS region code, e.g. `eu-west-1`."""
    index: int = Field(ge=0)
    """Number of the region, unique among all stack files. Every derived number follows from it (addresses), so it never changes."""
    account_id: Annotated[str, Field(pattern=r"^\d{12}$")]
    """The only AWS account the stack may touch."""
    environment: Environment = Environment.PRODUCTION
    """What the stack is for."""
    tags: TagSpec
    """Who owns it, who pays, which data it may hold."""
    network: NetworkSpec
    """Zones, address ranges, egress."""
    flow_logs: FlowLogsSpec = FlowLogsSpec()
    """Record of the network's traffic."""
    cluster: EksClusterSpec
    """The EKS control plane and who may use it."""
    node_addons: NodeAddonsSpec = NodeAddonsSpec()
    """EKS add-ons that nodes need before they are ready."""
    cluster_addons: ClusterAddonsSpec = ClusterAddonsSpec()
    """EKS add-ons that run on nodes."""
    node_groups: Mapping[str, NodeGroupSpec]
    """Managed node groups by name; `system` is required."""
    gpu_pools: Mapping[str, GpuPoolSpec] = Field(default_factory=dict[str, GpuPoolSpec])
    """Pools of GPU nodes by name."""
    karpenter: KarpenterSpec = KarpenterSpec()
    """Nodes on demand, for everything without a group of its own."""

    def group_zones(self, group: NodeGroupSpec | GpuPoolSpec) -> tuple[ZoneId, ...]:
        """Zones a group of nodes may use: all, where each has a group of its own or the pool names its zones; otherwise the core zones."""
        own = group.placement is Placement.PER_ZONE if isinstance(group, NodeGroupSpec) else bool(group.zones)
        return self.network.zones if own else self.network.core_zones
