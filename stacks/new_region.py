"""Writes a new region's stack file."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from components import catalog
from components.cluster.access import AccessPolicy
from stacks.checks import HEALTH, PRODUCTION_ZONES
from stacks.fleet_checks import Surroundings, next_index
from stacks.neighbours import neighbours
from stacks.profile import Profile, Role
from stacks.spec import KEY, SYSTEM
from stacks.stack_file import load

SYSTEM_TYPES = ("m7i.xlarge", "m6i.xlarge", "m7g.xlarge")
"""Instance types of the system group in order of preference: the first that all zones offer, with what follows of its architecture."""
SESSIONS = 8000
"""Concurrent sessions of a region that nobody sized yet: the smallest of those the requirements size (S-076)."""
SCHEMA_LINE = "# yaml-language-server: $schema=../docs/stack-schema.json\n"


class CannotAdd(Exception):
    """The stack file cannot be written; the message says why."""


def new_region(region: str, *, directory: Path, account: str, owner: str, cost_center: str, admin_role: str) -> Path:
    """Write `directory/Pulumi.<region>.yaml` with the next free index and the first three zones that EKS supports, without databases.

    Raises:
        CannotAdd: the region is not in the catalogue, or its file is there already (it is left as it is).
        WrongStackFile: an argument is none that a stack file may hold.
    """
    path = directory / f"Pulumi.{region}.yaml"
    if path.exists():
        raise CannotAdd(f"{path}: exists already; edit it, or remove it first")
    try:
        place = catalog.region(region)
    except catalog.NotInCatalog as error:
        raise CannotAdd(f"{error}; add its rows to components/catalog first") from None
    others, zones = neighbours(region, directory), place.eks_zones[:PRODUCTION_ZONES]
    values: dict[str, Any] = {
        "region": region,
        "index": next_index(others),
        "account_id": account,
        "role": Role.SECONDARY.value,
        "profile": Profile.COMPUTE_STORAGE.value,
        "regimes": [law for law in catalog.jurisdiction(place.jurisdiction).laws if law != HEALTH],
        "capacity_sessions": SESSIONS,
        "tags": {"owner": owner, "cost_center": cost_center},
        "network": {"zones": list(zones)},
        "cluster": {"access": {"admin": {"role_arn": admin_role, "policy": AccessPolicy.CLUSTER_ADMIN.value}}},
        "node_groups": {
            SYSTEM: {"instance_types": list(_system_types(region, zones)), "min_nodes": len(zones), "max_nodes": 2 * len(zones)}
        },
        "data": {},
    }
    load(region, values, Surroundings(today=date.today(), neighbours=others))
    path.write_text(SCHEMA_LINE + yaml.safe_dump({"config": {"pulumi:disable-default-providers": ["*"], KEY: values}}, sort_keys=False))
    return path


def _system_types(region: str, zones: tuple[str, ...]) -> Iterator[str]:
    offered = {kind.name: kind.architecture for kind in catalog.offered(region, zones)}
    architectures = [offered[name] for name in SYSTEM_TYPES if name in offered]
    return (name for name in SYSTEM_TYPES if name in offered and offered[name] == architectures[0])
