"""The changes every region sees one day, made on a copy of the project and shown to the real engine: one preview each."""

import json
import re
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml

from meridian.engine.events import Events
from meridian.engine.pulumi import Engine
from meridian.plan import Plan
from meridian.rehearsal.record import ChangePlan
from policies.core import tokens
from policies.reliability.stateful_rules import STATEFUL

KEY = "meridian:region"
HOLDS_DATA = frozenset(
    {
        *STATEFUL,
        tokens.EKS_CLUSTER,
        "kubernetes:clickhouse-keeper.altinity.com/v1:ClickHouseKeeperInstallation",
        "kubernetes:clickhouse.altinity.com/v1:ClickHouseInstallation",
        "kubernetes:core/v1:PersistentVolumeClaim",
        "kubernetes:pingcap.com/v1alpha1:TidbCluster",
    }
)
"""Types that none of these changes may replace: what rule rel-18 protects, the cluster, and the databases inside it."""
RENAMED = "renamed-"
LAUNCHER = """
import sys
from components.base import Component
from stacks import region

def below(cls):
    return {cls, *(each for child in cls.__subclasses__() for each in below(child))}

import pulumi
[renamed] = [cls for cls in below(Component) if getattr(cls, "token", "") == TOKEN]
first = renamed.__init__

def __init__(self, name, args, opts=None):
    alias = pulumi.ResourceOptions(aliases=[pulumi.Alias(name=name)])
    first(self, PREFIX + name if name == NAME else name, args, pulumi.ResourceOptions.merge(opts, alias if name == NAME else None))

renamed.__init__ = __init__
"""
"""Put before the program: one component gets another name, and its old one as alias, as a person would write it."""


class Impossible(Exception):
    """The stack cannot be changed so; the message says why."""


@dataclass(frozen=True)
class Ground:
    """What a change starts from."""

    project: Path
    stack: str
    plan: Plan

    @property
    def stack_file(self) -> Path:
        """The stack's file in the copy."""
        return self.project / "stacks" / f"Pulumi.{self.stack}.yaml"

    def catalogue(self, name: str) -> Mapping[str, Any]:
        """A table of facts."""
        return yaml.load((self.project / "components" / "catalog" / f"{name}.yaml").read_text(), Loader=yaml.CSafeLoader)[name]

    def region(self, **changes: Any) -> Mapping[Path, str]:
        """The stack file with other values under some keys of the region."""
        config: dict[str, Any] = yaml.load(self.stack_file.read_text(), Loader=yaml.CSafeLoader)
        config["config"][KEY] = {**config["config"][KEY], **changes}
        return {self.stack_file: json.dumps(config)}

    @property
    def values(self) -> dict[str, Any]:
        """The region as its file says it.

        Raises:
            Impossible: it is no region's stack.
        """
        config: dict[str, Any] = yaml.load(self.stack_file.read_text(), Loader=yaml.CSafeLoader)["config"]
        if KEY not in config:
            raise Impossible("the stack is no region's")
        return config[KEY]


Edit = Callable[[Ground], Mapping[Path, str]]
"""Files with their new text."""


def add_zone(ground: Ground) -> Mapping[Path, str]:
    values = ground.values
    row, used = ground.catalogue("regions")[values["region"]], values["network"]["zones"]
    free = [zone for zone in row["zones"] if zone not in used and zone not in row["eks_unsupported_zones"]]
    if not free:
        raise Impossible(f"{values['region']} has no zone beyond {', '.join(used)}")
    return ground.region(network={**values["network"], "zones": [*used, free[0]]})


def upgrade_cluster(ground: Ground) -> Mapping[Path, str]:
    cluster = ground.values["cluster"]
    major, minor = cluster["version"].split(".")
    wanted = f"{major}.{int(minor) + 1}"
    if wanted not in ground.catalogue("eks_versions"):
        raise Impossible(f"the catalogue has no EKS version {wanted}")
    return ground.region(cluster={**cluster, "version": wanted})


