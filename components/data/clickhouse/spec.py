"""What a ClickHouse may be, and what would lose data or never start."""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Self

from pydantic import Field, field_validator, model_validator

from components.base import Spec
from components.data.bucket import DataBucketSpec, StorageTier
from components.data.clickhouse.contract import COLD_PREFIX, SYSTEM_USERS, host
from components.data.clickhouse.sizing import nodes_per_zone
from components.data.storage import StorageClassName
from components.naming import Kind, physical_name

LONGEST_CLUSTER_NAME = 15
"""Characters (Altinity/clickhouse-operator, namePartClusterMaxLen; the CRD's own limit)."""
FEWEST_ZONES = 3
"""Zones of a quorum: with two, the loss of the one with more members stops Keeper, and all tables turn read-only."""
REVISION_SUFFIX = "-0123456789"
"""What a StatefulSet appends to its name in a label of its pods (kubernetes/kubernetes#64023)."""
DATABASE_NAME = r"^[a-z][a-z0-9_]{0,62}$"
"""Also the name of its user and of a key in a secret's template."""


class ClickHouseProfile(StrEnum):
    """What an installation is for."""

    PRODUCTION = "production"
    """Every shard in several zones; Keeper and ClickHouse protected from deletion."""
    DEVELOPMENT = "development"
    """May be a single pod; refused by production stacks."""


class DatabaseSpec(Spec):
    """Knobs of one workload's database."""

    hot_days: int = Field(ge=1)
    """Days that rows stay on EBS before they move to S3."""
    keep_days: int = Field(ge=2)
    """Days after which rows are deleted."""

    @model_validator(mode="after")
    def _order(self) -> Self:
        if self.hot_days >= self.keep_days:
            raise ValueError(f"keep_days: {self.keep_days}: rows are on EBS for {self.hot_days} days already: keep them longer than that")
        return self


class KeeperSpec(Spec):
    """Knobs of ClickHouse Keeper."""

    members: int = Field(default=3, ge=1, le=7)
    """Pods, an odd number: three survive the loss of one zone."""
    cpu: int = Field(default=2, ge=1)
    """Cores of a pod."""
    memory_gib: int = Field(default=4, ge=2)
    """Memory of a pod in GiB; the whole state is held in it."""
    storage_gib: int = Field(default=20, ge=10)
    """Volume of a pod in GiB: Raft log and snapshots."""

    @field_validator("members")
    @classmethod
    def _odd(cls, members: int) -> int:
        if members % 2 == 0:
            raise ValueError(
                f"{members}: Keeper needs an odd number: {members} members survive no more than {members - 1}: use 1, 3, 5 or 7"
            )
        return members


_DATABASES = {
    "realtime": DatabaseSpec(hot_days=14, keep_days=90),
    "archive": DatabaseSpec(hot_days=1, keep_days=2555),
    "reports": DatabaseSpec(hot_days=90, keep_days=1095),
}
"""Behaviour of users now, history of seven years, business metrics of three: the documents name the uses, the days are ours."""


