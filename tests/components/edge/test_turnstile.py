"""Turnstile widgets: their hosts, their secrets, and the regions they do not know."""

from typing import Any

import pytest

from components.catalog.cloudflare_plans import CloudflarePlan
from components.edge.turnstile import Turnstile, TurnstileArgs, TurnstileSpec, turnstile_faults
from tests.components.edge.sites import site
from tests.deploy import deploy

SIGN_UP = {"widgets": {"sign-up": {"hosts": ["www.example.com", "app.example.com"]}}}


def test_a_widget_is_named_after_its_purpose() -> None:
    plan = deploy(lambda: Turnstile("turnstile", TurnstileArgs(spec=TurnstileSpec.from_yaml(SIGN_UP), site=site(), regional_hosts={})))
    (widget,) = plan.made
    assert widget.name == "turnstile-sign-up"
    assert {key: widget.inputs[key] for key in ("domains", "mode", "region", "accountId")} == {
        "domains": ["app.example.com", "www.example.com"],
        "mode": "managed",
        "region": "world",
        "accountId": "a" * 32,
    }


def _hosts(*hosts: str) -> dict[str, Any]:
    return {"widgets": {"sign-up": {"hosts": list(hosts)}}}


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (_hosts("www.other.org"), "widgets.sign-up.hosts: www.other.org: not in zone example.com"),
        (_hosts("eu.api.example.com"), "widgets.sign-up.hosts: Turnstile does not work on regionalised host names (eu.api.example.com)"),
        (_hosts("example.com"), "widgets.sign-up.hosts: Turnstile does not work on regionalised host names (eu.api.example.com)"),
        (_hosts(*(f"{number}.example.com" for number in range(11))), "widgets.sign-up.hosts: 11: plan free takes 10"),
        ({"widgets": {f"form-{n}": {"hosts": ["www.example.com"]} for n in range(21)}}, "widgets: 21: plan free takes 20"),
    ],
)
def test_what_cannot_work_is_refused(values: dict[str, Any], told: str) -> None:
    (fault,) = turnstile_faults(TurnstileSpec.from_yaml(values), site(CloudflarePlan.FREE), {"eu.api.example.com": "eu"})
    assert fault.startswith(told)


def test_the_component_refuses_too() -> None:
    args = TurnstileArgs(spec=TurnstileSpec.from_yaml(_hosts("www.other.org")), site=site(), regional_hosts={})
    with pytest.raises(ValueError, match="turnstile 'turnstile': widgets"):
        Turnstile("turnstile", args)
