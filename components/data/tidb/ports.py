"""Ports of the namespaces of TiDB and of its operator: who may ask whom, and what is reached outside."""

from collections.abc import Sequence

from components.data.tidb.contract import OPERATOR_NAMESPACE, PORTS, Part
from components.data.tidb.spec import TidbSpec, members
from components.platform.network_policy import EVERYWHERE, OpenPort

HTTPS = 443
"""Of S3, STS and the API server."""
ASKED_BY_OPERATOR = {
    Part.PD: ("client",),
    Part.TIKV: ("server", "status"),
    Part.TIDB: ("status",),
    Part.TIFLASH: ("proxy-status",),
    Part.TICDC: ("server",),
    Part.TIPROXY: ("api",),
}
"""Component -> ports at which the operator asks for health and moves leaders."""
OPEN_TO_CLIENTS = {Part.TIDB: ("sql",), Part.TIPROXY: ("sql",)}
"""Component -> ports of SQL."""


def open_ports(spec: TidbSpec) -> tuple[OpenPort, ...]:
    """Every port of the components that the spec has. Where others than the own namespace come in, the way out within it is a port more."""
    parts = [part for part in Part if part in members(spec)[spec.name] or part is Part.DISCOVERY]
    rows = [(part, meaning, number) for part in parts for meaning, number in PORTS[part].items()]
    return (
        *(port for part, meaning, number in rows for port in _port(spec, part, meaning, number)),
        OpenPort(
            port=HTTPS,
            to_blocks=(EVERYWHERE,),
            reason="Backups write to S3 with credentials from STS; discovery and backup jobs ask the API server.",
        ),
    )


def operator_ports(pods: Sequence[str]) -> tuple[OpenPort, ...]:
    """The operator's namespace: nobody comes in, it asks the clusters at the addresses of `pods`, and the job of the CRDs fetches them."""
    asked = [(part, meaning) for part, meanings in ASKED_BY_OPERATOR.items() for meaning in meanings]
    return (
        *(OpenPort(port=PORTS[part][meaning], to_blocks=tuple(pods), reason=f"Asks {part}: {meaning}.") for part, meaning in asked),
        OpenPort(port=HTTPS, to_blocks=(EVERYWHERE,), reason="Asks the API server; the job of the CRDs fetches them from their release."),
    )


def _port(spec: TidbSpec, part: Part, meaning: str, number: int) -> tuple[OpenPort, ...]:
    outside = (
        *((OPERATOR_NAMESPACE,) if meaning in ASKED_BY_OPERATOR.get(part, ()) else ()),
        *(spec.client_namespaces if meaning in OPEN_TO_CLIENTS.get(part, ()) else ()),
    )
    reason = f"{part}: {meaning}."
    if not outside:
        return (OpenPort(port=number, reason=reason),)
    own = spec.name
    return (
        OpenPort(port=number, from_namespaces=tuple(dict.fromkeys((own, *outside))), reason=reason),
        OpenPort(port=number, to_namespaces=(own,), reason=reason),
    )
