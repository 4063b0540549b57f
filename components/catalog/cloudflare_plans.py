"""What Cloudflare sells with which plan: features with the plan or add-on they need, and numbers per plan."""

import functools
from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType

from pydantic import Field

from components.catalog.loader import Fact, find, read


class CloudflarePlan(StrEnum):
    """Plan of a zone, the smallest first."""

    FREE = "free"
    PRO = "pro"
    BUSINESS = "business"
    ENTERPRISE = "enterprise"


_RANK = {plan: rank for rank, plan in enumerate(CloudflarePlan)}


class CloudflareAddon(StrEnum):
    """What is bought beside the plan."""

    ADVANCED_CERTIFICATES = "advanced-certificates"
    """Advanced Certificate Manager."""
    ADVANCED_DDOS = "advanced-ddos"
    """Advanced DDoS Protection."""
    ADVANCED_RATE_LIMITING = "advanced-rate-limiting"
    """Counting by header, cookie, body or fingerprint."""
    API_SHIELD = "api-shield"
    """Schema validation, token validation, discovery."""
    ARGO = "argo"
    """Argo Smart Routing."""
    BOT_MANAGEMENT = "bot-management"
    """Enterprise Bot Management, with scores."""
    CACHE_RESERVE = "cache-reserve"
    """Persistent cache on R2."""
    DATA_LOCALIZATION = "data-localization"
    """Data Localization Suite: Regional Services and Customer Metadata Boundary."""
    IMAGE_OPTIMIZATION = "image-optimization"
    """Polish and image transformations bought on their own."""
    LOAD_BALANCING = "load-balancing"
    """Load balancers, pools and monitors."""
    TRAFFIC_STEERING = "traffic-steering"
    """Steering by country, region and latency."""
    WORKERS_PAID = "workers-paid"
    """Workers beyond the free quota, and their logs."""


class PlanOffer(Fact):
    """One way to get a feature."""

    plan: CloudflarePlan = CloudflarePlan.FREE
    """Smallest plan."""
    addons: tuple[CloudflareAddon, ...] = ()
    """Add-ons needed beside it, all of them."""

    def __str__(self) -> str:
        plan = "any plan" if self.plan is CloudflarePlan.FREE else f"plan {self.plan}"
        return " with add-on ".join((plan, *self.addons))

    def holds(self, plan: CloudflarePlan, addons: Iterable[CloudflareAddon]) -> bool:
        """Whether a zone of that plan and those add-ons has it."""
        return _RANK[plan] >= _RANK[self.plan] and set(self.addons) <= set(addons)


class PlanFeature(Fact):
    """A feature that not every zone has."""

    name: str
    """e.g. `load-balancing.steering`."""
    title: str
    """What it is called in a message."""
    offers: tuple[PlanOffer, ...]
    """Ways to get it; one is enough."""
    source: str
    """Document that says so."""


class PlanLimit(Fact):
    """A number that depends on the plan."""

    name: str
    """e.g. `rules.cache`."""
    title: str
    """What is counted or measured, with its unit."""
    plans: Mapping[CloudflarePlan, int]
    """Number for each plan."""
    addons: Mapping[CloudflareAddon, int] = Field(default_factory=dict[CloudflareAddon, int])
    """Number with an add-on, whatever the plan."""
    source: str
    """Document that says so."""


class SettingFact(Fact):
    """A zone setting."""

    values: tuple[str | int, ...]
    """What it takes."""
    feature: str | None = None
    """Feature that the zone must have; none where every plan has it."""


class RegionalConflict(Fact):
    """A feature that does not work on a host name whose traffic is bound to a region."""

    title: str
    """What it is called in a message."""
    remedy: str
    """What to do instead."""


@functools.cache
def zone_settings() -> Mapping[str, SettingFact]:
    """The zone settings that may be set, by id."""
    rows = read("cloudflare_plans")["settings"]
    return MappingProxyType({name: SettingFact.model_validate(row | {"values": _values(row["values"])}) for name, row in rows.items()})


def _values(values: str | list[str | int]) -> list[str | int]:
    return ["on", "off"] if isinstance(values, str) else values


@functools.cache
def regional_conflicts() -> Mapping[str, RegionalConflict]:
    """What Regional Services refuses, by name."""
    return MappingProxyType({name: RegionalConflict(**row) for name, row in read("cloudflare_plans")["regional_services"].items()})


@functools.cache
def plan_features() -> Mapping[str, PlanFeature]:
    """All features, by name."""
    return MappingProxyType({name: PlanFeature(name=name, **row) for name, row in read("cloudflare_plans")["features"].items()})


@functools.cache
def plan_limits() -> Mapping[str, PlanLimit]:
    """All limits, by name."""
    return MappingProxyType({name: PlanLimit(name=name, **row) for name, row in read("cloudflare_plans")["limits"].items()})


@functools.cache
def rate_limit_seconds() -> tuple[int, ...]:
    """Seconds that a rate limit may count over, or last; the plan bounds both."""
    return tuple(read("cloudflare_plans")["rate_limit_seconds"])


def plan_faults(feature: str, plan: CloudflarePlan, addons: Iterable[CloudflareAddon]) -> str | None:
    """Why a zone of that plan and those add-ons lacks the feature, with what it needs; none where it has it.

    Raises:
        NotInCatalog: the feature.
    """
    row, held = find("Cloudflare feature", feature, plan_features()), tuple(addons)
    if any(offer.holds(plan, held) for offer in row.offers):
        return None
    beside = f" and {', '.join(held)}" if held else ""
    return f"{row.title} needs {' or '.join(map(str, row.offers))}, the zone has plan {plan}{beside} ({row.source})"


def plan_limit(limit: str, plan: CloudflarePlan, addons: Iterable[CloudflareAddon] = ()) -> int:
    """The number that holds for a zone of that plan and those add-ons.

    Raises:
        NotInCatalog: the limit.
    """
    row = find("Cloudflare limit", limit, plan_limits())
    return next((number for addon, number in row.addons.items() if addon in set(addons)), row.plans[plan])
