"""Certificates of a TiDB cluster, in secrets of the very names that tidb-operator mounts."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as kubernetes

from components.data.tidb.contract import (
    Part,
    cluster_client_secret,
    cluster_secret,
    component_name,
    sql_client_secret,
    sql_server_secret,
)
from components.platform.cert_manager import certificate

LOOPBACK = ("127.0.0.1", "::1")
"""Addresses at which probes and pd-ctl ask the pod itself (PingCAP, enable TLS between components)."""
SERVER, CLIENT = "server auth", "client auth"
"""Usages as cert-manager spells them."""
ROOT = "tidb-root"
"""Subject of the certificate without which nobody is SQL's `root`."""


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """One certificate, as it is asked for."""

    secret_name: str
    """Secret, by the operator's convention."""
    common_name: str
    """Subject."""
    dns_names: tuple[str, ...] = ()
    """Names of the Services and pods that show it."""
    ip_addresses: tuple[str, ...] = ()
    """Addresses, likewise."""
    usages: tuple[str, ...]
    """What it is for."""


def component_certificates(cluster: str, namespace: str, parts: Sequence[Part], common_name: str) -> list[Certificate]:
    """Of the components among themselves: one each, and one for who enters from outside, all of one subject."""
    each = [
        Certificate(
            secret_name=cluster_secret(cluster, part),
            common_name=common_name,
            dns_names=_service_names(component_name(cluster, part), namespace),
            ip_addresses=LOOPBACK,
            usages=(SERVER, CLIENT),
        )
        for part in parts
    ]
    return [*each, Certificate(secret_name=cluster_client_secret(cluster), common_name=common_name, usages=(CLIENT,))]


def sql_certificates(cluster: str, namespace: str, parts: Sequence[Part]) -> list[Certificate]:
    """Of SQL: what clients see of TiDB and TiProxy, which share one, and what `root` shows."""
    doors = [part for part in (Part.TIDB, Part.TIPROXY) if part in parts]
    names = [name for part in doors for name in _service_names(component_name(cluster, part), namespace)]
    return [
        Certificate(
            secret_name=sql_server_secret(cluster), common_name=cluster, dns_names=tuple(names), ip_addresses=LOOPBACK, usages=(SERVER,)
        ),
        Certificate(secret_name=sql_client_secret(cluster), common_name=ROOT, usages=(CLIENT,)),
    ]


def issue(
    prefix: str, namespace: str, wanted: Sequence[Certificate], opts: pulumi.ResourceOptions
) -> list[kubernetes.apiextensions.CustomResource]:
    """The certificates as resources, each named after its secret."""
    return [
        certificate(
            f"{prefix}-{one.secret_name}",
            namespace=namespace,
            secret_name=one.secret_name,
            common_name=one.common_name,
            dns_names=one.dns_names,
            ip_addresses=one.ip_addresses,
            usages=one.usages,
            opts=opts,
        )
        for one in wanted
    ]


def _service_names(service: str, namespace: str) -> tuple[str, ...]:
    """A Service, its headless twin and the pods behind it, in the three spellings that pods use."""
    return tuple(
        f"{host}{domain}"
        for host in (service, f"{service}-peer", f"*.{service}-peer")
        for domain in ("", f".{namespace}", f".{namespace}.svc")
    )
