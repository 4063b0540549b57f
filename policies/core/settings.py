"""What a user may set about the rules: which severities stop an update, and where thresholds lie."""

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Annotated, Any, Self, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError, WithJsonSchema
from pydantic.alias_generators import to_camel

from components.catalog.cloudflare_ranges import cloudflare_ranges
from components.catalog.loader import regions
from policies.core.fleet import Fleet, keys
from policies.core.verdict import Severity


class Level(StrEnum):
    """What a finding does to an update, as Pulumi spells it (pulumi_policy.EnforcementLevel)."""

    MANDATORY = "mandatory"
    ADVISORY = "advisory"
    DISABLED = "disabled"
    """The check does not run."""
    REMEDIATE = "remediate"
    """What can be mended is mended before it is made; anything else counts as mandatory."""


class SettingsError(ValueError):
    """The settings hold faults; the message lists all, one line each."""


class Settings(BaseModel):
    """Settings of all rules. In a pack's configuration a rule takes its own ones, in camelCase: `{"sec-02": {"maxAddresses": 64}}`."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, alias_generator=to_camel, validate_by_name=True, validate_by_alias=True
    )

    mandatory_severities: frozenset[Severity] = frozenset({Severity.CRITICAL, Severity.HIGH})
    """Severities whose findings stop an update; the others are reported."""
    max_addresses: int = Field(default=256, ge=0)
    """Public addresses that may reach an administrative endpoint: one /24, as an office or a VPN leaves by. An IPv6 /64 counts as one."""
    max_rotation_days: int = Field(default=365, ge=90, le=2560)
    """Longest age of key material, in days. KMS rotates every 365 by default and takes 90 to 2560 (KMS API, EnableKeyRotation)."""
    max_node_skew: int = Field(default=2, ge=0, le=3)
    """Minor versions that nodes may lag behind. Kubernetes supports 3 (version skew policy); 2 leaves room for the next upgrade."""
    min_zones: int = Field(default=3, ge=2, le=6)
    """Availability zones that must share a load: with three, losing one leaves two thirds and a quorum."""
    disposable_environments: frozenset[str] = frozenset({"development", "staging"})
    """Values of the `environment` tag of stacks that may be deleted as a whole."""
    listed_images: frozenset[str] = frozenset(
        {
            "altinity/clickhouse-*",
            "clickhouse/clickhouse-*",
            "cloudflare/cloudflared",
            "pingcap/*",
            "public.ecr.aws/*",
            "registry.k8s.io/*",
        }
    )
    """Repositories, as globs, whose images may come by version from where their makers publish them: the data stores, AWS, Kubernetes."""
    barred_images: frozenset[str] = frozenset({"*bitnami/*", "*bitnamilegacy/*"})
    """Repositories, as globs, whose images nobody patches: Bitnami's free ones are frozen since August 2025 (bitnami/charts, README)."""
    allowed_capabilities: frozenset[str] = frozenset({"NET_BIND_SERVICE"})
    """Capabilities that a container may add, without `CAP_`: the one that Pod Security's level `restricted` permits."""
    min_user_id: int = Field(default=10_000, ge=1)
    """Lowest user id that a container may be told to run as: nobody on a node has it."""
    image_user_ids: frozenset[int] = frozenset({101})
    """User ids below that which images bring and whose files are theirs: ClickHouse's (ClickHouse/ClickHouse, docker/server/Dockerfile)."""
    required_requests: frozenset[str] = frozenset({"cpu", "memory"})
    """Resources that every container must ask for: what it asks for is all that it is sure of."""
    min_replicas: int = Field(default=3, ge=1)
    """Pods of a workload that serves: one for each zone."""
    public_egress_ports: frozenset[int] = frozenset({443})
    """Ports on which a network policy may let pods out to the world: AWS's own services have addresses that no policy can name."""
    min_snapshot_days: int = Field(default=7, ge=1, le=35)
    """Days that a cache's snapshots are kept: a fault of Friday is found before they are gone. ElastiCache's limit is 35."""
    max_backup_hours: int = Field(default=24, ge=1)
    """Longest time between two recovery points of a backup plan."""
    min_locked_days: int = Field(default=7, ge=1)
    """Days in which nobody can delete a recovery point from a vault."""
    disposable_storage_classes: frozenset[str] = frozenset({"gp3", "gp3-cache"})
    """Storage classes whose volumes may go with their claims: the default one, which no data store asks for, and that of caches."""
    unrestricted_data_classes: frozenset[str] = frozenset({"public", "operational"})
    """Values of the `data-class` tag whose data may lie under a key that AWS manages."""
    cluster_administrators: frozenset[str] = frozenset({"arn:aws*:iam::*:role/*"})
    """Principals, as globs of ARNs, that may administer a cluster: any role, and no user, whose keys live too long."""
    max_cluster_administrators: int = Field(default=2, ge=0)
    """Principals that may administer one cluster: the pipeline, and one for emergencies."""
    node_policies: frozenset[str] = frozenset(
        {
            "AmazonEC2ContainerRegistryPullOnly",
            "AmazonEC2ContainerRegistryReadOnly",
            "AmazonEKSWorkerNodeMinimalPolicy",
            "AmazonEKSWorkerNodePolicy",
            "AmazonSSMManagedInstanceCore",
        }
    )
    """AWS's policies that nodes may have: to join, to pull images, to be entered (EKS user guide, node IAM role). Every pod of a node
    that reaches its metadata has them too."""
    own_accounts: frozenset[str] = frozenset()
    """Ids of accounts that roles may trust, besides those that the providers of the stack are bound to (`allowed_account_ids`)."""
    min_key_deletion_days: int = Field(default=30, ge=7, le=30)
    """Days in which the deletion of a key can be taken back; 30 is the longest that KMS offers (KMS API, ScheduleKeyDeletion)."""
    allowed_regions: frozenset[str] = frozenset(regions())
    """AWS regions in which something may be made: those of the catalogue."""
    residency_groups: Mapping[str, str] = Field(default_factory=dict[str, str])
    """AWS region -> name of the group within which its data may move, beside what the catalogue's edges permit."""
    untagged_data_class: str = "personal"
    """Class of data without a `data-class` tag: of people, until somebody says otherwise."""
    network_links: frozenset[str] = frozenset()
    """Links between networks that were agreed on, each `source>destination` by region; the law on data holds for all others."""
    min_log_days: int = Field(default=30, ge=1)
    """Days that logs are kept at least: an intrusion is found weeks later."""
    max_failover_ttl: int = Field(default=60, ge=0)
    """Seconds that a steered name may live in resolvers: clients go on asking what is lost until then."""
    fleet: Annotated[Fleet, WithJsonSchema({"type": "object"})] = Fleet()
    """Regions, what each carries and falls with, residency groups, routes with their demand (docs/POLICIES.md). The engine is shown an
    object only, as the schemas of its packs know no definitions; what is inside is validated here."""
    max_blast_percent: float = Field(default=34, gt=0, le=100)
    """Share of the fleet's capacity that may stand on one stack, cluster or key: a third, as a region of three zones loses with one."""
    single_points: frozenset[str] = frozenset()
    """Parts, as globs, that every request may have to pass: pools, addresses, regions and what the fleet's `requests` name."""
    raised_quotas: Mapping[str, int] = Field(default_factory=dict[str, int])
    """Quota of components/catalog/quotas.yaml -> what AWS has raised it to in the account and region."""
    required_tags: frozenset[str] = frozenset({"cost-center", "data-class", "jurisdiction", "owner", "rpo"})
    """Tags without which nobody can answer for a resource."""
    rate_limited_paths: frozenset[str] = frozenset({"/api/", "/login"})
    """Beginnings of paths that must have a rate limit: the interface, and where passwords are given."""
    uncached_paths: frozenset[str] = frozenset({"/api/"})
    """Beginnings of paths of which the edge may keep nothing."""
    max_session_hours: int = Field(default=8, ge=1)
    """Hours after which somebody at an admin interface proves again who they are: a working day."""
    max_token_days: int = Field(default=365, ge=1)
    """Days that a service token may live."""
    admin_hosts: frozenset[str] = frozenset(
        f"{name}*"
        for name in (
            *("admin", "alertmanager", "argo-cd", "argocd", "backoffice", "dashboard", "grafana", "hubble", "jaeger", "jenkins", "kiali"),
            *("kibana", "loki", "opensearch-dashboard", "pgadmin", "phpmyadmin", "prometheus", "rollouts", "tidb-dashboard", "vault"),
        )
    )
    """First labels of host names, as globs, behind which machines are run: only those known may see so much as a sign-in page."""
    edge_addresses: frozenset[str] = frozenset((*cloudflare_ranges().ipv4, *cloudflare_ranges().ipv6))
    """CIDR blocks from which origins take requests: Cloudflare's. Empty where origins answer the world."""
    monthly_budget: float = Field(default=0, ge=0)
    """USD that a stack may cost a month at list price, use left out; 0 where nobody has said, which leaves the check undecided."""
    baseline_monthly: float = Field(default=0, ge=0)
    """USD that the stack cost a month when it was last agreed on; 0 where nobody has said."""
    max_rise_percent: float = Field(default=10, ge=0)
    """Rise above the baseline that needs no new agreement."""
    commitment_hourly: float = Field(default=0, ge=0)
    """USD an hour, at list price, that savings plans and reservations cover of the stack; 0 where nobody has said."""
    replicated_gigabytes: float = Field(default=0, ge=0)
    """Gigabytes a month that each copy to another region moves; 0 where nobody has said."""
    max_copy_usd: float = Field(default=500, ge=0)
    """USD a month that moving one copy to another region may cost: above it somebody should know."""
    max_undecided: int = Field(default=500, ge=0)
    """Judgements of one stack that may be left open by unknown values before that is a finding of its own: meta-02."""

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """Settings from plain values.

        Raises:
            SettingsError: all faults at once, each as `path: value: what is allowed`.
        """
        try:
            return cls.model_validate(values)
        except ValidationError as faults:
            raise SettingsError("\n".join(_line(fault) for fault in faults.errors())) from None

    def level(self, severity: Severity) -> Level:
        """What a finding of this severity does."""
        return Level.MANDATORY if severity in self.mandatory_severities else Level.ADVISORY


def aliases(fields: Iterable[str]) -> Iterator[str]:
    """Names that configurations use for these fields."""
    return (cast("str", Settings.model_fields[name].alias) for name in fields)


def _line(fault: Any) -> str:
    path = ".".join(str(part) for part in fault["loc"])
    known = ", ".join(sorted(aliases(Settings.model_fields)) if len(fault["loc"]) == 1 else keys(fault["loc"][1:]))
    allowed = f"no such setting; there are {known}" if fault["type"] == "extra_forbidden" else fault["msg"]
    if fault["type"] == "value_error":  # raised by a model of ours: its lines name the values
        return f"{path}: {fault['ctx']['error']}"
    return f"{path}: {fault['input']!r}: {allowed}"
