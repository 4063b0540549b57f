"""API Shield: schemas, sessions, tokens."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from components.catalog.cloudflare_plans import CloudflareAddon, CloudflarePlan
from components.edge import api_shield
from components.edge.api_shield import ApiShield, ApiShieldArgs, ApiShieldSpec, api_shield_faults
from meridian.plan import Plan
from tests.components.edge.sites import site
from tests.deploy import deploy

SHIELDED = site(CloudflarePlan.ENTERPRISE, CloudflareAddon.API_SHIELD)
RSA = {"algorithm": "RS256", "n": "AQAB", "e": "AQAB"}
ELLIPTIC = {"algorithm": "ES256", "x": "AQAB", "y": "AQAB"}
TOKENS = {"keys": {"2026-a": RSA, "2026-b": ELLIPTIC}, "hosts": ["eu.api.example.com"]}


@pytest.fixture(autouse=True)
def schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An OpenAPI file in a project's folder."""
    (tmp_path / "api").mkdir()
    (tmp_path / "api" / "orders.yaml").write_text("openapi: 3.0.3\n")
    monkeypatch.setattr(api_shield, "ROOT", tmp_path)
    return "api/orders.yaml"


def _plan(**values: Any) -> Plan:
    return deploy(lambda: ApiShield("shield", ApiShieldArgs(spec=ApiShieldSpec.from_yaml(values), site=SHIELDED)))


def _one(plan: Plan, name: str) -> Any:
    return next(resource for resource in plan.made if resource.name == name)


def test_requests_that_break_the_schema_are_blocked_once_it_is_there(schema: str) -> None:
    plan = _plan(schemas={"orders": schema})
    uploaded, settings = _one(plan, "shield-orders-schema"), _one(plan, "shield-validation")
    assert (uploaded.inputs["kind"], uploaded.inputs["source"], uploaded.inputs["validationEnabled"]) == (
        "openapi_v3",
        "openapi: 3.0.3\n",
        True,
    )
    assert settings.inputs["validationDefaultMitigationAction"] == "block"
    assert uploaded.urn in plan.depends(settings)


def test_clients_are_told_apart_by_their_session() -> None:
    places = _one(_plan(sessions={"authorization": "header", "sid": "cookie"}), "shield-sessions").inputs["authIdCharacteristics"]
    assert places == [{"name": "authorization", "type": "header"}, {"name": "sid", "type": "cookie"}]


def test_tokens_are_checked_with_the_issuers_keys_on_the_hosts_named() -> None:
    plan = _plan(tokens=TOKENS)
    config, rule = _one(plan, "shield-tokens"), _one(plan, "shield-token-rule")
    assert config.inputs["tokenSources"] == ['http.request.headers["authorization"][0]']
    rsa, elliptic = config.inputs["credentials"]["keys"]
    assert rsa == {"kid": "2026-a", "alg": "RS256", "kty": "RSA", "n": "AQAB", "e": "AQAB"}
    assert elliptic == {"kid": "2026-b", "alg": "ES256", "kty": "EC", "crv": "P-256", "x": "AQAB", "y": "AQAB"}
    assert rule.inputs["selector"] == {"includes": [{"hosts": ["eu.api.example.com"]}]}
    assert rule.inputs["expression"].startswith('is_jwt_valid("')
    assert config.urn in plan.depends(rule)


def test_nothing_asked_makes_nothing() -> None:
    assert list(_plan().made) == []


@pytest.mark.parametrize(
    ("values", "plan", "told"),
    [
        ({"schemas": {"orders": "api/none.yaml"}}, CloudflarePlan.FREE, "schemas.orders: api/none.yaml: a .yaml or .json file"),
        ({"schemas": {"orders": "../secret.yaml"}}, CloudflarePlan.FREE, "schemas.orders: ../secret.yaml"),
        (
            {"schemas": {"orders": "api/orders.yaml"}, "mitigation": "log"},
            CloudflarePlan.BUSINESS,
            "mitigation: log: the action log of schema",
        ),
        (
            {"sessions": {"sid": "cookie"}},
            CloudflarePlan.ENTERPRISE,
            "sessions: session identifiers and token validation of API Shield needs",
        ),
        ({"schemas": {f"api-{n}": "api/orders.yaml" for n in range(6)}}, CloudflarePlan.PRO, "schemas: 6: plan pro takes 5"),
    ],
)
def test_what_the_plan_lacks_is_refused(values: dict[str, Any], plan: CloudflarePlan, told: str) -> None:
    (fault,) = api_shield_faults(ApiShieldSpec.from_yaml(values), site(plan))
    assert fault.startswith(told)


def test_the_component_refuses_a_host_of_no_zone() -> None:
    spec = ApiShieldSpec.from_yaml({"tokens": TOKENS | {"hosts": ["api.other.org"]}})
    with pytest.raises(ValueError, match=r"API shield 'shield': tokens\.hosts: api\.other\.org: not in zone example\.com"):
        ApiShield("shield", ApiShieldArgs(spec=spec, site=SHIELDED))


@pytest.mark.parametrize("key", [{"algorithm": "RS256", "x": "A", "y": "A"}, {"algorithm": "ES256", "x": "A"}, RSA | {"x": "A"}])
def test_a_key_has_the_parts_of_its_kind(key: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="a key of that kind has"):
        ApiShieldSpec.from_yaml({"tokens": TOKENS | {"keys": {"k": key}}})
