"""Every refusal that issue 5 lists, from variants of the committed file of the global stack: one wrong thing, one clear line."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.catalog.routing import Route, RoutingTable, routing
from components.edge import steering_spec
from meridian.engine.project import Project
from stacks import global_checks
from stacks.faults import WrongStackFile
from stacks.global_ import load
from stacks.global_checks import Regions
from stacks.global_secrets import Kept
from stacks.global_spec import KEY, GlobalSpec
from stacks.neighbours import fleet

ROOT = Path(__file__).parents[2]
FILE = ROOT / "stacks" / "Pulumi.global.yaml"
FLEET = Regions(stacks=fleet(ROOT / "stacks"))
Change = Callable[[dict[str, Any]], object]


def loaded(change: Change = lambda values: None, kept: Callable[[str], Kept] = lambda key: Kept.ENCRYPTED) -> GlobalSpec:
    values = yaml.safe_load(FILE.read_text())["config"][KEY]
    change(values)
    return load("global", values, FLEET, kept)


def refused(change: Change = lambda values: None, kept: Callable[[str], Kept] = lambda key: Kept.ENCRYPTED) -> list[str]:
    with pytest.raises(WrongStackFile) as refusal:
        loaded(change, kept)
    return [str(fault) for fault in refusal.value.faults]


def test_the_committed_file_is_right() -> None:
    assert loaded().site.domain == "example.com"


OIDC = {
    "kind": "oidc",
    "settings": {"auth_url": "https://a", "certs_url": "https://c", "client_id": "i", "token_url": "https://t"},
}
WRONG: Mapping[str, tuple[Change, str, str]] = {
    "claim of residency in mainland China": (
        lambda it: it["steering"].update(resident_in=["CN"]),
        "meridian:global.steering.resident_in",
        "residency in CN cannot be claimed: Hong Kong is outside the mainland",
    ),
    "claim for a country that others serve too": (
        lambda it: it["steering"].update(resident_in=["IE"]),
        "meridian:global.steering.resident_in",
        "eu-central-1 may serve it too and lie elsewhere",
    ),
    "fallback outside the jurisdiction": (
        lambda it: it["steering"].update(fallbacks={"eu": "eu-west-2"}),
        "meridian:global.steering.fallbacks.eu",
        "'eu-west-2' lies outside the jurisdiction of group eu: allowed are eu-west-1, eu-central-1, maintenance",
    ),
    "N-1 broken: which loss, which survivor, by how much": (
        # 7,000 + 3,000 of Britain's when London is lost + 1,500 of mea = 11,500; Ireland may carry 0.8 x 12,000 = 9,600
        lambda it: it["steering"]["demand"].update({"eu-west": 7000, "eu-central": 0, "europe": 0}),
        "meridian:global.steering.capacity",
        "losing eu-west-2: eu-west-1 would carry 11,500 of 9,600 sessions, 1,900 too many",
    ),
    "a route that nobody counts": (
        lambda it: it["steering"]["demand"].pop("canada"),
        "meridian:global.steering.demand",
        "route 'canada' is not counted",
    ),
    "Regional Services with HTTP/3": (
        lambda it: it["zone"].pop("settings"),
        "meridian:global.steering.",
        "HTTP/3 does not work on regionalised host names (eu.api.example.com)",
    ),
    "Regional Services with Smart Tiered Cache": (
        lambda it: it.pop("cache"),
        "meridian:global.steering.",
        "Smart Tiered Cache does not work on regionalised host names",
    ),
    "Regional Services that were not bought": (
        lambda it: it["site"]["addons"].remove("data-localization"),
        "meridian:global.steering.regional_hosts",
        "data-localization",
    ),
    "Regional Services with Turnstile on the same name": (
        lambda it: it["turnstile"]["widgets"].update(api={"hosts": ["eu.api.example.com"]}),
        "meridian:global.turnstile.widgets.api.hosts",
        "Turnstile does not work on regionalised host names",
    ),
    "host bound to its region by zone and by steering": (
        lambda it: it["zone"].update(regional_hosts={"eu.api.example.com": "eu"}),
        "meridian:global.zone.regional_hosts: eu.api.example.com",
        "steering binds it to its region already",
    ),
    "feature above the plan": (
        lambda it: it["site"].update(plan="pro"),
        "meridian:global.logs.jobs.logs",
        "needs plan enterprise, the zone has plan pro",
    ),
    "add-on not bought": (
        lambda it: it["site"].update(addons=["load-balancing", "api-shield", "advanced-certificates"], plan="business"),
        "meridian:global.steering.hostnames",
        "traffic-steering",
    ),
    "Access application without identity": (
        lambda it: it["access"].update(applications={"grafana": {"groups": []}}),
        "meridian:global.access.applications.grafana.groups",
        "an Access application without identity is open to everybody",
    ),
    "Access application of a group that nobody defined": (
        lambda it: it["access"].update(applications={"grafana": {"groups": ["everyone"]}}),
        "meridian:global.access.applications.grafana.groups",
        "everyone is none of platform",
    ),
    "host name in no zone": (
        lambda it: it["steering"].update(hostnames={"uk": "api.example.co.uk"}),
        "meridian:global.steering.hostname",
        "api.example.co.uk: not in zone example.com",
    ),
    "two load balancers for one host name": (
        lambda it: it["steering"].update(hostnames={"uk": "eu.api.example.com"}),
        "meridian:global.steering.hostnames",
        "'eu.api.example.com' has 2 load balancers or redirects",
    ),
    "a load balancer and an admin interface for one host name": (
        lambda it: it["steering"].update(hostnames={"uk": "grafana-eu-west-2.example.com"}),
        "meridian:global.access.applications: grafana-eu-west-2.example.com",
        "has another owner, steering.hostnames",
    ),
    "unknown country code in a claim": (
        lambda it: it["steering"].update(resident_in=["UK"]),
        "meridian:global.steering.resident_in",
        "country code 'UK' is none of ISO 3166-1",
    ),
    "unknown country code in the firewall": (
        lambda it: (
            it["firewall"].update(blocked_countries=["ZZ"]) if "firewall" in it else it.update(firewall={"blocked_countries": ["ZZ"]})
        ),
        "meridian:global.firewall.blocked_countries: ZZ",
        "none of ISO 3166-1",
    ),
    "monitor faster than the plan": (
        lambda it: (it["site"].update(plan="business"), it["steering"].update(monitor={"interval": 10})),
        "meridian:global.steering.monitor.interval",
        "10 s is faster than plan business allows: 15 s at least",
    ),
    "host name that no certificate covers": (
        lambda it: it.pop("zone"),
        "meridian:global.zone.certificates: eu.api.example.com",
        "add `hosts: ['*.api.example.com']`",
    ),
    "logs of a jurisdiction without a bucket": (
        lambda it: it["logs"]["jobs"].update(home="FR"),
        "meridian:global.logs.jobs.home",
        "FR has no bucket, there are GB, IE, IN, SG, US",
    ),
    "route of a script in another zone": (
        lambda it: it["units"]["worker"].update(route="app.example.org/units/*"),
        "meridian:global.units.worker.route",
        "app.example.org: not in zone example.com",
    ),
    "certificate of origin pulls that is none": (
        lambda it: it["origin_pulls"].update(certificate="placeholder"),
        "meridian:global.origin_pulls.certificate",
        "BEGIN CERTIFICATE",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_one_wrong_thing_is_one_clear_line(what: str) -> None:
    change, path, said = WRONG[what]
    assert [fault for fault in refused(change) if path in fault and said in fault], refused(change)


def with_table(monkeypatch: pytest.MonkeyPatch, change: Callable[[Route], Route]) -> None:
    """The catalogue with other routes: which countries go where is data beside the stack file."""
    known = routing()
    wrong: RoutingTable = known.model_copy(update={"routes": {name: change(route) for name, route in known.routes.items()}})
    monkeypatch.setattr(steering_spec, "routing", lambda: wrong)
    monkeypatch.setattr(global_checks, "routing", lambda: wrong)


def test_an_eu_strict_list_with_a_pool_outside_the_union(monkeypatch: pytest.MonkeyPatch) -> None:
    london = {"eu-west": ("eu-west-1", "eu-west-2")}
    with_table(monkeypatch, lambda route: route.model_copy(update={"pools": london.get(route.name, route.pools)}))
    assert any("'eu-west-2' lies outside the EEA but may serve EU-strict" in fault for fault in refused())


def test_an_eu_strict_list_without_one_of_its_countries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Réunion is in the Union (TFEU Art. 349) and has a code of its own."""
    with_table(monkeypatch, lambda route: route.model_copy(update={"countries": tuple(it for it in route.countries if it != "RE")}))
    assert any("country 'RE', which is EU-strict, is missing" in fault for fault in refused())


