"""Knobs of a TiDB cluster, and what a stack must be told before it is made."""

import re
from collections.abc import Iterable
from typing import Self

from pydantic import Field, field_validator, model_validator

from components import catalog
from components.base import Spec
from components.data.storage import StorageClassName
from components.data.tidb.contract import QUORUM_PARTS, Part, name_faults
from components.data.tidb.sizing import LARGEST_GENERAL_STORE_GIB, LARGEST_STORE_GIB, Profile, store_count

MEMBER_WARM = "warm"
"""Suffix of the second set of TiKV, a TidbCluster that joins the first one's PD."""
FIXED_OPERATOR = (1, 6, 5)
"""First operator that runs on Kubernetes 1.33 and newer (pingcap/tidb-operator#6653)."""
FIXED_FOR = (1, 33)
"""First Kubernetes that needs it."""
QUORUM_ZONES = 3
"""One of three zones can fail, and two hold a majority."""
LEAST_SQL_PODS = 2
"""One serves while the other restarts."""


class TikvSpec(Spec):
    """One set of TiKV stores on one kind of volume."""

    data_gib: float = Field(gt=0)
    """Logical data the set shall hold before it next grows, in GiB: one copy, uncompressed, indexes included."""
    store_gib: int = Field(default=1024, ge=20, le=LARGEST_STORE_GIB)
    """Volume of a store in GiB. It can grow, never shrink; more data means more stores, so it is chosen once."""
    stores: int | None = Field(default=None, ge=1)
    """Number of stores, where it shall not follow from the bytes."""
    storage_class: StorageClassName = StorageClassName.GP3_DB
    """Kind of volume; io2-db where the p99 of a write counts."""

    @field_validator("storage_class")
    @classmethod
    def _keeps_data(cls, kind: StorageClassName) -> StorageClassName:
        if kind is StorageClassName.GP3_CACHE:
            raise ValueError(f"{kind} deletes its volumes with their claims: use gp3-db or io2-db")
        return kind

    @model_validator(mode="after")
    def _copied_in_time(self) -> Self:
        if self.storage_class is not StorageClassName.IO2_DB and self.store_gib > LARGEST_GENERAL_STORE_GIB:
            raise ValueError(
                f"store_gib: {self.store_gib} on {self.storage_class}: at most {LARGEST_GENERAL_STORE_GIB} on general purpose volumes, "
                "or a lost store is too long in copying (PingCAP, hardware requirements): use more stores or io2-db"
            )
        return self


class TidbSpec(Spec):
    """Knobs of a Tidb.

    Tiers: `tikv` is hot; `warm`, where given, is a second set of stores that tables move to by the placement policy `warm`. TiKV has no
    tier on object storage, and operator 1.6 knows nothing of TiFlash's: cold data leaves through TiCDC, into ClickHouse or the bucket.
    """

    name: str = Field(default="tidb", pattern=r"^[a-z]([a-z0-9-]*[a-z0-9])?$")
    """Name of the cluster and of its namespace; Services are named after it, so it begins with a letter (Kubernetes, RFC 1035 labels)."""
    version: str = "v8.5.7"
    """TiDB, PD, TiKV, TiFlash, TiCDC and BR; v8.5 is the long-term release that operator 1.6.6 is tested with."""
    tiproxy_version: str = "v1.3.2"
    """TiProxy has versions of its own."""
    profile: Profile = Profile.PRODUCTION
    """Size of the pods; `dev` is refused by production stacks."""
    replicas: int = Field(default=3, ge=3, le=7)
    """Copies of every byte in TiKV, a Raft group each: odd."""
    pd_pods: int = Field(default=3, ge=1, le=7)
    """Members of PD's quorum: odd, since an even one tolerates no more failures than the odd number below."""
    tikv: TikvSpec
    """Hot stores: all data that no placement policy sends elsewhere."""
    warm: TikvSpec | None = None
    """Warm stores on cheaper volumes."""
    sql_pods: int = Field(default=3, ge=1, le=100)
    """TiDB servers, one in each zone."""
    tiflash_pods: int = Field(default=0, ge=0, le=100)
    """Column store; two or more, since a table has two column replicas. 0: none."""
    ticdc_pods: int = Field(default=0, ge=0, le=100)
    """Change data capture; two or more, so that one takes over. 0: none."""
    tiproxy_pods: int = Field(default=0, ge=0, le=100)
    """Proxies that keep client connections while SQL pods restart. 0: none. The operator gives them a Service of type NodePort."""
    client_namespaces: tuple[str, ...] = ()
    """Namespaces whose pods may open SQL connections."""
    compact_hours: int = Field(default=4, ge=1, le=24)
    """Hours after which log backups are turned into sorted files, which a restore reads about five times faster."""

    @field_validator("version", "tiproxy_version")
    @classmethod
    def _pinned(cls, version: str) -> str:
        if not re.fullmatch(r"v\d+\.\d+\.\d+", version):
            raise ValueError(f"{version} is no release: write all three numbers, e.g. v8.5.7")
        return version

    @field_validator("replicas", "pd_pods")
    @classmethod
    def _odd(cls, count: int) -> int:
        if count % 2 == 0:
            raise ValueError(f"{count} is even: a quorum of {count} bears no more failures than one of {count - 1}; use an odd number")
        return count

    @field_validator("tiflash_pods", "ticdc_pods", "tiproxy_pods")
    @classmethod
    def _none_or_two(cls, count: int) -> int:
        if count == 1:
            raise ValueError("1 pod is a single point of failure: use 0 or at least 2")
        return count

    @model_validator(mode="after")
    def _named_and_copied(self) -> Self:
        faults = [fault for member, parts in members(self).items() for fault in name_faults(member, parts)]
        faults += [
            f"{tier}.stores: {tikv.stores} are fewer than the {self.replicas} replicas: every copy needs a store of its own"
            for tier, tikv in tiers(self).items()
            if tikv.stores is not None and tikv.stores < self.replicas
        ]
        if faults:
            raise ValueError("; ".join(faults))
        return self


