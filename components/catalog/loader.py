"""The typed door to the catalogue: each file is read once, when first asked for, and nothing can be changed through it."""

import functools
from collections.abc import Iterable, Mapping
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict

_T = TypeVar("_T")
_LONGEST_LIST = 24


class NotInCatalog(ValueError):
    """A name that the catalogue does not have; the message says which it has."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        names = sorted(known)
        near = get_close_matches(name, names, n=5, cutoff=0.5)
        allowed = names if len(names) <= _LONGEST_LIST else near or sorted({known.split(".")[0] for known in names})
        hint = f"did you mean {near[0]}? " if near else ""
        super().__init__(f"{kind} '{name}' is not in the catalogue: {hint}{'known' if allowed is names else 'near'}: {', '.join(allowed)}")


class Fact(BaseModel):
    """A row of a table: frozen, unknown columns refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Region(Fact):
    """A region of AWS's standard partition."""

    name: str
    """Region code, e.g. `eu-west-1`."""
    title: str
    """Name that AWS gives it, e.g. `Europe (Ireland)`."""
    area: Literal["APAC", "EMEA", "NA"]
    """Part of the world, as the platform divides it."""
    country: str
    """Country or special administrative region that it lies in."""
    jurisdiction: str
    """ISO 3166-1 code of the territory whose law holds there."""
    opt_in: bool
    """Whether an account must enable the region first."""
    zones: tuple[str, ...]
    """Zone ids, e.g. `euw1-az1`."""
    eks_unsupported_zones: tuple[str, ...]
    """Zone ids where EKS puts no control plane interfaces (EKS user guide, network requirements)."""

    @property
    def eks_zones(self) -> tuple[str, ...]:
        """Zone ids that a cluster can use."""
        return tuple(zone for zone in self.zones if zone not in self.eks_unsupported_zones)


class EksVersion(Fact):
    """A Kubernetes minor version of EKS with everything pinned to it."""

    minor: str
    """e.g. `1.35`."""
    released: date
    """Day EKS offered it."""
    end_of_standard_support: date
    """Last day without surcharge."""
    end_of_extended_support: date
    """Day EKS upgrades the cluster by itself."""
    addons: Mapping[str, str]
    """Add-on name -> version, as EKS's API spells both."""
    ami_date: str
    """Date of the AL2023 images, e.g. `20260714`; Karpenter's alias is `al2023@v20260714`."""
    ami_releases: Mapping[str, str]
    """EKS AMI type -> release version of a managed node group."""


class InstanceType(Fact):
    """An EC2 instance type."""

    name: str
    """e.g. `g5.2xlarge`."""
    vcpu: int
    """Virtual CPUs."""
    memory_gib: float
    """GiB of main memory."""
    architecture: Literal["x86_64", "arm64"]
    """Instruction set."""
    accelerator: str | None
    """NVIDIA GPU model, e.g. `a10g`; none for instances without GPU."""
    gpu_count: float
    """GPUs; a fraction where GPUs are shared between instances (g6f)."""
    gpu_memory_gib: float
    """GiB of all GPUs together."""
    nvme_gb: int
    """GB of all local disks together; 0 where storage is EBS only."""
    efa_interfaces: int
    """Elastic Fabric Adapters it takes; 0 where EFA is not supported."""
    network_cards: int
    """Network cards."""
    max_pods: int
    """Pods without prefix delegation, after the VPC CNI's own table."""
    zones: Mapping[str, tuple[str, ...]]
    """Region -> zone ids where it is offered; regions without offer are absent."""

    @property
    def family(self) -> str:
        """e.g. `g5`."""
        return self.name.split(".", maxsplit=1)[0]

    @property
    def efa(self) -> bool:
        """Whether it takes an Elastic Fabric Adapter."""
        return self.efa_interfaces > 0


class Chart(Fact):
    """A Helm chart at its one pinned version."""

    name: str
    """Name in its repository."""
    version: str
    """Version as published."""
    repository: str
    """`https://` address of the repository, or `oci://` address of the chart itself."""


@functools.cache
def regions() -> Mapping[str, Region]:
    """All regions, by region code."""
    return MappingProxyType({name: Region(name=name, **row) for name, row in read("regions")["regions"].items()})


@functools.cache
def eks_versions() -> Mapping[str, EksVersion]:
    """The Kubernetes versions Meridian allows, newest first."""
    return MappingProxyType({minor: EksVersion(minor=minor, **row) for minor, row in read("eks_versions")["eks_versions"].items()})


@functools.cache
def instance_types() -> Mapping[str, InstanceType]:
    """All instance types, by name."""
    table = read("instances")
    rows = {name: dict(zip(table["columns"], row, strict=True)) for name, row in table["instance_types"].items()}
    return MappingProxyType(
        {name: InstanceType.model_validate(row | {"name": name, "zones": _zones(row["zones"])}) for name, row in rows.items()}
    )


@functools.cache
def charts() -> Mapping[str, Chart]:
    """All charts, by name."""
    return MappingProxyType({name: Chart(name=name, **row) for name, row in read("charts")["charts"].items()})


def region(name: str) -> Region:
    """The region of that code; raises NotInCatalog."""
    return find("region", name, regions())


def eks_version(minor: str) -> EksVersion:
    """The Kubernetes version of that minor, e.g. `1.35`; raises NotInCatalog."""
    return find("Kubernetes version", minor, eks_versions())


def instance_type(name: str) -> InstanceType:
    """The instance type of that name; raises NotInCatalog."""
    return find("instance type", name, instance_types())


def chart(name: str) -> Chart:
    """The chart of that name; raises NotInCatalog."""
    return find("chart", name, charts())


def offered(region_name: str, zones: Iterable[str] | None = None) -> tuple[InstanceType, ...]:
    """Instance types offered in the region and, where zones are named, in every one of them; raises NotInCatalog."""
    known = region(region_name).zones
    wanted = {find(f"zone of {region_name}", zone, {zone: zone for zone in known}) for zone in zones or ()}
    return tuple(kind for kind in instance_types().values() if region_name in kind.zones and wanted.issubset(kind.zones[region_name]))


def find(kind: str, name: str, known: Mapping[str, _T]) -> _T:
    """The row of that name; raises NotInCatalog."""
    if name not in known:
        raise NotInCatalog(kind, name, known)
    return known[name]


def read(name: str) -> Any:
    """The table `<name>.yaml` as it stands."""
    return yaml.load((Path(__file__).parent / f"{name}.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)


@functools.cache
def _regions_by_zone_prefix() -> Mapping[str, str]:
    return {region.zones[0].split("-")[0]: region.name for region in regions().values()}


@functools.cache
def _zones(text: str) -> Mapping[str, tuple[str, ...]]:
    """`euw1-12 use1-6` -> zone ids by region."""
    offers = (offer.split("-") for offer in text.split())
    return MappingProxyType(
        {_regions_by_zone_prefix()[prefix]: tuple(f"{prefix}-az{number}" for number in numbers) for prefix, numbers in offers}
    )
