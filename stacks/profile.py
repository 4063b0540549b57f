"""What a region is for and what it offers: environment, role in its area, services and the profiles that bundle them."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from types import MappingProxyType


class Environment(StrEnum):
    """What a stack is for."""

    PRODUCTION = "production"
    STAGING = "staging"
    DEVELOPMENT = "development"


class Role(StrEnum):
    """What a region is in its area of the world."""

    PRIMARY = "primary"
    """The one region of its area that everything runs in (S-011 of the requirements)."""
    SECONDARY = "secondary"
    """Any other."""


class Service(StrEnum):
    """What a region can offer."""

    COMPUTE = "compute"
    """Cluster, nodes, GPU pools, and the private origin of the region's own hostnames."""
    STORAGE = "storage"
    """Bucket of data and backups, vault, volumes, caches."""
    CDN = "cdn"
    """Origin of static content for everybody: the global stack steers its hostname here."""
    DATABASES = "databases"
    """TiDB and ClickHouse."""


class Profile(StrEnum):
    """Bundles of services (S-012 of the requirements). A profile decides what is built: the stack file holds that and nothing else."""

    ALL = "all"
    COMPUTE_STORAGE_CDN = "compute+storage+cdn"
    COMPUTE_STORAGE = "compute+storage"

    @property
    def services(self) -> frozenset[Service]:
        """The services of the bundle."""
        return frozenset(Service) if self is Profile.ALL else frozenset(map(Service, self.value.split("+")))


DATABASE_KNOBS = ("tidb", "clickhouse")
"""Parts of `data` that are databases."""
HOLDERS: Mapping[Service, tuple[str, ...]] = MappingProxyType(
    {Service.STORAGE: ("data",), Service.DATABASES: tuple(f"data.{knob}" for knob in DATABASE_KNOBS)}
)
"""Service -> knobs of the stack file that make it. Compute is in every file, as its knobs are required; the CDN is the global stack's."""


def profile_faults(profile: Profile, held: frozenset[str]) -> Iterator[str]:
    """One line for each knob that the profile promises and the file lacks, or that the file holds and the profile does not offer.

    `held` names the knobs of `HOLDERS` that the file sets.
    """
    for service, knobs in HOLDERS.items():
        for knob in knobs:
            if service in profile.services and knob not in held:
                yield f"{knob}: missing: profile '{profile}' promises {service}; write `{knob.rpartition('.')[2]}: {{}}` or more"
            elif service not in profile.services and knob in held:
                offering = ", ".join(f"'{other}'" for other in Profile if service in other.services)
                yield f"{knob}: profile '{profile}' has no {service}: leave it out, or take profile {offering}"
