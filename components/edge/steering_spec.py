"""Knobs of steering and what is wrong with them: host names, health checks, demand, fallbacks, the zone's plan, and N-1."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from components.base import Spec
from components.catalog.failover import detection_seconds, failover_faults
from components.catalog.routing import MAINTENANCE, RoutingTable, region_faults, residency_claim_faults, routing, routing_faults
from components.edge.regional import host_faults, regional_faults, regional_plan_faults
from components.edge.site import EdgeSite

Hostname = Annotated[str, Field(pattern=r"^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$")]
"""Host name in lower case, e.g. `api.example.com`."""


class MonitorSpec(Spec):
    """Knobs of the health check. The documents' 30 s / 10 s / 3 / 3 needs 130 s to see a loss; these defaults need 45 s."""

    path: str = Field(default="/health", pattern=r"^/")
    """Path that answers 200 while the region can serve (S-200)."""
    port: int = Field(default=443, ge=1, le=65535)
    """Port of the origin; TLS always."""
    interval: int = Field(default=15, ge=5, le=3600)
    """Seconds between two probes. 15 is the shortest below Enterprise (Cloudflare, Monitors)."""
    timeout: int = Field(default=5, ge=1, le=10)
    """Seconds a probe waits for its answer."""
    retries: int = Field(default=2, ge=0, le=5)
    """Immediate repetitions of a probe that timed out."""
    consecutive_down: int = Field(default=2, ge=1, le=10)
    """Failed probes in a row that take a region out (S-202 has 3, with a probe every 30 s)."""
    consecutive_up: int = Field(default=5, ge=1, le=10)
    """Good probes in a row that bring it back (S-205)."""

    @property
    def detection_seconds(self) -> int:
        """Longest time until a region that hangs is out."""
        return detection_seconds(interval=self.interval, timeout=self.timeout, retries=self.retries, consecutive_down=self.consecutive_down)


class AlertSpec(Spec):
    """Who is told when a region's health changes."""

    emails: tuple[str, ...] = ()
    """Mail addresses."""
    webhooks: tuple[str, ...] = ()
    """Ids of webhooks of the account."""
    pagerduty: tuple[str, ...] = ()
    """Ids of PagerDuty services that the account is connected with."""

    @property
    def recipients(self) -> tuple[str, ...]:
        """Everybody who is told."""
        return (*self.emails, *self.webhooks, *self.pagerduty)


class SteeringSpec(Spec):
    """Knobs of steering."""

    hostname: Hostname
    """General host name, e.g. `api.example.com`: it serves nothing, it redirects by country. Groups are named `<group>.<hostname>`."""
    hostnames: Mapping[str, Hostname] = Field(default_factory=dict[str, str])
    """Group -> host name, where it is another one."""
    maintenance_address: Hostname
    """Host that answers when no region of a group is left: a static page with status 503 and Retry-After, no personal data. It is asked
    by its own name, as hosts of static sites know no other (Cloudflare, override HTTP Host headers)."""
    monitor: MonitorSpec = MonitorSpec()
    """Health check of every region."""
    demand: Mapping[str, Annotated[int, Field(ge=0)]]
    """Route of the catalogue -> concurrent sessions at peak, e.g. `eu-west: 4000`. Every route that is served is named, as what nobody
    counts would fit anywhere."""
    fallbacks: Mapping[str, str] = Field(default_factory=dict[str, str])
    """Group -> region that gets its traffic when all are unhealthy, whatever its health; the maintenance page where none is named."""
    resident_in: tuple[str, ...] = ()
    """Countries for which it is claimed that clients are served inside the country only. Refused where the routes do not keep it."""
    regional_services: bool = False
    """Whether host names end TLS in their own region only, where the catalogue knows its key (Enterprise, Data Localization Suite)."""
    affinity_seconds: int | None = Field(default=None, ge=1800, le=86_400)
    """How long a cookie keeps a client with the same region; none without (C-32). A day at most: it follows a traveller home."""
    alerts: AlertSpec = AlertSpec()
    """Who is told when a region's health changes; nobody by default."""

    def group_hostnames(self, table: RoutingTable) -> Mapping[str, str]:
        """Group -> its host name, for all groups of the table."""
        return {group: self.hostnames.get(group, f"{group}.{self.hostname}") for group in table.groups}

    def regional_hosts(self, table: RoutingTable) -> Mapping[str, str]:
        """Host name -> key of Regional Services."""
        keys = {group: row.regional_key for group, row in table.groups.items() if row.regional_key and self.regional_services}
        return {host: keys[group] for group, host in self.group_hostnames(table).items() if group in keys}


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """The regions that exist, as far as steering must know them before anything is made."""

    capacity: Mapping[str, int]
    """Region -> concurrent sessions that it can carry."""
    zone_features: tuple[str, ...] = ()
    """Features in use in the zone, by their names in `catalog.cloudflare_plans.regional_conflicts`."""


