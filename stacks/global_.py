"""The global stack: the table of contents of the edge. It alone reads regions, and only through their typed outputs."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pulumi
from pydantic import ValidationError

from components.edge.access import Access, AccessArgs
from components.edge.access_spec import admin_host
from components.edge.api_shield import ApiShield, ApiShieldArgs
from components.edge.cache import EdgeCache, EdgeCacheArgs
from components.edge.firewall import Firewall, FirewallArgs
from components.edge.gateway import Gateway, GatewayArgs
from components.edge.headers import ResponseHeaders, ResponseHeadersArgs
from components.edge.origin_pulls import OriginPulls, OriginPullsArgs
from components.edge.posture import Posture, PostureArgs
from components.edge.redirects import Redirects, RedirectsArgs
from components.edge.region_secret import SecretPlace
from components.edge.site import EdgeSite
from components.edge.steering import Steering, SteeringArgs
from components.edge.steering_redirects import country_redirects
from components.edge.storage import EdgeBucket, EdgeBucketArgs
from components.edge.tunnel import Tunnel, TunnelArgs
from components.edge.turnstile import Turnstile, TurnstileArgs
from components.edge.warp import Warp, WarpArgs
from components.edge.worker import Worker, WorkerArgs
from components.edge.zone import Zone, ZoneArgs
from components.network.address_plan import AddressPlan
from stacks import global_logs, outputs
from stacks.edge_providers import edge_providers
from stacks.faults import Fault, WrongStackFile, of_validation
from stacks.global_checks import Regions, global_faults
from stacks.global_secrets import EDR_SECRET, ORIGIN_PULLS_KEY, UNITS_SIGNING_KEY, Kept, client_secrets, kept, secret
from stacks.global_spec import KEY, GlobalSpec, UnitsSpec
from stacks.neighbours import fleet
from stacks.stack_file import DIRECTORY


def read() -> tuple[GlobalSpec, Regions]:
    """The spec of the stack that Pulumi runs, and the fleet.

    Raises:
        WrongStackFile: as `load` does.
    """
    regions = Regions(stacks=fleet(Path(pulumi.get_root_directory() or ".") / DIRECTORY))
    return load(pulumi.get_stack(), pulumi.Config("meridian").require_object("global"), regions, kept), regions


def load(stack: str, values: Mapping[str, Any], regions: Regions, kept: Callable[[str], Kept]) -> GlobalSpec:
    """The spec that `values` spell. `kept` says how the stack keeps a secret.

    Raises:
        WrongStackFile: what the models refuse; or, once they do not, what the parts say of each other.
    """
    try:
        spec = GlobalSpec.from_yaml(values)
        faults: list[Fault] = list(global_faults(spec, regions, kept))
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

    places = {region: _place(region, told) for region, told in found.items()}

    zone = Zone("zone", ZoneArgs(spec=spec.zone, site=site), opts)
    turnstile = _content(spec, site, regions, opts)
    OriginPulls(
        "origin-pulls",
        OriginPullsArgs(
            site=site,
            certificate=spec.origin_pulls.certificate,
            private_key=secret(ORIGIN_PULLS_KEY),
            authority=spec.origin_pulls.authority,
            places=places,
        ),
        opts,
    )
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
    _private(spec, regions, found, places, opts)
    if spec.logs is not None:
        key_arns = {region: place.key_arn for region, place in places.items()}
        global_logs.build(spec, spec.logs, regions.table, key_arns, opts)
    return {
        "hostname": steering.hostname,
        "hostnames": steering.hostnames,
        "poolIds": steering.pool_ids,
        "dsRecord": zone.ds_record,
        "turnstileSiteKeys": turnstile.site_keys,
        "turnstileSecrets": turnstile.secrets,
    }


def _content(spec: GlobalSpec, site: EdgeSite, regions: Regions, opts: pulumi.ResourceOptions) -> Turnstile:
    """What happens to a request before an origin sees it."""
    api_hosts = tuple(_hosts(spec))
    EdgeCache("cache", EdgeCacheArgs(spec=spec.cache, site=site, uncached_hosts=api_hosts, regional_hosts=spec.zone.regional_hosts), opts)
    ResponseHeaders("headers", ResponseHeadersArgs(spec=spec.headers, site=site), opts)
    jurisdictions = country_redirects(spec.steering)
    redirects = RedirectsArgs(spec=spec.redirects, site=site, general_host=spec.steering.hostname, jurisdictions=jurisdictions)
    Redirects("redirects", redirects, opts)
    Firewall("firewall", FirewallArgs(spec=spec.firewall, site=site, api_hosts=api_hosts), opts)
    ApiShield("api-shield", ApiShieldArgs(spec=spec.api_shield, site=site), opts)
    if spec.units is not None:
        _units(spec.units, site, opts)
    return Turnstile("turnstile", TurnstileArgs(spec=spec.turnstile, site=site, regional_hosts=regions.regional_hosts(spec)), opts)


def _hosts(spec: GlobalSpec) -> list[str]:
    """Host names of the API: the general one, and one for each jurisdiction."""
    return sorted({spec.steering.hostname, *(redirect.target for redirect in country_redirects(spec.steering).values())})


def _units(spec: UnitsSpec, site: EdgeSite, opts: pulumi.ResourceOptions) -> None:
    bucket = EdgeBucket("units", EdgeBucketArgs(spec=spec.bucket, site=site, bucket_name="meridian-units"), opts)
    worker = WorkerArgs(spec=spec.worker, site=site, worker_name="meridian-units", bucket=bucket, signing_key=secret(UNITS_SIGNING_KEY))
    Worker("units-worker", worker, opts)


def _private(
    spec: GlobalSpec,
    regions: Regions,
    found: Mapping[str, outputs.RegionOutputs],
    places: Mapping[str, SecretPlace],
    opts: pulumi.ResourceOptions,
) -> None:
    """Who reaches admin interfaces and private networks, and over which tunnel."""
    site = spec.site.site
    posture = Posture(
        "posture", PostureArgs(spec=spec.posture, site=site, edr_secret=secret(EDR_SECRET) if spec.posture.edr else None), opts
    )
    access = Access(
        "access",
        AccessArgs(spec=spec.access, site=site, regions=regions.names, posture=posture, client_secrets=client_secrets(spec)),
        opts,
    )
    networks = {region: _tunnel(spec, places[region], told, access, opts).virtual_network_id for region, told in found.items()}
    blocks = {
        neighbour.region: str(AddressPlan.of(neighbour.index, (), neighbour.cidr_block).primary) for neighbour in regions.stacks.values()
    }
    gateway = GatewayArgs(
        spec=spec.gateway,
        site=site,
        networks={region: (blocks[region], network) for region, network in networks.items()},
        posture_rule_ids=posture.rule_ids,
    )
    Gateway("gateway", gateway, opts)
    Warp("devices", WarpArgs(spec=spec.warp, site=site, virtual_network_ids=networks), opts)


def _place(region: str, told: outputs.RegionOutputs) -> SecretPlace:
    """Where the region's External Secrets looks. Stacks of the fleet are named by their regions, so the cluster's name is known."""
    return SecretPlace(region=region, cluster_name=f"meridian-{region}", key_arn=told.secrets_key_arn)


def _tunnel(spec: GlobalSpec, place: SecretPlace, told: outputs.RegionOutputs, access: Access, opts: pulumi.ResourceOptions) -> Tunnel:
    """The region's admin hosts and private network."""
    hosts = [admin_host(application, place.region, spec.site.domain) for application in spec.access.applications]
    args = TunnelArgs(
        site=spec.site.site,
        place=place,
        cidr_block=told.cidr_block,
        team=spec.access.team,
        audiences={host: access.audiences[host] for host in hosts},
    )
    return Tunnel(f"tunnel-{place.region}", args, opts)
