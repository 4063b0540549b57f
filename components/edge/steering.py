"""Which region answers whom: a pool for each region, a load balancer for each jurisdiction, and a page for when nothing is left."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_cloudflare as cloudflare

from components.base import Component
from components.catalog.routing import MAINTENANCE, RoutingTable, routing
from components.edge.site import EdgeSite
from components.edge.steering_pools import Health, maintenance_pool, monitor_of, region_pool
from components.edge.steering_spec import AlertSpec, Fleet, SteeringSpec, steering_faults, told_apart

DISCARD_ADDRESS = "100::"
"""Address of a name that only redirects (Cloudflare, DNS: originless setups; RFC 6666)."""
AUTOMATIC_TTL = 1
"""How the API spells the lifetime of a proxied record."""


@dataclass(frozen=True, kw_only=True)
class SteeringArgs:
    """Wires of Steering."""

    spec: SteeringSpec
    """Knobs."""
    site: EdgeSite
    """The zone."""
    fleet: Fleet
    """Regions that exist and what they can carry."""
    origins: Mapping[str, pulumi.Input[str]]
    """Region -> public host name of its origin, for every region of the fleet."""
    table: RoutingTable | None = None
    """Who serves whom; the catalogue's by default."""


class Steering(Component, token="meridian:edge:Steering"):
    """Monitor, pools, one load balancer for each jurisdiction with nothing but pools of that jurisdiction, and alerts.

    Health decides alone: the documents' live load score cannot be expressed (docs/EDGE.md). Load shedding and gradual recovery belong to a
    controller at run time, so a pool's `loadShedding` is set once and then left alone. The general host name answers nothing itself;
    `steering_redirects.country_redirects` is for the zone's `Redirects`, of which there is one.

    Raises:
        ValueError: table, knobs, plan or N-1 refuse it, all faults at once.
    """

    hostname: str
    """General host name."""
    hostnames: dict[str, str]
    """Group -> host name of its load balancer."""
    pool_ids: dict[str, pulumi.Output[str]]
    """Region, or `maintenance` -> id of its pool; what the controller of load shedding needs."""

    def __init__(self, name: str, args: SteeringArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        faults = [*origin_faults(args), *steering_faults(args.spec, args.site, args.fleet, args.table)]
        if faults:
            raise ValueError(f"steering '{name}': {'; '.join(faults)}")
        super().__init__(name, opts)
        self._name, self._spec, self._site = name, args.spec, args.site
        self._table = (args.table or routing()).served_by(args.fleet.capacity)
        self.hostname, self.hostnames = args.spec.hostname, dict(args.spec.group_hostnames(self._table))
        pools = self._pools(args.origins)
        self.pool_ids = {region: pool.id for region, pool in pools.items()}
        balancers = tuple(self._load_balancer(group) for group in self._table.groups)
        self._general_record()
        self._regional_hostnames(balancers)
        self._alert(args.spec.alerts)
        self.resources: tuple[pulumi.Resource, ...] = balancers
        self._seal()

    def _pools(self, origins: Mapping[str, pulumi.Input[str]]) -> dict[str, cloudflare.LoadBalancerPool]:
        monitor = monitor_of(self, self._name, self._spec, self._site)
        pools = {
            region: region_pool(self, f"{self._name}-{region}", self._site, origin, Health(monitor.id, self._table.probes[region]))
            for region, origin in sorted(origins.items())
        }
        return {**pools, MAINTENANCE: maintenance_pool(self, f"{self._name}-{MAINTENANCE}", self._site, self._spec.maintenance_address)}

    def _load_balancer(self, group: str) -> cloudflare.LoadBalancer:
        """Every optional field that the API fills in is set, and no empty map is sent: both show as changes for ever (TF#7339)."""
        default = self._table.groups[group].regions or (MAINTENANCE,)
        steered, cookie = told_apart(self._table, group), self._spec.affinity_seconds is not None
        return cloudflare.LoadBalancer(
            f"{self._name}-{group}-load-balancer",
            zone_id=self._site.zone_id,
            name=self.hostnames[group],
            description=f"Jurisdiction {group}",
            enabled=True,
            proxied=True,
            default_pools=self._ids(default),
            fallback_pool=self.pool_ids[self._spec.fallbacks.get(group, MAINTENANCE)],
            steering_policy="geo" if steered else "off",
            country_pools=self._country_pools(group) or None if steered else None,
            region_pools=self._region_pools(group) or None if steered else None,
            adaptive_routing=cloudflare.LoadBalancerAdaptiveRoutingArgs(failover_across_pools=True),
            location_strategy=cloudflare.LoadBalancerLocationStrategyArgs(mode="pop", prefer_ecs="proximity"),
            random_steering=cloudflare.LoadBalancerRandomSteeringArgs(default_weight=1),
            session_affinity="cookie" if cookie else "none",
            session_affinity_ttl=self._spec.affinity_seconds,
            session_affinity_attributes=cloudflare.LoadBalancerSessionAffinityAttributesArgs(
                samesite="Lax" if cookie else "Auto",
                secure="Always" if cookie else "Auto",
                drain_duration=0,
                zero_downtime_failover="none",  # does not work with Argo and Tiered Cache; failover_across_pools does
            ),
            opts=self.child,
        )

    def _ids(self, pools: tuple[str, ...]) -> list[pulumi.Input[str]]:
        return [self.pool_ids[pool] for pool in pools]

    def _country_pools(self, group: str) -> dict[str, pulumi.Input[list[pulumi.Input[str]]]]:
        """Every country by name: a client is placed by where it is and not by which data centre it reached."""
        routes = (route for route in self._table.routes_of(group) if route.pools and not route.cloudflare_regions)
        return {country: self._ids(route.pools) for route in routes for country in sorted(route.countries)}

    def _region_pools(self, group: str) -> dict[str, pulumi.Input[list[pulumi.Input[str]]]]:
        routes = (route for route in self._table.routes_of(group) if route.pools)
        return {code: self._ids(route.pools) for route in routes for code in route.cloudflare_regions}

    def _general_record(self) -> None:
        cloudflare.DnsRecord(
            f"{self._name}-general-record",
            zone_id=self._site.zone_id,
            name=self.hostname,
            type="AAAA",
            content=DISCARD_ADDRESS,
            ttl=AUTOMATIC_TTL,
            proxied=True,
            comment="Redirects by country, serves nothing",
            opts=self.child,
        )

    def _regional_hostnames(self, balancers: tuple[cloudflare.LoadBalancer, ...]) -> None:
        for host, key in self._spec.regional_hosts(self._table).items():
            cloudflare.RegionalHostname(
                f"{self._name}-{host}-region", zone_id=self._site.zone_id, hostname=host, region_key=key, opts=self.after(*balancers)
            )

    def _alert(self, alerts: AlertSpec) -> None:
        if not alerts.recipients:
            return
        cloudflare.NotificationPolicy(
            f"{self._name}-health-alert",
            account_id=self._site.account_id,
            name=f"{self._name} health of regions",
            description="A region was taken out or brought back",
            enabled=True,
            alert_type="load_balancing_health_alert",
            filters=cloudflare.NotificationPolicyFiltersArgs(
                pool_ids=list(self.pool_ids.values()), new_healths=["Unhealthy", "Healthy"], event_sources=["pool", "origin"]
            ),
            mechanisms=cloudflare.NotificationPolicyMechanismsArgs(
                emails=[cloudflare.NotificationPolicyMechanismsEmailArgs(id=email) for email in alerts.emails] or None,
                webhooks=[cloudflare.NotificationPolicyMechanismsWebhookArgs(id=webhook) for webhook in alerts.webhooks] or None,
                pagerduties=[cloudflare.NotificationPolicyMechanismsPagerdutyArgs(id=service) for service in alerts.pagerduty] or None,
            ),
            opts=self.child,
        )


def origin_faults(args: SteeringArgs) -> list[str]:
    """Regions that have an origin or a capacity and not both."""
    there, carrying = set(args.origins), set(args.fleet.capacity)
    return [
        *(f"capacity: region '{region}' has an origin and no capacity: say what it can carry" for region in sorted(there - carrying)),
        *(f"origins: region '{region}' has a capacity and no origin: name its host" for region in sorted(carrying - there)),
    ]
