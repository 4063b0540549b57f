"""A fleet that keeps the rules, for examples: two residency groups of two regions each, just large enough to lose one."""

from copy import deepcopy
from typing import Any

_POOLS = {"eu-west-1": "ireland", "eu-central-1": "frankfurt", "us-east-1": "virginia", "us-west-2": "oregon"}
"""Region -> name of its pool."""


def fleet(**changes: Any) -> dict[str, Any]:
    """The fleet as a manifest. `changes`: path of keys joined by `__`, hyphens of names as `_` -> value, e.g. `routes__ireland__demand`."""
    found = deepcopy(_FLEET)
    for path, value in changes.items():
        *above, last = (step.replace("_", "-") for step in path.split("__"))
        at = found
        for step in above:
            at = at[step]
        at[last] = value
    return found


def _route(group: str, *regions: str, demand: float = 4_000) -> dict[str, Any]:
    return {"group": group, "regions": list(regions), "demand": demand}


_FLEET: dict[str, Any] = {
    "regions": {name: {"capacity": 10_000, "standsOn": {"stack": name}, "pools": [pool]} for name, pool in _POOLS.items()},
    "groups": {"eu": ["eu-west-1", "eu-central-1"], "us": ["us-east-1", "us-west-2"]},
    "routes": {
        "ireland": _route("eu", "eu-west-1", "eu-central-1"),
        "germany": _route("eu", "eu-central-1", "eu-west-1"),
        "east": _route("us", "us-east-1", "us-west-2"),
        "west": _route("us", "us-west-2", "us-east-1"),
    },
}
"""0.8 x 10,000 sessions are what either of a group may carry, and both routes of a group have 8,000 together."""
