"""A small Access for tests: one provider, one group, two interfaces, two regions."""

from collections.abc import Mapping
from typing import Any

from components.catalog.cloudflare_plans import CloudflarePlan
from components.edge.access import Access, AccessArgs
from components.edge.access_spec import AccessSpec
from components.edge.posture import Posture, PostureArgs
from components.edge.posture_spec import PostureSpec
from meridian.plan import Plan
from tests.components.edge.sites import site
from tests.deploy import deploy

BASE: Mapping[str, Any] = {
    "team": "shop",
    "organization": "Shop",
    "identity_providers": {"okta": {"kind": "okta", "settings": {"client_id": "id", "okta_account": "https://shop.okta.test"}}},
    "groups": {"platform": {"provider": "okta", "members": ["platform-engineers"]}},
}
REGIONS = ("eu-west-1", "us-east-1")


def access_spec(**differences: Any) -> AccessSpec:
    """The spec with differences, as YAML spells them."""
    return AccessSpec.from_yaml({**BASE, **differences})


def access_plan(
    *, plan: CloudflarePlan = CloudflarePlan.ENTERPRISE, secrets: Mapping[str, str] | None = None, mode: str = "update", **differences: Any
) -> Plan:
    """The Plan of Access with its posture."""
    zone = site(plan)

    def build() -> None:
        posture = Posture("posture", PostureArgs(spec=PostureSpec(), site=zone))
        given = {"okta": "HIDDEN"} if secrets is None else secrets
        spec = access_spec(**differences)
        Access("access", AccessArgs(spec=spec, site=zone, regions=REGIONS, posture=posture, client_secrets=given))

    return deploy(build, mode=mode)
