"""Ports of ClickHouse's namespace: every one with TLS, but for metrics."""

from components.data.clickhouse.contract import Port
from components.data.clickhouse.spec import ClickHouseSpec
from components.platform.network_policy import EVERYWHERE, OpenPort

HTTPS = 443
"""Of S3, STS and the API server."""


def open_ports(spec: ClickHouseSpec) -> tuple[OpenPort, ...]:
    """What the namespace opens; pods of its own reach each other at all of them."""
    clients, metrics = spec.client_namespaces, spec.metrics_namespaces
    return (
        OpenPort(port=Port.HTTPS, from_namespaces=clients, reason="SQL over HTTPS; the operator asks for health by it."),
        OpenPort(port=Port.NATIVE, from_namespaces=clients, reason="SQL over the native protocol, also between the shards."),
        OpenPort(port=Port.INTERSERVER, reason="Replicas fetch parts from each other."),
        OpenPort(port=Port.KEEPER, reason="Replicas ask Keeper."),
        OpenPort(port=Port.RAFT, reason="Keeper's members agree."),
        OpenPort(port=Port.METRICS, from_namespaces=metrics, reason="Metrics of ClickHouse."),
        OpenPort(port=Port.KEEPER_METRICS, from_namespaces=metrics, reason="Metrics of Keeper."),
        OpenPort(port=Port.OPERATOR_METRICS, from_namespaces=metrics, reason="Metrics that the operator's exporter reads from ClickHouse."),
        OpenPort(
            port=HTTPS,
            to_blocks=(EVERYWHERE,),
            reason="Cold tier and backups lie in S3, with credentials from STS; the operator works on the API server.",
        ),
    )
