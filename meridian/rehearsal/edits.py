"""The changes every region sees one day, as edits of a copy of the project."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml

from meridian.plan import Plan
from policies.core import tokens

KEY = "meridian:region"
RELATIONAL = "kubernetes:pingcap.com/v1alpha1:TidbCluster"
PREFIX = "renamed-"
RENAMED: Mapping[str, str] = {"meridian:network:Endpoints": "stacks.region", "meridian:edge:Redirects": "stacks.global_"}
"""Component that is renamed -> module of the program that makes it."""
LAUNCHER = """
import importlib
from components.base import Component

importlib.import_module(PROGRAM)

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
        return _read(self.project / "components" / "catalog" / f"{name}.yaml")[name]

    def region(self, **changes: Any) -> Mapping[Path, str]:
        """The stack file with other values under some keys of the region."""
        document = _read(self.stack_file)
        document["config"][KEY] = {**document["config"][KEY], **changes}
        return {self.stack_file: json.dumps(document)}

    @property
    def values(self) -> dict[str, Any]:
        """The region as its file says it.

        Raises:
            Impossible: it is no region's stack.
        """
        config = _config(self.stack_file)
        if KEY not in config:
            raise Impossible("the stack is no region's")
        return config[KEY]

    @property
    def regions(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """All stacks of regions with what their files say, sorted by name."""
        for path in sorted(self.stack_file.parent.glob("Pulumi.*.yaml")):
            config = _config(path)
            if KEY in config:
                yield path.name.removeprefix("Pulumi.").removesuffix(".yaml"), config[KEY]

    def free_zones(self, values: Mapping[str, Any]) -> list[str]:
        """Zones of a region that can hold a cluster and that its stack does not use."""
        row = self.catalogue("regions")[values["region"]]
        return [zone for zone in row["zones"] if zone not in values["network"]["zones"] and zone not in row["eks_unsupported_zones"]]


@dataclass(frozen=True, kw_only=True)
class Edit:
    """Files with their new text, and what is meant to go with them."""

    files: Mapping[Path, str]
    keeps: bool = False
    """Whether it is right that nothing is to do, as after a rename with aliases."""
    removes: tuple[str, ...] = ()
    """Logical names of the components, or single resources, whose deletion is what was asked for."""


def _read(path: Path) -> dict[str, Any]:
    return yaml.load(path.read_text(), Loader=yaml.CSafeLoader)


def _config(path: Path) -> dict[str, Any]:
    return _read(path).get("config") or {}


def add_zone(ground: Ground) -> Edit:
    """One more zone, where the region has one."""
    values = ground.values
    network, free = values["network"], ground.free_zones(values)
    if not free:
        elsewhere = [stack for stack, others in ground.regions if ground.free_zones(others)]
        raise Impossible(f"{values['region']} has no zone beyond {', '.join(network['zones'])}; rehearse {' or '.join(elsewhere)} for it")
    return Edit(files=ground.region(network={**network, "zones": [*network["zones"], free[0]]}))


def upgrade_cluster(ground: Ground) -> Edit:
    """The next minor version of Kubernetes."""
    cluster = ground.values["cluster"]
    major, minor = cluster["version"].split(".")
    wanted = f"{major}.{int(minor) + 1}"
    if wanted not in ground.catalogue("eks_versions"):
        raise Impossible(f"the catalogue has no EKS version {wanted}")
    return Edit(files=ground.region(cluster={**cluster, "version": wanted}))


def rotate_image(ground: Ground) -> Edit:
    """Images of nodes built a day later; none of them need exist, the stand-in does not ask."""
    if not ground.plan.of_type(tokens.EKS_NODE_GROUP):
        raise Impossible("the stack has no nodes")
    path = ground.project / "components" / "catalog" / "eks_versions.yaml"
    text = path.read_text()
    date = re.search(r'ami_date: "(\d+)"', text)
    if date is None:
        raise Impossible("the catalogue pins no image of nodes")
    return Edit(files={path: text.replace(date[1], str(int(date[1]) + 1))})


def grow_gpu_pool(ground: Ground) -> Edit:
    """One node more in the first pool."""
    pools = _pools(ground, "to grow")
    first = next(iter(pools))
    return Edit(files=ground.region(gpu_pools={**pools, first: {**pools[first], "max_nodes": pools[first].get("max_nodes", 8) + 1}}))


def remove_middle_pool(ground: Ground) -> Edit:
    """The pool in the middle of the file goes: the others keep what they have, as nothing is numbered."""
    pools = _pools(ground, "to remove")
    middle = list(pools)[len(pools) // 2]
    return Edit(files=ground.region(gpu_pools={name: pool for name, pool in pools.items() if name != middle}), removes=(middle,))


def resize_store(ground: Ground) -> Edit:
    """A fifth more disk for each node of the relational store."""
    clusters = ground.plan.of_type(RELATIONAL)
    if not clusters:
        raise Impossible("the stack has no relational store")
    data = ground.values["data"]
    gib = int(clusters[0].inputs["spec"]["tikv"]["requests"]["storage"].removesuffix("Gi"))
    return Edit(files=ground.region(data={**data, "tidb": {**data["tidb"], "tikv": {**data["tidb"]["tikv"], "store_gib": gib * 6 // 5}}}))


def rename_component(ground: Ground) -> Edit:
    """Another name for a component that has others below it."""
    component = next((each for each in ground.plan.components if each.type in RENAMED), None)
    if component is None:
        raise Impossible("the stack has no component of the kind that is renamed here")
    main = ground.project / "__main__.py"
    words = {"TOKEN": component.type, "PROGRAM": RENAMED[component.type], "NAME": component.name, "PREFIX": PREFIX}
    return Edit(files={main: "".join(f"{key} = {value!r}\n" for key, value in words.items()) + LAUNCHER + main.read_text()}, keeps=True)


def _pools(ground: Ground, purpose: str) -> Mapping[str, Any]:
    pools = cast("Mapping[str, Any]", ground.values.get("gpu_pools") or {})
    if not pools:
        raise Impossible(f"the stack has no GPU pool {purpose}")
    return pools


CHANGES: Mapping[str, Callable[[Ground], Edit]] = {
    "add a zone": add_zone,
    "upgrade EKS one minor": upgrade_cluster,
    "rotate an AMI": rotate_image,
    "grow a GPU pool": grow_gpu_pool,
    "resize a store": resize_store,
    "rename a component with aliases": rename_component,
    "remove the middle pool": remove_middle_pool,
}
