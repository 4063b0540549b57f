"""Type tokens of what faces the world: of Cloudflare's provider each with the older names that its version 6 still takes.

A test compares them with the SDK.
"""

Tokens = tuple[str, ...]


def _tokens(*names: str) -> Tokens:
    """The name of today first. `cloudflare:index/<name in lower camel case>:<Name>`."""
    return tuple(f"cloudflare:index/{name[0].lower()}{name[1:]}:{name}" for name in names)


ACCESS_APPLICATION = _tokens("ZeroTrustAccessApplication", "AccessApplication")
ACCESS_GROUP = _tokens("ZeroTrustAccessGroup", "AccessGroup")
ACCESS_ORGANIZATION = _tokens("ZeroTrustOrganization", "AccessOrganization")
ACCESS_POLICY = _tokens("ZeroTrustAccessPolicy", "AccessPolicy")
ACCESS_SERVICE_TOKEN = _tokens("ZeroTrustAccessServiceToken", "AccessServiceToken")
DNS_RECORD = _tokens("DnsRecord", "Record")
HOSTNAME_TLS_SETTING = _tokens("HostnameTlsSetting")
LOAD_BALANCER = _tokens("LoadBalancer")
LOAD_BALANCER_POOL = _tokens("LoadBalancerPool")
LOGPUSH_JOB = _tokens("LogpushJob")
ORIGIN_PULLS = _tokens("AuthenticatedOriginPulls")
ORIGIN_PULLS_CERTIFICATE = _tokens("AuthenticatedOriginPullsCertificate")
ORIGIN_PULLS_SETTINGS = _tokens("AuthenticatedOriginPullsSettings")
PAGE_RULE = _tokens("PageRule")
REGIONAL_HOSTNAME = _tokens("RegionalHostname")
RULESET = _tokens("Ruleset")
TUNNEL_CONFIG = _tokens("ZeroTrustTunnelCloudflaredConfig", "TunnelConfig")
ZONE = _tokens("Zone")
ZONE_DNSSEC = _tokens("ZoneDnssec")
ZONE_SETTING = _tokens("ZoneSetting")

AWS_LOAD_BALANCER = ("aws:lb/loadBalancer:LoadBalancer", "aws:alb/loadBalancer:LoadBalancer")
"""Where origins take requests at AWS, by both of its names."""

ALL = (
    *(ACCESS_APPLICATION, ACCESS_GROUP, ACCESS_ORGANIZATION, ACCESS_POLICY, ACCESS_SERVICE_TOKEN),
    *(DNS_RECORD, HOSTNAME_TLS_SETTING, LOAD_BALANCER, LOAD_BALANCER_POOL, LOGPUSH_JOB),
    *(ORIGIN_PULLS, ORIGIN_PULLS_CERTIFICATE, ORIGIN_PULLS_SETTINGS, PAGE_RULE, REGIONAL_HOSTNAME, RULESET),
    *(TUNNEL_CONFIG, ZONE, ZONE_DNSSEC, ZONE_SETTING),
)
"""All of Cloudflare's."""
