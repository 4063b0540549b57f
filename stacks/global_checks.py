"""What is wrong with the global stack's file beyond its Specs: against the zone's plan, the fleet, and each other."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from components.catalog.routing import RoutingTable, routing
from components.edge.access_spec import access_faults, admin_host
from components.edge.api_shield import api_shield_faults
from components.edge.cache import edge_cache_faults
from components.edge.firewall_spec import firewall_faults
from components.edge.logs import log_faults
from components.edge.steering_spec import Fleet, steering_faults
from components.edge.storage import edge_bucket_faults
from components.edge.turnstile import turnstile_faults
from components.edge.worker import worker_faults
from components.edge.zone import zone_faults
from stacks.faults import Fault
from stacks.global_logs import log_places
from stacks.global_secrets import Kept, secret_faults
from stacks.global_spec import KEY, GlobalSpec
from stacks.neighbours import Neighbour


@dataclass(frozen=True, kw_only=True)
class Regions:
    """The fleet, as the production stack files of the folder say."""

    stacks: Mapping[str, Neighbour]
    """Stack -> what its file says, for each region that serves users."""

    @property
    def names(self) -> tuple[str, ...]:
        """Region codes."""
        return tuple(sorted(neighbour.region for neighbour in self.stacks.values()))

    @property
    def table(self) -> RoutingTable:
        """Who serves whom, where only these regions exist."""
        return routing().served_by(self.names)

    def fleet(self, spec: GlobalSpec) -> Fleet:
        """As steering takes it."""
        capacity = {neighbour.region: neighbour.capacity_sessions for neighbour in self.stacks.values()}
        used = (
            *spec.zone.regional_conflicts,
            *spec.cache.regional_conflicts,
            *(spec.units.worker.regional_conflicts if spec.units else ()),
        )
        return Fleet(capacity=capacity, zone_features=used)

    def regional_hosts(self, spec: GlobalSpec) -> Mapping[str, str]:
        """Host name -> region that alone decrypts it, whoever binds it."""
        return {**spec.zone.regional_hosts, **spec.steering.regional_hosts(self.table)}


def global_faults(spec: GlobalSpec, regions: Regions, kept: Callable[[str], Kept]) -> Iterator[Fault]:
    """Everything, N-1 above all. `kept` says how the stack keeps a secret."""
    for part, faults in _parts(spec, regions).items():
        for fault in faults:
            knob, _, allowed = fault.partition(": ")
            yield Fault(f"{KEY}.{part}.{knob}", spec.site.domain, allowed)
    for country in sorted(set(spec.firewall.blocked_countries) - routing().codes):
        yield Fault(f"{KEY}.firewall.blocked_countries", country, "country code is none of ISO 3166-1: correct or remove it")
    yield from _owner_faults(spec, regions)
    yield from _certificate_faults(spec, regions)
    yield from secret_faults(spec, kept)


def _parts(spec: GlobalSpec, regions: Regions) -> Mapping[str, Iterator[str]]:
    """Knob of the file -> what its component says."""
    site, units, logs = spec.site.site, spec.units, spec.logs
    return {
        "zone": zone_faults(spec.zone, site),
        "cache": edge_cache_faults(spec.cache, site, spec.zone.regional_hosts),
        "firewall": firewall_faults(spec.firewall, site),
        "api_shield": api_shield_faults(spec.api_shield, site),
        "turnstile": turnstile_faults(spec.turnstile, site, regions.regional_hosts(spec)),
        "steering": steering_faults(spec.steering, site, regions.fleet(spec)),
        "access": access_faults(spec.access, site, regions.names),
        **({"units.bucket": edge_bucket_faults(units.bucket, site), "units.worker": worker_faults(units.worker, site)} if units else {}),
        **({"logs.jobs": log_faults(logs.jobs, site, log_places(spec, regions.table))} if logs else {}),
    }


def _owner_faults(spec: GlobalSpec, regions: Regions) -> Iterator[Fault]:
    """Two owners of one name: the last to be made wins, and takes it from the other."""
    owners: defaultdict[str, list[str]] = defaultdict(list)
    for owner, hosts in _owners(spec, regions).items():
        for host in hosts:
            owners[host].append(owner)
    for host, found in owners.items():
        if len(found) > 1:
            yield Fault(f"{KEY}.{found[0]}", host, f"has another owner, {' and '.join(found[1:])}: give one of them a name of its own")
    for host in spec.zone.regional_hosts.keys() & spec.steering.regional_hosts(regions.table).keys():
        allowed = "steering binds it to its region already (regional_services): leave it out here"
        yield Fault(f"{KEY}.zone.regional_hosts", host, allowed)


def _owners(spec: GlobalSpec, regions: Regions) -> Mapping[str, list[str]]:
    """Knob -> host names that get a record of its own. Steering judges its own names itself, so each of them stands here once."""
    admin = [admin_host(interface, region, spec.site.domain) for interface in spec.access.applications for region in regions.names]
    units = spec.units and spec.units.bucket.hostname
    return {
        "redirects.hosts": list(spec.redirects.hosts),
        "units.bucket.hostname": [units] if units else [],
        "access.applications": admin,
        "steering.hostnames": sorted({spec.steering.hostname, *spec.steering.group_hostnames(regions.table).values()}),
    }


def _certificate_faults(spec: GlobalSpec, regions: Regions) -> Iterator[Fault]:
    """Universal SSL covers the apex and one label below it (Cloudflare, universal SSL: limitations); deeper names need one ordered."""
    ordered = {host for certificate in spec.zone.certificates.values() for host in certificate.hosts}
    for host in sorted({spec.steering.hostname, *spec.steering.group_hostnames(regions.table).values()}):
        above = host.partition(".")[2]
        if above != spec.site.domain and spec.site.site.covers(above) and not {host, f"*.{above}"} & ordered:
            allowed = f"no certificate covers it, universal ones end one label below {spec.site.domain}: add `hosts: ['*.{above}']`"
            yield Fault(f"{KEY}.zone.certificates", host, allowed)
