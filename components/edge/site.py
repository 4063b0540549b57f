"""The zone that everything at the edge belongs to, as plain facts."""

from dataclasses import dataclass

from components.catalog.cloudflare_plans import CloudflareAddon, CloudflarePlan, plan_faults, plan_limit


@dataclass(frozen=True, kw_only=True)
class EdgeSite:
    """A Cloudflare zone. It is an input and never made here: creating a zone or changing its plan by API fails on quota or leaves it on
    Free (cloudflare/terraform-provider-cloudflare#5026, #5836).
    """

    account_id: str
    """Account, 32 hexadecimal digits."""
    zone_id: str
    """Zone, 32 hexadecimal digits."""
    domain: str
    """Apex of the zone, e.g. `example.com`."""
    plan: CloudflarePlan
    """Plan of the zone."""
    addons: tuple[CloudflareAddon, ...] = ()
    """What the account has bought beside it."""

    def lacks(self, feature: str) -> str | None:
        """Why the zone cannot have the feature, with what it needs; none where it can. Raises NotInCatalog."""
        return plan_faults(feature, self.plan, self.addons)

    def limit(self, limit: str) -> int:
        """The number that the zone's plan allows. Raises NotInCatalog."""
        return plan_limit(limit, self.plan, self.addons)

    def covers(self, hostname: str) -> bool:
        """Whether the host name lies in the zone."""
        return hostname == self.domain or hostname.endswith(f".{self.domain}")
