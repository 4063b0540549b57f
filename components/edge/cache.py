"""What the edge keeps, for how long, and what it never keeps."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import pulumi
import pulumi_cloudflare as cloudflare
from pydantic import Field

from components import catalog
from components.base import Component, Spec
from components.edge.regional import regional_faults
from components.edge.ruleset import Phase, PhaseArgs, Rule, any_of, import_faults, one_of, path_under, phase_ruleset, quoted
from components.edge.site import EdgeSite

DAY = 86_400
"""Seconds."""
FILE_EXTENSIONS = (
    *("7z", "avi", "avif", "apk", "bin", "bmp", "bz2", "class", "css", "csv", "doc", "docx", "dmg", "ejs", "eot", "eps", "exe", "flac"),
    *("gif", "gz", "ico", "iso", "jar", "jpeg", "jpg", "js", "mid", "midi", "mkv", "mp3", "mp4", "ogg", "otf", "pdf", "pict", "pls"),
    *("png", "ppt", "pptx", "ps", "rar", "svg", "svgz", "swf", "tar", "tif", "tiff", "ttf", "webm", "webp", "woff", "woff2", "xls"),
    *("xlsx", "zip", "zst"),
)
"""What Cloudflare caches without being told (cache/concepts/default-cache-behavior): the files that the old zone setting was about."""


class CacheTiers(StrEnum):
    """Which data centres ask the origin on behalf of the others."""

    NONE = "none"
    """Each asks for itself."""
    SMART = "smart"
    """The one nearest to the origin; not with Regional Services."""
    GENERIC = "generic"
    """Any of Cloudflare's large ones (plan enterprise)."""


_TIER_SETTINGS = {CacheTiers.NONE: ("off", "off"), CacheTiers.SMART: ("on", "on"), CacheTiers.GENERIC: ("on", "off")}
"""Tiers -> (tiered caching, smart topology): smart is a topology of tiered caching, not another product."""


_SWITCH = {True: "on", False: "off"}


class StaticSpec(Spec):
    """Knobs of paths where everything is cached."""

    prefixes: tuple[str, ...] = ("/static/",)
    """Beginnings of the paths, each with `/` at both ends."""
    edge_ttl: int = Field(default=DAY, ge=1)
    """Seconds at the edge, whatever the origin says; a purge ends it sooner (documents: a day)."""
    browser_ttl: int = Field(default=365 * DAY, ge=0)
    """Seconds in browsers, which no purge reaches: names of these files must change with their content (documents: a year)."""


class EdgeCacheSpec(Spec):
    """Knobs of the edge's cache."""

    file_edge_ttl: int = Field(default=30 * DAY, ge=1)
    """Seconds at the edge of files that Cloudflare caches by their extension (documents: `edge_cache_ttl 2592000`, which as a zone setting
    ends at 7 days; a cache rule has no such end)."""
    static: StaticSpec = Field(default_factory=StaticSpec)
    """Paths where everything is cached, longer in browsers."""
    uncached_prefixes: tuple[str, ...] = ("/api/",)
    """Beginnings of paths that are never cached."""
    uncached_hosts: tuple[str, ...] = ()
    """Host names of which nothing is cached, beside those that the program hands over."""
    auth_cookies: tuple[str, ...] = ("__Host-session",)
    """Cookies that tell a user: a request with one of them is never answered from the cache and its answer never kept. Files that should be
    cached for signed-in users belong on a host name of their own, which `__Host-` cookies do not reach."""
    tiers: CacheTiers = CacheTiers.SMART
    """Which data centres ask the origin."""
    regional_tiers: bool = False
    """Whether each part of the world has a tier of its own below the upper one (plan enterprise)."""
    reserve: bool = False
    """Whether what is evicted stays in Cache Reserve (add-on)."""
    argo: bool = False
    """Whether requests to the origin take Argo's routes (add-on; not with Regional Services)."""
    import_ids: Mapping[Phase, str] = Field(default_factory=dict[Phase, str])
    """Phase -> id of a ruleset to adopt, once."""

    @property
    def regional_conflicts(self) -> tuple[str, ...]:
        """Names, for Regional Services, of what is switched on."""
        used = {"argo": self.argo, "smart-tiered-cache": self.tiers is CacheTiers.SMART}
        return tuple(feature for feature, on in used.items() if on)


