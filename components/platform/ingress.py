"""Names of the way into a cluster: the public Gateway, its Service, and the secrets it reads. Contract of mesh, origin and tunnel."""

from components.platform.external_secrets import remote_name

INGRESS_NAMESPACE = "istio-ingress"
"""Namespace of the Gateway and of the proxies that Istio makes for it."""
INGRESS_GATEWAY = "public"
"""Name of the Gateway, as routes name it in `parentRefs`."""
INGRESS_SERVICE = f"{INGRESS_GATEWAY}-istio"
"""Its Service: Istio names what it makes for a Gateway `<gateway>-<class>` (Istio, Kubernetes Gateway API, automated deployment)."""
INGRESS_LABELS = {"gateway.networking.k8s.io/gateway-name": INGRESS_GATEWAY}
"""Labels of the proxies' pods (Gateway API, GEP-1762)."""
INGRESS_PORT = 443
"""Port of the Service and of the Gateway's HTTPS listener; Istio gives both the number of the listener."""
ORIGIN_TLS_SECRET = "origin-tls"
"""Secret with `tls.crt` and `tls.key` that the Gateway shows to Cloudflare."""
ORIGIN_PULL_CA_SECRET = f"{ORIGIN_TLS_SECRET}-cacert"
"""Secret with `ca.crt`, the authority of Cloudflare's client certificate. Istio looks for it under this suffix (secure gateways)."""
MUTUAL_TLS = {"gateway.istio.io/tls-terminate-mode": "MUTUAL"}
"""`tls.options` of the listener by which a client without a certificate of that authority is refused (Istio, Gateway API, mutual TLS)."""


def tunnel_secret(cluster_name: str) -> str:
    """Name in Secrets Manager of the token of the cluster's tunnel; External Secrets reads it there."""
    return remote_name(cluster_name, "tunnel-token")


def origin_tls_secret(cluster_name: str) -> str:
    """Name in Secrets Manager of certificate and key of the origin."""
    return remote_name(cluster_name, ORIGIN_TLS_SECRET)


def origin_pull_ca_secret(cluster_name: str) -> str:
    """Name in Secrets Manager of the authority that signs Cloudflare's client certificate."""
    return remote_name(cluster_name, "origin-pull-ca")