class ClickHouseSpec(Spec):
    """Knobs of a ClickHouse. `clickhouse_sizing.size` turns rows a day into shards and disks."""

    profile: ClickHouseProfile = ClickHouseProfile.PRODUCTION
    """What it is for."""
    cluster_name: str = "analytics"
    """Name of the cluster in `ON CLUSTER` and in the names of its pods."""
    shards: int = Field(default=2, ge=1, le=64)
    """Parts that the rows are split over."""
    replicas: int = Field(default=3, ge=1, le=6)
    """Copies of each shard, each in a zone of its own."""
    cpu: int = Field(default=7, ge=1)
    """Cores of a pod: a node of 8, less the system's and the sidecar's share."""
    memory_gib: int = Field(default=48, ge=4)
    """Memory of a pod in GiB: a node of 64 (r7g.2xlarge), less the sidecar's share and room for the page cache."""
    hot_gib: int = Field(default=1000, ge=20, le=16384)
    """EBS volume of a pod in GiB. It can grow, not shrink. 16 TiB: above it a lost replica takes days to fetch again."""
    hot_class: StorageClassName = StorageClassName.GP3_DB
    """Storage class of that volume."""
    cache_gib: int = Field(default=150, ge=10)
    """Volume in GiB that keeps what was last read from S3: 10 to 20 % of the hot data."""
    version: str = Field(default="25.8.33.6", pattern=r"^\d+\.\d+\.\d+\.\d+$")
    """ClickHouse and Keeper, a long-term-support release: Keeper of another one failed (Altinity/clickhouse-operator#1935)."""
    keeper: KeeperSpec = Field(default_factory=KeeperSpec)
    """Coordination of the replicas."""
    databases: Mapping[str, DatabaseSpec] = Field(default_factory=_DATABASES.copy)
    """Databases by name, one a workload, each with a user of its name."""
    client_namespaces: tuple[str, ...] = ()
    """Namespaces whose pods may connect."""
    metrics_namespaces: tuple[str, ...] = ("monitoring",)
    """Namespaces whose pods may read the metrics."""

    @field_validator("version")
    @classmethod
    def _long_term(cls, version: str) -> str:
        if version.split(".")[1] not in ("3", "8"):
            raise ValueError(f"'{version}' is no long-term-support release: those are numbered .3 and .8 of a year, e.g. 25.8.33.6")
        return version

    @field_validator("databases")
    @classmethod
    def _names(cls, databases: Mapping[str, DatabaseSpec]) -> Mapping[str, DatabaseSpec]:
        for name in databases:
            _fits(name, DATABASE_NAME, "starts with a letter, then small letters, digits and underscores, 63 at most")
            if name in (*SYSTEM_USERS, "system", "information_schema"):
                raise ValueError(f"'{name}' is a name of ClickHouse's or Meridian's own: choose another one")
        return databases

    @model_validator(mode="after")
    def _cluster_name(self) -> Self:
        name = self.cluster_name
        if len(name) > LONGEST_CLUSTER_NAME:
            raise ValueError(
                f"cluster_name: '{name}' has {len(name)} characters, the operator takes {LONGEST_CLUSTER_NAME} "
                "(Altinity/clickhouse-operator, namePartClusterMaxLen): shorten it"
            )
        _fits(name, r"^[a-z]([a-z0-9-]*[a-z0-9])?$", "cluster_name: small letters, digits and hyphens, a letter first")
        physical_name(Kind.KUBERNETES_LABEL, host(name, self.shards - 1, self.replicas - 1) + REVISION_SUFFIX)
        return self

    @model_validator(mode="after")
    def _durable(self) -> Self:
        if self.profile is ClickHouseProfile.PRODUCTION:
            if self.replicas < 2:
                raise ValueError(f"replicas: {self.replicas}: production needs 2 or more of each shard, or one lost volume loses rows")
            if self.keeper.members < FEWEST_ZONES:
                raise ValueError(
                    f"keeper.members: {self.keeper.members}: production needs {FEWEST_ZONES} or more, or one lost pod stops writes"
                )
        return self

    @property
    def users(self) -> tuple[str, ...]:
        """Every user, Meridian's own first."""
        return (*SYSTEM_USERS, *self.databases)


def clickhouse_faults(spec: ClickHouseSpec, zones: Sequence[str], *, production: bool) -> list[str]:
    """One line for each reason why the installation must not, or cannot, run in these zones."""
    faults: list[str] = []
    if production and spec.profile is not ClickHouseProfile.PRODUCTION:
        faults.append(f"profile: {spec.profile}: production stacks take production only")
    if spec.profile is ClickHouseProfile.PRODUCTION and len(zones) < FEWEST_ZONES:
        faults.append(
            f"zones: {', '.join(zones)}: Keeper's quorum needs {FEWEST_ZONES}, or one lost zone stops all writes: add zones to the network"
        )
    if spec.replicas > len(zones):
        faults.append(f"replicas: {spec.replicas}: each lies in a zone of its own, and there are {len(zones)}: at most {len(zones)}")
    return faults


def node_faults(spec: ClickHouseSpec, nodes: int) -> list[str]:
    """One line where the data pool's `nodes_per_zone` are too few: what needs a node without the others would wait for one for ever."""
    if nodes >= (needed := nodes_per_zone(spec.shards)):
        return []
    return [
        f"nodes_per_zone: {nodes}: no ClickHouse pod shares a node with another or with Keeper, so {spec.shards} shards need {needed} in "
        "each zone: raise it, or lower shards"
    ]


def cold_tier_faults(spec: DataBucketSpec) -> list[str]:
    """One line where the bucket's lifecycle would move live table data to where ClickHouse cannot read it."""
    hit = [prefix for prefix in spec.tiered_prefixes if prefix.startswith(COLD_PREFIX) or COLD_PREFIX.startswith(prefix)]
    if not hit or StorageTier.DEEP_ARCHIVE not in spec.tiers:
        return []
    return [
        f"tiered_prefixes: '{prefix}' moves '{COLD_PREFIX}' to {StorageTier.DEEP_ARCHIVE}, which answers after hours: no query reads its "
        "tables: name the prefixes that may move"
        for prefix in hit
    ]


def _fits(name: str, pattern: str, allowed: str) -> None:
    if not re.fullmatch(pattern, name):
        raise ValueError(f"'{name}': {allowed}")
