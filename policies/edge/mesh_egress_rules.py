"""Traffic that leaves: out of the mesh to whom is listed, and never to another jurisdiction."""

import re
from collections.abc import Iterator
from typing import Any

from components import catalog
from policies.core import kinds, tokens
from policies.core.example import Draft, example, resource
from policies.core.resource import configuration
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Properties, Severity, known_first

CARRIED = "personal"
"""Class of what requests carry, the strictest that the platform serves everywhere: somebody's name, at least."""
_REGION = re.compile(r"(?<![a-z0-9])[a-z]{2}-(?:(?:north|south)?(?:east|west)|north|south|central)-\d(?![0-9])")

_HERE = resource(tokens.AWS_PROVIDER, {"region": "eu-west-1"})


def _control_plane(mode: str) -> Draft:
    values = {"meshConfig": {"outboundTrafficPolicy": {"mode": mode}}} if mode else {}
    return resource(kinds.HELM_RELEASE[0], {"chart": "istiod", "namespace": "istio-system", "values": values})


def _entry(*hosts: str, **spec: Any) -> Draft:
    return resource(kinds.SERVICE_ENTRY[0], {"spec": {"hosts": list(hosts), **spec}})


@rule(
    "edge-22",
    on=(*kinds.SERVICE_ENTRY, *kinds.SIDECAR, *kinds.HELM_RELEASE),
    scope=Scope.STACK,
    severity=Severity.HIGH,
    why="Where a pod may call any host, stolen data leaves by the first request; by another region's host it leaves its law.",
    fix="Set meshConfig.outboundTrafficPolicy.mode: REGISTRY_ONLY, and name a ServiceEntry's hosts, of the region's residency group.",
    controls=("gdpr:32", "soc2:CC6.6"),
    settings=("residency_groups",),
    bad=(
        example(_control_plane("ALLOW_ANY")),
        example(_control_plane("")),
        example(resource(kinds.SIDECAR[0], {"spec": {"outboundTrafficPolicy": {"mode": "ALLOW_ANY"}}})),
        example(_entry("*")),
        example(_entry("*.com", resolution="NONE")),
        example(_entry("s3.us-east-1.amazonaws.com"), here=_HERE),
    ),
    good=(
        example(_control_plane("REGISTRY_ONLY")),
        example(resource(kinds.SIDECAR[0], {"spec": {"egress": [{"hosts": ["./*"]}]}})),
        example(resource(kinds.SIDECAR[0], {"spec": {"outboundTrafficPolicy": {"mode": "REGISTRY_ONLY"}}})),
        example(_entry("api.stripe.com")),
        example(_entry("*.s3.eu-west-1.amazonaws.com"), here=_HERE),
        example(_entry("legacy.shop.internal", location="MESH_INTERNAL"), here=_HERE),
        example(resource(kinds.HELM_RELEASE[0], {"chart": "ztunnel"})),
    ),
)
def mesh_calls_out_to_whom_is_listed(subject: Subject) -> Iterator[str]:
    kind, spec = subject.resource.type, subject.properties.section("spec")
    if kind in kinds.HELM_RELEASE:
        if subject.properties.text("chart").rsplit("/", 1)[-1] == "istiod":
            mesh = subject.properties.section("values").section("meshConfig")
            yield from _outbound(mesh, "ALLOW_ANY")
    elif kind in kinds.SIDECAR:
        yield from _outbound(spec, "REGISTRY_ONLY")
    else:
        hosts = spec.texts("hosts")
        yield from (f"{each} is any host" for each in hosts if each.startswith("*") and each.count(".") < 2)
        yield from known_first(hosts, lambda each: _elsewhere(subject, each))


def _outbound(holder: Properties, default: str) -> Iterator[str]:
    if holder.section("outboundTrafficPolicy").text("mode", default) == "ALLOW_ANY":
        yield "its pods may call any host"


def _elsewhere(subject: Subject, host: str) -> Iterator[str]:
    for there in _REGION.findall(host):
        homes = (configuration(each).text("region") for each in subject.stack.of_type(tokens.AWS_PROVIDER))
        yield from known_first(homes, lambda here, there=there: [] if _may_go(subject, here, there) else [f"{host} is in {there}"])


def _may_go(subject: Subject, here: str, there: str) -> bool:
    """Whether requests may be served there: within a group of the settings, else as the catalogue's table says."""
    groups = subject.settings.residency_groups
    if not here or here == there or (here in groups and groups[here] == groups.get(there)):
        return True
    known = {here, there} <= set(catalog.regions())
    return known and catalog.may_copy(CARRIED, here, there) is not None


_OUTLIERS = {"consecutive5xxErrors": 5, "interval": "10s", "baseEjectionTime": "60s"}


def _locality(failover: list[dict[str, str]] | None = None, *, outliers: bool = True, **setting: Any) -> dict[str, Any]:
    local = {"enabled": True, **({"failover": failover} if failover else {}), **setting}
    detection = {"outlierDetection": _OUTLIERS} if outliers else {}
    return _balanced(local, **detection)


def _balanced(local: dict[str, Any], **policy: Any) -> dict[str, Any]:
    return {"spec": {"host": "api.shop.svc.cluster.local", "trafficPolicy": {"loadBalancer": {"localityLbSetting": local}, **policy}}}


@rule(
    "edge-23",
    on=kinds.DESTINATION_RULE,
    severity=Severity.CRITICAL,
    why="When a region fails the mesh sends its requests where the rule says, with the data in them, whatever law they are under.",
    fix="Name failover.to within the residency group of failover.from, and set outlierDetection: without it nothing fails over at all.",
    controls=("gdpr:44", "soc2:A1.2"),
    settings=("residency_groups",),
    bad=(
        _locality([{"from": "eu-west-1", "to": "us-east-1"}]),
        _locality([{"from": "eu-central-1", "to": "eu-west-1"}, {"from": "eu-west-1", "to": "ap-south-1"}]),
        _locality(distribute=[{"from": "eu-west-1/*", "to": {"eu-west-1/*": 80, "us-east-1/*": 20}}]),
        _locality([{"from": "us-east-1", "to": "us-west-2"}], outliers=False),
        _locality(outliers=False),
    ),
    good=(
        _locality([{"from": "eu-west-1", "to": "eu-central-1"}]),
        _locality(failoverPriority=["topology.kubernetes.io/zone"]),
        _locality(distribute=[{"from": "eu-west-1/a/*", "to": {"eu-west-1/a/*": 80, "eu-west-1/b/*": 20}}]),
        {"spec": {"host": "api.shop.svc.cluster.local"}},
        _balanced({"enabled": False}),
    ),
)
def failover_stays_under_its_law(destination: Subject) -> Iterator[str]:
    policy = destination.properties.section("spec").section("trafficPolicy")
    if "localityLbSetting" not in policy.section("loadBalancer"):
        return
    setting = policy.section("loadBalancer").section("localityLbSetting")
    if not setting.flag("enabled", default=True):
        return
    yield from known_first(setting.sections("failover"), lambda each: _moved(destination, each.text("from"), each.text("to")))
    yield from known_first(
        setting.sections("distribute"),
        lambda each: known_first(each.section("to"), lambda there: _moved(destination, each.text("from"), there)),
    )
    if "outlierDetection" not in policy:
        yield "without outlierDetection no endpoint ever counts as lost"


def _moved(destination: Subject, here: str, there: str) -> Iterator[str]:
    source, target = here.partition("/")[0], there.partition("/")[0]
    if not _may_go(destination, source, target):
        yield f"requests of {source} go to {target}, which data of people may not"