def edge_cache_faults(spec: EdgeCacheSpec, site: EdgeSite, regional_hosts: Mapping[str, str]) -> Iterator[str]:
    """A line for each knob that the plan or Regional Services refuses."""
    floor = site.limit("cache.edge-ttl-floor")
    for knob, seconds in {"file_edge_ttl": spec.file_edge_ttl, "static.edge_ttl": spec.static.edge_ttl}.items():
        if seconds < floor:
            yield f"{knob}: {seconds}: at least {floor} seconds with plan {site.plan}: raise it or take a higher plan"
    gates = {
        "tiers": (spec.tiers is CacheTiers.GENERIC, "cache.generic-tiers"),
        "regional_tiers": (spec.regional_tiers, "cache.regional-tiers"),
        "reserve": (spec.reserve, "cache.reserve"),
        "argo": (spec.argo, "argo"),
    }
    yield from (f"{knob}: {lacking}" for knob, (on, feature) in gates.items() if on and (lacking := site.lacks(feature)))
    for prefix in (*spec.static.prefixes, *spec.uncached_prefixes):
        if not (prefix.startswith("/") and prefix.endswith("/")):
            yield f"prefix '{prefix}': write '/{prefix.strip('/')}/', or it would match other paths that begin alike"
    yield from import_faults(spec.import_ids, Phase.CACHE)
    yield from regional_faults(regional_hosts, spec.regional_conflicts)


@dataclass(frozen=True, kw_only=True)
class OriginAddress:
    """An address that the load balancer sends requests to."""

    ip: pulumi.Input[str]
    """Public address of the origin."""
    region: str
    """AWS region it stands in."""


@dataclass(frozen=True, kw_only=True)
class EdgeCacheArgs:
    """Wires of an EdgeCache."""

    spec: EdgeCacheSpec
    """Knobs."""
    site: EdgeSite
    """The zone."""
    uncached_hosts: Sequence[str] = ()
    """Host names of APIs and admin interfaces, of which nothing is cached."""
    regional_hosts: Mapping[str, str] = field(default_factory=dict[str, str])
    """`ZoneSpec.regional_hosts`."""
    origins: Mapping[str, OriginAddress] = field(default_factory=dict[str, OriginAddress])
    """Name -> address. Smart tiers guess the nearest data centre from the address, which for AWS's anycast is wrong: told, it need not."""