def rotate_image(ground: Ground) -> Mapping[Path, str]:
    path = ground.project / "components" / "catalog" / "eks_versions.yaml"
    text = path.read_text()
    date = re.search(r'ami_date: "(\d+)"', text)
    if date is None or "aws:eks/nodeGroup:NodeGroup" not in {resource.type for resource in ground.plan}:
        raise Impossible("no node boots an image that the catalogue pins")
    return {path: text.replace(date[1], str(int(date[1]) + 1))}


def grow_gpu_pool(ground: Ground) -> Mapping[Path, str]:
    pools = _pools(ground, "to grow")
    first = next(iter(pools))
    return ground.region(gpu_pools={**pools, first: {**pools[first], "max_nodes": pools[first].get("max_nodes", 8) + 1}})


def remove_middle_pool(ground: Ground) -> Mapping[Path, str]:
    pools = _pools(ground, "to remove")
    middle = list(pools)[len(pools) // 2]
    return ground.region(gpu_pools={name: pool for name, pool in pools.items() if name != middle})


def resize_store(ground: Ground) -> Mapping[Path, str]:
    data: dict[str, Any] = ground.values.get("data") or {}
    tidb: dict[str, Any] = data.get("tidb") or {}
    tikv: dict[str, Any] = tidb.get("tikv") or {}
    if not tikv:
        raise Impossible("the stack has no relational store")
    return ground.region(data={**data, "tidb": {**tidb, "tikv": {**tikv, "data_gib": round(tikv["data_gib"] * 1.2)}}})


def rename_component(ground: Ground) -> Mapping[Path, str]:
    component = next((each for each in ground.plan.components if each.type == "meridian:network:Endpoints"), None)
    if component is None:
        raise Impossible("the stack has no component of the kind that is renamed here")
    main = ground.project / "__main__.py"
    words = {"TOKEN": component.type, "NAME": component.name, "PREFIX": RENAMED}
    return {main: "".join(f"{key} = {value!r}\n" for key, value in words.items()) + LAUNCHER + main.read_text()}


def _pools(ground: Ground, purpose: str) -> Mapping[str, Any]:
    pools = cast("Mapping[str, Any]", ground.values.get("gpu_pools") or {})
    if not pools:
        raise Impossible(f"the stack has no GPU pool {purpose}")
    return pools


CHANGES: Mapping[str, Edit] = {
    "add a zone": add_zone,
    "upgrade EKS one minor": upgrade_cluster,
    "rotate an AMI": rotate_image,
    "grow a GPU pool": grow_gpu_pool,
    "resize a store": resize_store,
    "rename a component with aliases": rename_component,
    "remove the middle pool": remove_middle_pool,
}


def rehearse_change(engine: Engine, plan: Plan, name: str) -> ChangePlan:
    """What one of CHANGES would do to the stack as it is deployed."""
    ground = Ground(engine.project, engine.stack, plan)
    try:
        files = CHANGES[name](ground)
    except Impossible as why:
        return ChangePlan(name=name, impossible=str(why))
    with _written(files):
        return _change_plan(name, engine.preview().events)


@contextmanager
def _written(files: Mapping[Path, str]) -> Generator[None]:
    before = {path: path.read_text() for path in files}
    try:
        for path, text in files.items():
            path.write_text(text)
        yield
    finally:
        for path, text in before.items():
            path.write_text(text)


def _change_plan(name: str, events: Events) -> ChangePlan:
    replaced = events.urns("replace")
    gone = events.urns("delete")
    return ChangePlan(
        name=name,
        created=_short(events.urns("create")),
        updated=_short(events.urns("update")),
        replaced=_short(replaced),
        deleted=_short(gone),
        losses=_short(tuple(urn for urn in (*replaced, *gone) if _type(urn) in HOLDS_DATA)),
    )


def _type(urn: str) -> str:
    return urn.split("::")[2].rpartition("$")[2]


def _short(urns: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(f"{_type(urn)}::{urn.rpartition('::')[2]}" for urn in urns))
