"""Zones of every plan, for the tests of the edge."""

from components.catalog.cloudflare_plans import CloudflareAddon, CloudflarePlan
from components.edge.site import EdgeSite


def site(plan: CloudflarePlan = CloudflarePlan.ENTERPRISE, *addons: CloudflareAddon) -> EdgeSite:
    """A zone `example.com` of that plan and those add-ons."""
    return EdgeSite(account_id="a" * 32, zone_id="b" * 32, domain="example.com", plan=plan, addons=addons)