def tiers(spec: TidbSpec) -> dict[str, TikvSpec]:
    """The sets of stores, by field name."""
    return {"tikv": spec.tikv, **({MEMBER_WARM: spec.warm} if spec.warm else {})}


def warm_member(spec: TidbSpec) -> str:
    """Name of the TidbCluster that holds the warm stores."""
    return f"{spec.name}-{MEMBER_WARM}"


def members(spec: TidbSpec) -> dict[str, tuple[Part, ...]]:
    """TidbCluster -> components that it runs."""
    optional = {Part.TIFLASH: spec.tiflash_pods, Part.TICDC: spec.ticdc_pods, Part.TIPROXY: spec.tiproxy_pods}
    main = (*QUORUM_PARTS, *(part for part, pods in optional.items() if pods))
    return {spec.name: main, **({warm_member(spec): (Part.TIKV,)} if spec.warm else {})}


def stores(tikv: TikvSpec, replicas: int, zones: int) -> int:
    """Number of stores of a set."""
    return tikv.stores or store_count(tikv.data_gib, store_gib=tikv.store_gib, replicas=replicas, zones=zones)


def tidb_faults(spec: TidbSpec, *, zones: int, kubernetes: str, production: bool) -> list[str]:
    """One line for each thing that the region, its Kubernetes minor version or production does not bear."""
    return [*_zone_faults(spec, zones), *operator_faults(kubernetes), *(_production_faults(spec, zones) if production else ())]


def operator_faults(kubernetes: str, version: str | None = None) -> list[str]:
    """One line if the operator is older than the one that fixes what that Kubernetes breaks; the version is the catalogue's by default."""
    operator = version or catalog.chart("tidb-operator").version
    if _numbers(kubernetes) < FIXED_FOR or _numbers(operator) >= FIXED_OPERATOR:
        return []
    needed = ".".join(map(str, FIXED_OPERATOR))
    return [
        f"tidb-operator {operator} does not run on Kubernetes {kubernetes} (pingcap/tidb-operator#6653): {needed} or newer is needed "
        "in components/catalog/charts.yaml"
    ]


def _zone_faults(spec: TidbSpec, zones: int) -> Iterable[str]:
    for tier, tikv in tiers(spec).items():
        count = stores(tikv, spec.replicas, zones)
        if count % zones:
            yield f"{tier}.stores: {count} is no multiple of the {zones} zones: one zone would hold more than its share of the data"


def _production_faults(spec: TidbSpec, zones: int) -> Iterable[str]:
    if spec.profile is not Profile.PRODUCTION:
        yield f"profile: {spec.profile} is not for production, its pods lose to the first busy query: use {Profile.PRODUCTION}"
    if zones < QUORUM_ZONES:
        yield f"zones: {zones}, but a quorum needs {QUORUM_ZONES} of them in production: name one more in network.zones"
    if spec.pd_pods < QUORUM_ZONES:
        yield f"pd_pods: {spec.pd_pods}, but production needs at least {QUORUM_ZONES}: PD's loss stops the cluster"
    if spec.sql_pods < LEAST_SQL_PODS:
        yield f"sql_pods: {spec.sql_pods}, but production needs at least {LEAST_SQL_PODS}: one serves while the other restarts"


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.lstrip("v").split("."))
