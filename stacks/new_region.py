"""Writes a new region's stack file."""

from datetime import date
from pathlib import Path
from typing import Any

import yaml

from components import catalog
from stacks.checks import PRODUCTION_ZONES, Surroundings, next_index
from stacks.spec import KEY, SYSTEM
from stacks.stack_file import load, neighbours


class CannotAdd(Exception):
    """The stack file cannot be written; the message says why."""


def new_region(region: str, *, directory: Path, account: str, owner: str, cost_center: str) -> Path:
    """Write `directory/Pulumi.<region>.yaml` with the next free index and the first three zones that EKS supports.

    Raises:
        CannotAdd: the region is not in the catalogue, or its file is there already (it is left as it is).
        WrongStackFile: an argument is none that a stack file may hold.
    """
    path = directory / f"Pulumi.{region}.yaml"
    try:
        facts = catalog.region(region)
    except catalog.NotInCatalog as error:
        raise CannotAdd(f"{error}; add its rows to components/catalog first") from None
    others = neighbours(region, directory)
    values: dict[str, Any] = {
        "region": region,
        "index": next_index(others),
        "account_id": account,
        "tags": {"owner": owner, "cost_center": cost_center},
        "network": {"zones": list(facts.eks_zones[:PRODUCTION_ZONES])},
        "node_groups": {SYSTEM: {"labels": {}}},
    }
    load(region, values, Surroundings(today=date.today(), neighbours=others))
    text = yaml.safe_dump({"config": {"pulumi:disable-default-providers": ["*"], KEY: values}}, sort_keys=False)
    try:
        with path.open("x") as file:
            file.write(text)
    except FileExistsError:
        raise CannotAdd(f"{path}: exists already; edit it, or remove it first") from None
    return path