class EdgeCache(Component, token="meridian:edge:EdgeCache"):
    """Cache rules, tiers, Cache Reserve, Argo and where the origins stand.

    Of several rules that match a request the last decides (Cloudflare, cache rules: order): files, then static paths, then what is never
    cached. Cache rules take the place of page rules, which are a product of the past.

    Raises:
        ValueError: the plan or Regional Services refuse a knob.
    """

    rule_refs: list[str]
    """References of the cache rules in their order."""

    def __init__(self, name: str, args: EdgeCacheArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        spec, site = args.spec, args.site
        if faults := list(edge_cache_faults(spec, site, args.regional_hosts)):
            raise ValueError(f"cache '{name}': {'; '.join(faults)}")
        super().__init__(name, opts)
        rules = cache_rules(spec, (*spec.uncached_hosts, *args.uncached_hosts))
        phase_ruleset(self, name, PhaseArgs(site=site, phase=Phase.CACHE, rules=rules, import_ids=spec.import_ids))
        self._tiers(name, spec, site)
        for origin, address in args.origins.items():
            cloudflare.OriginCloudRegion(
                f"{name}-{origin}-region",
                zone_id=site.zone_id,
                origin_ip=address.ip,
                vendor="aws",
                region=catalog.region(address.region).name,
                opts=self.child,
            )
        self.rule_refs = [rule.ref for rule in rules]
        self._seal()

    def _tiers(self, name: str, spec: EdgeCacheSpec, site: EdgeSite) -> None:
        """What a plan has is set whether on or off: deleting such a setting changes nothing at Cloudflare."""
        tiered, smart = _TIER_SETTINGS[spec.tiers]
        generic = cloudflare.ArgoTieredCaching(f"{name}-tiers", zone_id=site.zone_id, value=tiered, opts=self.child)
        cloudflare.TieredCache(f"{name}-smart-tiers", zone_id=site.zone_id, value=smart, opts=self.after(generic))
        if not site.lacks("cache.regional-tiers"):
            cloudflare.RegionalTieredCache(
                f"{name}-regional-tiers", zone_id=site.zone_id, value=_SWITCH[spec.regional_tiers], opts=self.after(generic)
            )
        if not site.lacks("cache.reserve"):
            cloudflare.ZoneCacheReserve(f"{name}-reserve", zone_id=site.zone_id, value=_SWITCH[spec.reserve], opts=self.child)
        if not site.lacks("argo"):
            cloudflare.ArgoSmartRouting(f"{name}-argo", zone_id=site.zone_id, value=_SWITCH[spec.argo], opts=self.child)


def cache_rules(spec: EdgeCacheSpec, uncached_hosts: Sequence[str]) -> list[Rule]:
    """The rules, in order: the last that matches decides."""
    never = [path_under(prefix) for prefix in spec.uncached_prefixes] + [one_of("http.host", uncached_hosts)] * bool(uncached_hosts)
    personal = [f"http.cookie contains {quoted(f'{cookie}=')}" for cookie in spec.auth_cookies]
    personal.append('any(http.request.headers.names[*] eq "authorization")')
    rules = [
        _cached(
            "files", "Files by extension: long at the edge", one_of("http.request.uri.path.extension", FILE_EXTENSIONS), spec.file_edge_ttl
        ),
        _cached(
            "static",
            "Static paths: everything, long in browsers",
            any_of([path_under(prefix) for prefix in spec.static.prefixes]),
            spec.static.edge_ttl,
            spec.static.browser_ttl,
        ),
    ]
    bypass = cloudflare.RulesetRuleActionParametersArgs(cache=False)
    if never:
        rules.append(Rule(ref="api", description="APIs: never", expression=any_of(never), action="set_cache_settings", parameters=bypass))
    rules.append(
        Rule(
            ref="personal",
            description="Whoever is signed in: never",
            expression=any_of(personal),
            action="set_cache_settings",
            parameters=bypass,
        )
    )
    return rules


def _cached(ref: str, description: str, expression: str, edge_ttl: int, browser_ttl: int | None = None) -> Rule:
    browser = (
        cloudflare.RulesetRuleActionParametersBrowserTtlArgs(mode="respect_origin")
        if browser_ttl is None
        else cloudflare.RulesetRuleActionParametersBrowserTtlArgs(mode="override_origin", default=browser_ttl)
    )
    settings = cloudflare.RulesetRuleActionParametersArgs(
        cache=True,
        edge_ttl=cloudflare.RulesetRuleActionParametersEdgeTtlArgs(mode="override_origin", default=edge_ttl),
        browser_ttl=browser,
        cache_key=cloudflare.RulesetRuleActionParametersCacheKeyArgs(ignore_query_strings_order=True, cache_deception_armor=True),
        serve_stale=cloudflare.RulesetRuleActionParametersServeStaleArgs(disable_stale_while_updating=False),
    )
    return Rule(ref=ref, description=description, expression=expression, action="set_cache_settings", parameters=settings)
