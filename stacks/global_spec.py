"""What the global stack's file may say: the edge's own Specs, nested. Which regions there are and what they carry, their own files say."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from components.base import Spec
from components.catalog.cloudflare_plans import CloudflareAddon, CloudflarePlan
from components.edge.access_spec import AccessSpec, access_faults
from components.edge.cache import EdgeCacheSpec, edge_cache_faults
from components.edge.firewall_spec import FirewallSpec, firewall_faults
from components.edge.gateway import GatewaySpec
from components.edge.headers import ResponseHeadersSpec
from components.edge.posture_spec import PostureSpec
from components.edge.redirects import RedirectsSpec
from components.edge.site import EdgeSite
from components.edge.steering_spec import Fleet, SteeringSpec, steering_faults
from components.edge.warp import WarpSpec
from components.edge.zone import ZoneSpec, zone_faults
from components.tags import TagSpec
from stacks.faults import Fault
from stacks.neighbours import GLOBAL_KEY, Neighbour
from stacks.profile import Environment

KEY = GLOBAL_KEY
"""Configuration key under which the spec stands."""
Identifier = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
"""Identifier of Cloudflare, 32 hexadecimal digits."""


class SiteSpec(Spec):
    """The Cloudflare zone, which exists."""

    account_id: Identifier
    """Cloudflare account."""
    zone_id: Identifier
    """Zone."""
    domain: str
    """Apex of the zone, e.g. `example.com`."""
    plan: CloudflarePlan
    """Plan of the zone."""
    addons: tuple[CloudflareAddon, ...] = ()
    """What the account has bought beside it."""

    @property
    def site(self) -> EdgeSite:
        """As the edge's components take it."""
        return EdgeSite(**{name: getattr(self, name) for name in SiteSpec.model_fields})


class GlobalSpec(Spec):
    """The edge of all regions. Defaults are production-grade; the file says what differs."""

    account_id: Annotated[str, Field(pattern=r"^\d{12}$")]
    """The AWS account of the regions, where the edge leaves its secrets."""
    home_region: str
    """AWS region whose jurisdiction the stack's own tags name; its secrets say theirs themselves."""
    environment: Environment = Environment.PRODUCTION
    """What the stack is for."""
    tags: TagSpec
    """Who owns it, who pays."""
    site: SiteSpec
    """The zone."""
    zone: ZoneSpec = ZoneSpec()
    """Settings, certificates, DNSSEC."""
    cache: EdgeCacheSpec = EdgeCacheSpec()
    """What the edge keeps, and how long."""
    headers: ResponseHeadersSpec = ResponseHeadersSpec()
    """Headers of every response."""
    redirects: RedirectsSpec = RedirectsSpec()
    """Host names that lead elsewhere."""
    firewall: FirewallSpec = FirewallSpec()
    """Rulesets, limits, bots."""
    steering: SteeringSpec
    """Host names of jurisdictions, health checks, demand."""
    access: AccessSpec
    """Who may reach admin interfaces."""
    posture: PostureSpec = PostureSpec()
    """What a device must show."""
    gateway: GatewaySpec
    """Where devices may go."""
    warp: WarpSpec = WarpSpec()
    """The device client."""


@dataclass(frozen=True, kw_only=True)
class Regions:
    """The fleet, as the production stack files of the folder say."""

    stacks: Mapping[str, Neighbour]
    """Stack -> what its file says, for each region that serves users."""

    @property
    def names(self) -> tuple[str, ...]:
        """Region codes."""
        return tuple(sorted(neighbour.region for neighbour in self.stacks.values()))

    def fleet(self, spec: GlobalSpec) -> Fleet:
        """As steering takes it."""
        capacity = {neighbour.region: neighbour.capacity_sessions for neighbour in self.stacks.values()}
        return Fleet(capacity=capacity, zone_features=(*spec.zone.regional_conflicts, *spec.cache.regional_conflicts))


def global_faults(spec: GlobalSpec, regions: Regions) -> Iterator[Fault]:
    """What the edge's parts say of each other, of the zone's plan and of the fleet: N-1 above all."""
    site = spec.site.site
    found = {
        "zone": zone_faults(spec.zone, site),
        "cache": edge_cache_faults(spec.cache, site, spec.zone.regional_hosts),
        "firewall": firewall_faults(spec.firewall, site),
        "steering": steering_faults(spec.steering, site, regions.fleet(spec)),
        "access": access_faults(spec.access, site, regions.names),
    }
    for part, faults in found.items():
        for fault in faults:
            knob, _, allowed = fault.partition(": ")
            yield Fault(f"{KEY}.{part}.{knob}", site.domain, allowed)
