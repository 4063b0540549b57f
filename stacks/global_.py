"""The global stack: the table of contents of the edge. It alone reads regions, and only through their typed outputs."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi
from pydantic import ValidationError

from components.edge.access import Access, AccessArgs
from components.edge.access_spec import admin_host
from components.edge.cache import EdgeCache, EdgeCacheArgs
from components.edge.firewall import Firewall, FirewallArgs
from components.edge.gateway import Gateway, GatewayArgs
from components.edge.headers import ResponseHeaders, ResponseHeadersArgs
from components.edge.posture import Posture, PostureArgs
from components.edge.redirects import Redirects, RedirectsArgs
from components.edge.region_secret import SecretPlace
from components.edge.site import EdgeSite
from components.edge.steering import Steering, SteeringArgs
from components.edge.steering_redirects import country_redirects
from components.edge.tunnel import Tunnel, TunnelArgs
from components.edge.warp import Warp, WarpArgs
from components.edge.zone import Zone, ZoneArgs
from components.network.address_plan import AddressPlan
from stacks import outputs
from stacks.edge_providers import edge_providers
from stacks.faults import Fault, WrongStackFile, of_validation
from stacks.global_spec import KEY, GlobalSpec, Regions, global_faults
from stacks.neighbours import fleet
from stacks.stack_file import DIRECTORY


def read() -> tuple[GlobalSpec, Regions]:
    """The spec of the stack that Pulumi runs, and the fleet.

    Raises:
        WrongStackFile: as `load` does.
    """
    regions = Regions(stacks=fleet(Path(pulumi.get_root_directory() or ".") / DIRECTORY))
    return load(pulumi.get_stack(), pulumi.Config("meridian").require_object("global"), regions), regions


def load(stack: str, values: Mapping[str, Any], regions: Regions) -> GlobalSpec:
    """The spec that `values` spell.

    Raises:
        WrongStackFile: what the models refuse; or, once they do not, what the parts say of each other.
    """
    try:
        spec = GlobalSpec.from_yaml(values)
        faults: list[Fault] = list(global_faults(spec, regions))
    except ValidationError as error:
        raise WrongStackFile(f"Pulumi.{stack}.yaml", of_validation(error, GlobalSpec, KEY)) from None
    if faults:
        raise WrongStackFile(f"Pulumi.{stack}.yaml", faults)
    return spec


def build(read_spec: tuple[GlobalSpec, Regions]) -> Mapping[str, Any]:
    """Make the edge and return its stack outputs."""
    spec, regions = read_spec
    site, opts = spec.site.site, edge_providers(spec)
    found = {neighbour.region: outputs.read(stack) for stack, neighbour in regions.stacks.items()}

    zone = Zone("zone", ZoneArgs(spec=spec.zone, site=site), opts)
    api_hosts = tuple(_hosts(spec))
    _content(spec, site, api_hosts, opts)
    steering = Steering(
        "steering",
        SteeringArgs(
            spec=spec.steering,
            site=site,
            fleet=regions.fleet(spec),
            origins={region: told.origin_hostname for region, told in found.items()},
        ),
        opts,
    )
    posture = Posture("posture", PostureArgs(spec=spec.posture, site=site), opts)
    access = Access("access", AccessArgs(spec=spec.access, site=site, regions=regions.names, posture=posture), opts)
    networks = {region: _tunnel(spec, region, told, access, opts).virtual_network_id for region, told in found.items()}
    blocks = {
        neighbour.region: str(AddressPlan.of(neighbour.index, (), neighbour.cidr_block).primary) for neighbour in regions.stacks.values()
    }
    Gateway(
        "gateway",
        GatewayArgs(spec=spec.gateway, site=site, networks={region: (blocks[region], network) for region, network in networks.items()}),
        opts,
    )
    Warp("devices", WarpArgs(spec=spec.warp, site=site, virtual_network_ids=networks), opts)
    return {"hostname": steering.hostname, "hostnames": steering.hostnames, "poolIds": steering.pool_ids, "dsRecord": zone.ds_record}


def _content(spec: GlobalSpec, site: EdgeSite, api_hosts: tuple[str, ...], opts: pulumi.ResourceOptions) -> None:
    """What happens to a request before an origin sees it."""
    EdgeCache("cache", EdgeCacheArgs(spec=spec.cache, site=site, uncached_hosts=api_hosts, regional_hosts=spec.zone.regional_hosts), opts)
    ResponseHeaders("headers", ResponseHeadersArgs(spec=spec.headers, site=site), opts)
    jurisdictions = country_redirects(spec.steering)
    redirects = RedirectsArgs(spec=spec.redirects, site=site, general_host=spec.steering.hostname, jurisdictions=jurisdictions)
    Redirects("redirects", redirects, opts)
    Firewall("firewall", FirewallArgs(spec=spec.firewall, site=site, api_hosts=api_hosts), opts)


def _hosts(spec: GlobalSpec) -> list[str]:
    """Host names of the API: the general one, and one for each jurisdiction."""
    return sorted({spec.steering.hostname, *(redirect.target for redirect in country_redirects(spec.steering).values())})


def _tunnel(spec: GlobalSpec, region: str, told: outputs.RegionOutputs, access: Access, opts: pulumi.ResourceOptions) -> Tunnel:
    """The region's admin hosts and private network."""
    hosts = [admin_host(application, region, spec.site.domain) for application in spec.access.applications]
    place = SecretPlace(region=region, cluster_name=f"meridian-{region}", key_arn=told.secrets_key_arn)
    args = TunnelArgs(
        site=spec.site.site,
        place=place,
        cidr_block=told.cidr_block,
        team=spec.access.team,
        audiences={host: access.audiences[host] for host in hosts},
    )
    return Tunnel(f"tunnel-{region}", args, opts)
