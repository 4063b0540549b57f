"""Names of the way into a cluster: the public Gateway, its Service, and the secrets it reads. Contract of mesh, origin and tunnel."""

from components.platform.external_secrets import remote_name

INGRESS_NAMESPACE = "istio-ingress"
"""Namespace of the Gateway and of the proxies that Istio makes for it."""
INGRESS_NAMESPACE_LABELS = {"elbv2.k8s.aws/pod-readiness-gate-inject": "enabled"}
"""Labels that the namespace needs: with them a proxy is ready only once the load balancer sends to it (AWS Load Balancer Controller, pod
readiness gate)."""
INGRESS_GATEWAY = "public"
"""Name of the Gateway, as routes name it in `parentRefs`."""
INGRESS_SERVICE = f"{INGRESS_GATEWAY}-istio"
"""Its Service: Istio names what it makes for a Gateway `<gateway>-<class>` (Istio, Kubernetes Gateway API, automated deployment)."""
INGRESS_LABELS = {"gateway.networking.k8s.io/gateway-name": INGRESS_GATEWAY}
"""Labels of the proxies' pods (Gateway API, GEP-1762)."""
INGRESS_PORT = 443
"""Port of the Service and of the Gateway's HTTPS listener; Istio gives both the number of the listener."""
TUNNEL_PORT = 8443
"""Port of the listener for admin hosts, without client certificates: cloudflared can show none (Cloudflare, origin parameters). No load
balancer leads to it and only pods labelled TUNNEL_LABELS in TUNNEL_NAMESPACE may connect."""
READINESS_PORT = 15021
"""Port on which the proxies say whether they are ready (Istio, ports used by Istio)."""
READINESS_PATH = "/healthz/ready"
"""Path of it."""
TUNNEL_NAMESPACE = "cloudflared"
"""Namespace of the tunnel's connectors."""
TUNNEL_LABELS = {"app.kubernetes.io/name": "cloudflared"}
"""Labels of their pods."""
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