def steering_faults(spec: SteeringSpec, site: EdgeSite, fleet: Fleet, table: RoutingTable | None = None) -> Iterator[str]:
    """A line for each thing that cannot be: in the table, in the knobs, against the zone's plan, and against N-1."""
    whole = table or routing()
    yield from routing_faults(whole)
    yield from region_faults(fleet.capacity, whole)
    there = whole.served_by(fleet.capacity)
    yield from residency_claim_faults(spec.resident_in, there)
    yield from _hostname_faults(spec, site, there)
    yield from _fallback_faults(spec, there)
    yield from _plan_faults(spec, site, fleet, there)
    for name, route in there.routes.items():
        if route.pools and name not in spec.demand:
            yield f"demand: route '{name}' is not counted: say how many sessions its clients have at peak, 0 for none"
    yield from failover_faults(whole, spec.demand, fleet.capacity)


def told_apart(table: RoutingTable, group: str) -> bool:
    """Whether clients of the group see more than one order of regions, which needs steering by geography."""
    return any(route.pools != table.groups[group].regions for route in table.routes_of(group) if route.pools)


def _hostname_faults(spec: SteeringSpec, site: EdgeSite, table: RoutingTable) -> Iterator[str]:
    for group in sorted(spec.hostnames.keys() - table.groups.keys()):
        yield f"hostnames: group '{group}' is none of the catalogue: known are {', '.join(table.groups)}"
    hosts = [spec.hostname, *spec.group_hostnames(table).values()]
    for host, times in Counter(hosts).items():
        if times > 1:
            yield f"hostnames: '{host}' has {times} load balancers or redirects: give each group and the general name one of its own"
    yield from host_faults(site, "hostname", dict.fromkeys(hosts))


def _fallback_faults(spec: SteeringSpec, table: RoutingTable) -> Iterator[str]:
    for group, pool in spec.fallbacks.items():
        if group not in table.groups:
            yield f"fallbacks: group '{group}' is none of the catalogue: known are {', '.join(table.groups)}"
        elif pool != MAINTENANCE and pool not in table.groups[group].regions:
            allowed = ", ".join((*table.groups[group].regions, MAINTENANCE))
            yield f"fallbacks.{group}: '{pool}' lies outside the jurisdiction of group {group}: allowed are {allowed}"


def _plan_faults(spec: SteeringSpec, site: EdgeSite, fleet: Fleet, table: RoutingTable) -> Iterator[str]:
    if lacking := site.lacks("load-balancing"):
        yield f"hostname: {lacking}"
    steered = [group for group in table.groups if told_apart(table, group)]
    if steered and (lacking := site.lacks("load-balancing.steering")):
        yield f"hostnames: {', '.join(steered)}: {lacking}"
    shortest = site.limit("load-balancing.monitor-interval")
    if spec.monitor.interval < shortest:
        yield f"monitor.interval: {spec.monitor.interval} s is faster than plan {site.plan} allows: {shortest} s at least"
    if spec.monitor.timeout >= spec.monitor.interval:
        yield f"monitor.timeout: {spec.monitor.timeout} s is not shorter than the interval of {spec.monitor.interval} s: lower it"
    pools = len(fleet.capacity) + 1
    for limit, counted in (("pools", pools), ("endpoints", pools)):
        if counted > (most := site.limit(f"load-balancing.{limit}")):
            yield f"capacity: {counted} {limit}, maintenance included: plan {site.plan} takes {most}: take a higher plan or fewer regions"
    hosts = spec.regional_hosts(table)
    yield from regional_plan_faults(site, hosts)
    yield from regional_faults(hosts, fleet.zone_features)
