"""What the global stack's file may say: the edge's own Specs, nested. Which regions there are and what they carry, their own files say."""

from typing import Annotated

from pydantic import Field

from components.base import Spec
from components.catalog.cloudflare_plans import CloudflareAddon, CloudflarePlan
from components.edge.access_spec import AccessSpec
from components.edge.api_shield import ApiShieldSpec
from components.edge.cache import EdgeCacheSpec
from components.edge.firewall_spec import FirewallSpec
from components.edge.gateway import GatewaySpec
from components.edge.headers import ResponseHeadersSpec
from components.edge.logs import EdgeLogsSpec
from components.edge.posture_spec import PostureSpec
from components.edge.redirects import RedirectsSpec
from components.edge.site import EdgeSite
from components.edge.steering_spec import SteeringSpec
from components.edge.storage import EdgeBucketSpec
from components.edge.turnstile import TurnstileSpec
from components.edge.warp import WarpSpec
from components.edge.worker import WorkerSpec
from components.edge.zone import ZoneSpec
from components.tags import TagSpec
from stacks.neighbours import GLOBAL_KEY
from stacks.profile import Environment

KEY = GLOBAL_KEY
"""Configuration key under which the spec stands."""
Identifier = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
"""Identifier of Cloudflare, 32 hexadecimal digits."""
Certificates = Annotated[str, Field(pattern=r"^-----BEGIN CERTIFICATE-----\n")]
"""One certificate or several, PEM."""


class SiteSpec(Spec):
    """The Cloudflare zone, which exists."""

    account_id: Identifier
    """Cloudflare account."""
    zone_id: Identifier
    """Zone."""
    domain: str
    """Apex of the zone, e.g. `example.com`."""
    plan: CloudflarePlan
    """Plan of the zone."""
    addons: tuple[CloudflareAddon, ...] = ()
    """What the account has bought beside it."""

    @property
    def site(self) -> EdgeSite:
        """As the edge's components take it."""
        return EdgeSite(**{name: getattr(self, name) for name in SiteSpec.model_fields})


class OriginPullsSpec(Spec):
    """The certificate by which origins know this zone from everybody else's. Its private key is a secret of the stack."""

    certificate: Certificates
    """Client certificate of the zone."""
    authority: Certificates
    """Who signed it; both authorities while a new one takes over."""


class UnitsSpec(Spec):
    """Units of content that the edge itself hands out by signed links (S-177, S-179). The key of the links is a secret of the stack."""

    bucket: EdgeBucketSpec
    """Where they lie."""
    worker: WorkerSpec
    """Who hands them out. The host of its route has a proxied record."""


class LogsSpec(Spec):
    """Logs of the edge, in a bucket of each jurisdiction."""

    jobs: EdgeLogsSpec
    """What is logged."""
    retention_days: int = Field(default=400, ge=1)
    """Days that logs are kept: a year (PCI DSS 4.0, requirement 10.5.1), and a month to look back from its end."""


class GlobalSpec(Spec):
    """The edge of all regions. Defaults are production-grade; the file says what differs."""

    account_id: Annotated[str, Field(pattern=r"^\d{12}$")]
    """The AWS account of the regions, where the edge leaves its secrets."""
    home_region: str
    """AWS region whose jurisdiction the stack's own tags name; its secrets say theirs themselves."""
    environment: Environment = Environment.PRODUCTION
    """What the stack is for."""
    tags: TagSpec
    """Who owns it, who pays."""
    site: SiteSpec
    """The zone."""
    zone: ZoneSpec = ZoneSpec()
    """Settings, certificates, DNSSEC."""
    cache: EdgeCacheSpec = EdgeCacheSpec()
    """What the edge keeps, and how long."""
    headers: ResponseHeadersSpec = ResponseHeadersSpec()
    """Headers of every response."""
    redirects: RedirectsSpec = RedirectsSpec()
    """Host names that lead elsewhere."""
    firewall: FirewallSpec = FirewallSpec()
    """Rulesets, limits, bots."""
    api_shield: ApiShieldSpec = ApiShieldSpec()
    """What requests to APIs must look like; nothing by default, as it follows from the API."""
    turnstile: TurnstileSpec = TurnstileSpec()
    """Tests for people in the application's forms."""
    units: UnitsSpec | None = None
    """Content that the edge hands out; none without."""
    origin_pulls: OriginPullsSpec
    """Certificate by which origins know the zone; without it no origin answers (components/platform/origin.py)."""
    logs: LogsSpec | None = None
    """Logs of the edge; none where the plan has no Logpush."""
    steering: SteeringSpec
    """Host names of jurisdictions, health checks, demand."""
    access: AccessSpec
    """Who may reach admin interfaces."""
    posture: PostureSpec = PostureSpec()
    """What a device must show."""
    gateway: GatewaySpec
    """Where devices may go."""
    warp: WarpSpec = WarpSpec()
    """The device client."""
