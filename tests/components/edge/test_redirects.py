"""Redirects: moved hosts, and visitors to their jurisdiction."""

import pytest

from components.catalog.cloudflare_plans import CloudflarePlan
from components.edge.redirects import CountryRedirect, Redirects, RedirectsArgs, RedirectsSpec, redirect_faults
from tests.components.edge.sites import site
from tests.deploy import deploy

JURISDICTIONS = {
    "eu": CountryRedirect(target="eu.api.example.com", countries=["IE", "DE"]),
    "uk": CountryRedirect(target="uk.api.example.com", countries=["GB"]),
    "rest": CountryRedirect(target="na.api.example.com", countries=[]),
}


def _args(jurisdictions: dict[str, CountryRedirect] | None = None, hosts: dict[str, str] | None = None, **more: str) -> RedirectsArgs:
    spec = RedirectsSpec(hosts=hosts or {})
    return RedirectsArgs(spec=spec, site=site(CloudflarePlan.FREE), jurisdictions=jurisdictions, **more)


def test_visitors_go_to_their_jurisdiction_with_path_query_and_method() -> None:
    plan = deploy(lambda: Redirects("redirects", _args(JURISDICTIONS, {"www.example.com": "example.com"}, general_host="api.example.com")))
    moved, eu, uk, rest = plan.made[0].inputs["rules"]
    assert plan.made[0].inputs["phase"] == "http_request_dynamic_redirect"
    assert moved["actionParameters"]["fromValue"]["statusCode"] == 301
    assert eu["expression"] == '(http.host eq "api.example.com") and (ip.src.country in {"DE" "IE"})'
    assert eu["actionParameters"]["fromValue"] == {
        "targetUrl": {"expression": 'concat("https://eu.api.example.com", http.request.uri.path)'},
        "preserveQueryString": True,
        "statusCode": 307,
    }
    assert uk["ref"] == "jurisdiction-uk"
    assert rest["expression"] == 'http.host eq "api.example.com"'


def test_no_redirects_make_no_ruleset() -> None:
    assert [r.type for r in deploy(lambda: Redirects("redirects", _args())).made] == []


EU, UK = JURISDICTIONS["eu"], JURISDICTIONS["uk"]


@pytest.mark.parametrize(
    ("jurisdictions", "told"),
    [
        ({"rest": JURISDICTIONS["rest"], "eu": EU}, "jurisdictions.rest: takes everybody: put it last"),
        ({"eu": EU, "uk": CountryRedirect(target="uk.api.example.com", countries=["DE"])}, "jurisdictions.uk: DE: goes to eu already"),
        ({"eu": CountryRedirect(target="eu.api.example.com", countries=["Germany"])}, "jurisdictions.eu: Germany: no country code"),
        ({"eu": CountryRedirect(target="eu.api.other.org", countries=["DE"])}, "jurisdictions: eu.api.other.org: not in zone"),
        ({"eu": CountryRedirect(target="api.example.com", countries=["DE"])}, "is the general host itself"),
    ],
)
def test_contradictions_are_refused(jurisdictions: dict[str, CountryRedirect], told: str) -> None:
    (fault,) = redirect_faults(_args(jurisdictions, general_host="api.example.com"))
    assert told in fault


def test_a_chain_of_moved_hosts_is_refused() -> None:
    (fault,) = redirect_faults(_args(hosts={"www.example.com": "old.example.com", "old.example.com": "example.com"}))
    assert fault.startswith("hosts.www.example.com: old.example.com: is redirected itself")


def test_redirects_by_country_need_a_host_to_start_at() -> None:
    with pytest.raises(ValueError, match="redirects 'redirects': general_host: none"):
        Redirects("redirects", _args({"eu": EU}))
