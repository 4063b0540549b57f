"""What load balancers choose from: one pool for each region, watched by one monitor."""

from dataclasses import dataclass

import pulumi
import pulumi_cloudflare as cloudflare

from components.base import Component
from components.edge.site import EdgeSite
from components.edge.steering_spec import SteeringSpec
from components.naming import Kind, physical_name

CONTROLLED = ["loadShedding"]
"""Properties of a pool that a controller changes at run time (requirements S-203 and S-210): high latency sheds 50 %, recovery sheds 90,
75, 50, 25 and 0 % for two minutes each. A run of this program must not put them back.
"""


def monitor_of(owner: Component, name: str, spec: SteeringSpec, site: EdgeSite) -> cloudflare.LoadBalancerMonitor:
    """The health check of all regions, with every field said that the API would fill in.

    It acts as the zone (`probe_zone`), so that origins see the client certificate that they demand (authenticated origin pulls).
    """
    return cloudflare.LoadBalancerMonitor(
        f"{name}-monitor",
        account_id=site.account_id,
        description=f"{name}: {spec.monitor.path} of every region",
        type="https",
        method="GET",
        path=spec.monitor.path,
        port=spec.monitor.port,
        header={"Host": [spec.hostname]},
        probe_zone=site.domain,
        interval=spec.monitor.interval,
        timeout=spec.monitor.timeout,
        retries=spec.monitor.retries,
        consecutive_down=spec.monitor.consecutive_down,
        consecutive_up=spec.monitor.consecutive_up,
        expected_codes="200",
        follow_redirects=False,
        allow_insecure=False,
        opts=owner.child,
    )


@dataclass(frozen=True)
class Health:
    """How a pool's health is known."""

    monitor: pulumi.Input[str]
    """Id of the monitor."""
    probes: tuple[str, ...]
    """Cloudflare regions that ask."""


def region_pool(owner: Component, name: str, site: EdgeSite, address: pulumi.Input[str], health: Health) -> cloudflare.LoadBalancerPool:
    """The pool of a region. Requests come with the host name that the client asked for. Raises ValueError for a name Cloudflare refuses."""
    return _pool(owner, name, site, _origin(address), health)


def maintenance_pool(owner: Component, name: str, site: EdgeSite, address: str) -> cloudflare.LoadBalancerPool:
    """The pool of the maintenance page, asked by its own name. Without a monitor it counts as healthy: the page answers 503 by design."""
    own_name = cloudflare.LoadBalancerPoolOriginHeaderArgs(hosts=[address])
    return _pool(owner, name, site, _origin(address, own_name), None)


def _origin(
    address: pulumi.Input[str], header: cloudflare.LoadBalancerPoolOriginHeaderArgs | None = None
) -> cloudflare.LoadBalancerPoolOriginArgs:
    return cloudflare.LoadBalancerPoolOriginArgs(
        name="origin", address=address, header=header, enabled=True, weight=1, port=0, flatten_cname=True
    )


def _pool(
    owner: Component, name: str, site: EdgeSite, origin: cloudflare.LoadBalancerPoolOriginArgs, health: Health | None
) -> cloudflare.LoadBalancerPool:
    """A pool with one origin, so that there is no order of origins to differ in (TF#6140).

    Only another account would replace it, and never deletion first: load balancers still name it then (error 1005, TF#7306).
    """
    return cloudflare.LoadBalancerPool(
        f"{name}-pool",
        account_id=site.account_id,
        name=physical_name(Kind.CLOUDFLARE_POOL, name),
        description=f"Origin {name}",
        enabled=True,
        minimum_origins=1,
        monitor=health and health.monitor,
        check_regions=health and list(health.probes),
        origins=[origin],
        origin_steering=cloudflare.LoadBalancerPoolOriginSteeringArgs(policy="random"),
        load_shedding=cloudflare.LoadBalancerPoolLoadSheddingArgs(
            default_percent=0, default_policy="random", session_percent=0, session_policy="hash"
        ),
        opts=pulumi.ResourceOptions(parent=owner, ignore_changes=CONTROLLED),
    )
