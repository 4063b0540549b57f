"""The operator of ClickHouse and Keeper: its chart's values, the version below which it loses data, and its password."""

from collections.abc import Mapping
from typing import Any

from components.cluster.node_group import NodeGroup
from components.data.clickhouse.contract import OPERATOR_SECRET, SERVER_CERTIFICATE, Port
from components.data.clickhouse.pods import CONTAINER_SECURITY
from components.platform.addon import node_placement

CHART = "altinity-clickhouse-operator"
"""Chart of the operator, and so the name of its release."""
OPERATOR_USER = "clickhouse_operator"
"""User of the operator in ClickHouse."""
FIXES: Mapping[str, str] = {
    "0.26.0": "a reconcile of Keeper panics and stays InProgress (Altinity/clickhouse-operator#1881, #1863)",
    "0.26.1": "Keeper pods restart all at once, and its quorum is gone (Altinity/clickhouse-operator#1796, #1945)",
    "0.26.2": "restarted Keeper pods do not come back, and all tables stay read-only (Altinity/clickhouse-operator#1935)",
    "0.27.0": "Keeper's liveness probe kills healthy members (Altinity/clickhouse-operator#1962)",
    "0.27.1": "the operator believes any certificate (Altinity/clickhouse-operator, operator_upgrade.md)",
}
"""Version -> what every version before it does. Rows that cannot be written, because Keeper has no quorum, are lost at their source."""


def operator_faults(version: str) -> list[str]:
    """One line for each fix that the version is too old for."""
    return [
        f"{CHART}: {version}: {fault}: take {fixed} or later"
        for fixed, fault in FIXES.items()
        if _parts(version.removeprefix("v")) < _parts(fixed)
    ]


def chart_values(nodes: NodeGroup) -> dict[str, Any]:
    """Values of the chart.

    `secret.create` would make one with the password that stands in the chart's values.yaml for all to read. The hook for CRDs pulls
    `bitnami/kubectl:latest`; they come from the chart's folder instead. `security` is new in 0.27.1: the operator believes
    ClickHouse's certificate by the authority in its secret, not any certificate.
    """
    size = {"requests": {"cpu": "250m", "memory": "256Mi"}, "limits": {"memory": "512Mi"}}
    access = {"scheme": "https", "port": int(Port.HTTPS), "secret": {"name": OPERATOR_SECRET}}
    authority = {"name": SERVER_CERTIFICATE, "key": "ca.crt"}
    return {
        "crdHook": {"enabled": False},
        "secret": {"create": False},
        "rbac": {"create": True, "namespaceScoped": True},
        "operator": {"resources": size, "containerSecurityContext": dict(CONTAINER_SECURITY)},
        "metrics": {"enabled": True, "resources": size, "containerSecurityContext": dict(CONTAINER_SECURITY)},
        "podSecurityContext": {"runAsNonRoot": True, "runAsUser": 65534, "seccompProfile": {"type": "RuntimeDefault"}},
        "configs": {
            "files": {
                "config.yaml": {
                    "clickhouse": {"access": access},
                    "security": {"clickhouse": {"tls": {"verify": "Strict", "minVersion": "1.2", "rootCASecretRef": authority}}},
                }
            }
        },
        **node_placement(nodes),
    }


def _parts(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("-", maxsplit=1)[0].split("."))
