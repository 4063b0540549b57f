"""What a region's stack file may say: the components' own Specs, nested. Defaults live there, differences in the file, nothing between."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from components.base import Spec
from components.cluster.addons import ClusterAddonsSpec, NodeAddonsSpec
from components.cluster.eks import EksClusterSpec
from components.cluster.gpu_pool_spec import GpuPoolSpec
from components.cluster.karpenter import KarpenterSpec
from components.cluster.node_group import NodeGroupSpec, Placement
from components.data.backup import BackupSpec
from components.data.bucket import DataBucketSpec
from components.data.clickhouse.backup import DEFAULT_BACKUP
from components.data.clickhouse.spec import ClickHouseSpec
from components.data.placement import DataPoolSpec
from components.data.tidb.restore import TidbDrillSpec
from components.data.tidb.spec import TidbSpec
from components.data.valkey.caches import CachesSpec
from components.network.address_plan import ZoneId
from components.network.flow_logs import FlowLogsSpec
from components.network.vpc import NetworkSpec
from components.platform.cloudflared import CloudflaredSpec
from components.platform.mesh_spec import MeshSpec
from components.platform.origin import OriginSpec
from components.tags import TagSpec
from stacks.neighbours import REGION_KEY
from stacks.profile import DATABASE_KNOBS, Environment, Profile, Role

KEY = REGION_KEY
"""Configuration key under which a region's spec stands."""
SYSTEM = "system"
"""Name of the node group that cluster add-ons and controllers run on; every region has it."""


class DataSpec(Spec):
    """The data stores of a region; what is not named is not made."""

    pool: DataPoolSpec = DataPoolSpec()
    """Nodes that TiDB and ClickHouse run on, a group in every zone."""
    backup: BackupSpec = BackupSpec()
    """How much of TiDB and of volumes may be lost, how long backups are kept, where copies go."""
    clickhouse_backup: BackupSpec = DEFAULT_BACKUP
    """The same for ClickHouse, whose increments cannot come as often; its rows come from elsewhere and can be loaded again."""
    bucket: DataBucketSpec = DataBucketSpec(tiered_prefixes=("tidb/full/",))
    """Bucket of backups and cold data. Only full backups may grow cold: a log backup must stay readable at once."""
    tidb: TidbSpec | None = None
    """Relational store."""
    tidb_drill: TidbDrillSpec | None = None
    """A restore of the relational store into a scratch cluster, to try it or to get data back; the pool needs nodes for both meanwhile."""
    clickhouse: ClickHouseSpec | None = None
    """Analytical store."""
    caches: CachesSpec | None = None
    """Caches on ElastiCache for Valkey."""


class PlatformSpec(Spec):
    """What every cluster carries."""

    mesh: MeshSpec = MeshSpec()
    """Service mesh: encryption, identities, ways in and out."""
    origin: OriginSpec = OriginSpec()
    """Load balancer behind Cloudflare."""
    tunnel: CloudflaredSpec = CloudflaredSpec()
    """Connectors of admin hosts and private access."""


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
    role: Role
    """What the region is in its area of the world: each has one primary."""
    profile: Profile
    """Which services the region offers; the file holds what they need and nothing else."""
    regimes: tuple[str, ...] = Field(min_length=1)
    """Regimes that its data is under, e.g. `GDPR`; those of its jurisdiction (components/catalog/residency.yaml)."""
    partner: str | None = None
    """Region that offers the same services and takes over when this one is lost; none where the law keeps the data at home (C-19)."""
    capacity_sessions: int = Field(ge=1)
    """Concurrent sessions that the region can carry; the unit of the global stack's routing (S-076 of the requirements)."""
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
    platform: PlatformSpec = PlatformSpec()
    """Secrets, certificates, mesh and the ways in."""
    data: DataSpec | None = None
    """Data stores; none without."""

    @property
    def stores(self) -> frozenset[str]:
        """Knobs that make storage and databases, as `profile` promises them."""
        if self.data is None:
            return frozenset()
        return frozenset({"data", *(f"data.{knob}" for knob in DATABASE_KNOBS if getattr(self.data, knob) is not None)})

    def group_zones(self, group: NodeGroupSpec | GpuPoolSpec) -> tuple[ZoneId, ...]:
        """Zones a group of nodes may use: all, where each has a group of its own or the pool names its zones; otherwise the core zones."""
        own = group.placement is Placement.PER_ZONE if isinstance(group, NodeGroupSpec) else bool(group.zones)
        return self.network.zones if own else self.network.core_zones