def test_an_unknown_country_code_in_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    more = {"uk": ("UK",)}
    with_table(monkeypatch, lambda route: route.model_copy(update={"countries": (*route.countries, *more.get(route.name, ()))}))
    assert any("country code 'UK' is none of ISO 3166-1" in fault for fault in refused())


@pytest.mark.parametrize("how", [Kept.MISSING, Kept.PLAIN])
def test_a_secret_that_is_missing_or_lies_open_is_named_with_the_command_that_keeps_it(how: Kept) -> None:
    faults = refused(lambda it: it["access"]["identity_providers"].update(second=OIDC), lambda key: how)
    for key in ("originPullsKey", "unitsSigningKey", "clientSecret-second"):
        assert any(f"meridian:{key}: {how.value}: " in fault and f"pulumi config set --secret meridian:{key}" in fault for fault in faults)


def test_a_secret_that_nothing_needs_is_not_asked_for() -> None:
    assert not any("unitsSigningKey" in fault for fault in refused(lambda it: it.pop("units"), lambda key: Kept.MISSING))


def test_the_committed_secrets_are_ciphertext_and_reach_no_plan() -> None:
    config = Project.at(ROOT).config("global")
    assert set(config.secret_keys) == {"meridian:originPullsKey", "meridian:unitsSigningKey"}
    assert {config.values[key] for key in config.secret_keys} == {"[secret]"}
