"""Room: what runs on a pool of nodes must still find room on it when a zone is lost."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from components import catalog
from components.catalog.pods import allocatable
from components.catalog.quantities import quantity
from policies.core import kinds, tokens
from policies.core.example import Draft, Example, example, resource
from policies.core.facts import node_groups, workloads
from policies.core.resource import Resource, Stack
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Properties, Severity, Undecided

_MOVING = (*kinds.DEPLOYMENT, *kinds.REPLICA_SET, *kinds.REPLICATION_CONTROLLER, *kinds.ROLLOUT)
"""Kinds whose pods start again anywhere; those with volumes of their own wait for their zone."""
_AMOUNTS = ("cpu", "memory")


def _pool(minimum: int) -> Draft:
    """Nodes of 3.92 vCPU and 13.8 GiB for pods, as many as that, over three zones."""
    inputs = {
        "clusterName": "blue",
        "subnetIds": ["${a.id}", "${b.id}", "${c.id}"],
        "instanceTypes": ["m7i.xlarge"],
        "labels": {"node-group": "web"},
        "scalingConfig": {"minSize": minimum},
    }
    return resource(tokens.EKS_NODE_GROUP, inputs)


def _web(replicas: int, cpu: str = "1", memory: str = "1Gi", pool: str = "web") -> Draft:
    container = {"name": "web", "resources": {"requests": {"cpu": cpu, "memory": memory}}}
    spec = {"replicas": replicas, "template": {"spec": {"nodeSelector": {"node-group": pool}, "containers": [container]}}}
    return resource(kinds.DEPLOYMENT[0], {"spec": spec})


def _on(pool: Draft, **workloads: Draft) -> Example:
    subnets = {name: resource(tokens.SUBNET, {"availabilityZoneId": f"euw1-az{zone}"}) for zone, name in enumerate("abc", 1)}
    return example(pool, **subnets, **workloads)


@rule(
    "rel-03",
    on=(tokens.EKS_NODE_GROUP,),
    scope=Scope.STACK,
    severity=Severity.HIGH,
    why="Pods of a lost zone start again in the others at once, and new nodes are hardest to get in that hour: everybody asks for them.",
    fix="Raise scaling_config.min_size or take larger instance types, until the zones that are left hold all that chooses the pool.",
    controls=("soc2:A1.2",),
    bad=(
        _on(_pool(3), web=_web(8)),
        _on(_pool(3), web=_web(4, "100m", "7Gi")),
        _on(_pool(3), web=_web(4), api=_web(4)),
        _on(_pool(1), web=_web(1, "100m")),
    ),
    good=(
        _on(_pool(3), web=_web(7)),
        _on(_pool(3), web=_web(2, "100m", "7Gi")),
        _on(_pool(3), web=_web(50, pool="other")),
        _on(_pool(0), web=_web(8)),
        _on(_pool(3)),
    ),
)
def what_moves_has_room(nodes: Subject) -> Iterator[str]:
    stack, group = nodes.stack, nodes.resource
    if node_groups.is_pinned(stack, group):
        return
    pool = node_groups.pool(stack, group)
    by_zone = sum((_by_zone(stack, each) for each in pool), Counter[str]())
    if not by_zone:  # empty until something asks for it: its room is Karpenter's or the autoscaler's
        return
    lost = max(by_zone, key=lambda zone: (by_zone[zone], zone))
    left, room = by_zone.total() - by_zone[lost], _room(group)
    asked = _asked(stack, group)
    for key in _AMOUNTS:
        if asked[key] > left * room[key]:
            unit = 1000 if key == "cpu" else 2**30
            name = "vCPU" if key == "cpu" else "GiB"
            yield f"without {lost} {left} nodes hold {left * room[key] / unit:.1f} {name}, {asked[key] / unit:.1f} are asked for"


def _by_zone(stack: Stack, group: Resource) -> Counter[str]:
    """Nodes of the group's minimum by zone, as Auto Scaling spreads them."""
    zones = sorted(node_groups.zones_of(stack, group))
    (minimum,) = node_groups.minimum_sizes((group,))
    return Counter(zones[number % len(zones)] for number in range(int(minimum)))


def _room(group: Resource) -> dict[str, int]:
    """What one node holds: the least of its instance types."""
    known = catalog.instance_types()
    names = tuple(group.properties.texts("instanceTypes"))
    if not names or any(name not in known for name in names):
        raise Undecided(f"{group.name}.instanceTypes (not in the catalogue)")
    return {key: min(allocatable(known[name])[key] for name in names) for key in _AMOUNTS}


def _asked(stack: Stack, group: Resource) -> Counter[str]:
    """Requests of all pods that choose the pool by its labels."""
    labels, asked = {**group.properties.section("labels")}, Counter[str]()
    for workload in stack.of_type(*_MOVING):
        for spec in workloads.pod_specs(workload):
            selector = {**spec.section("nodeSelector")}
            if selector and all(labels.get(key) == value for key, value in selector.items()):
                for key, amount in _requests(spec).items():
                    asked[key] += int(amount * workloads.replicas(workload))
    return asked


def _requests(spec: Properties) -> dict[str, int]:
    told: list[Any] = [container.section("resources").section("requests") for container in spec.sections("containers")]
    return {key: sum(quantity(each.get(key, "0"), thousandths=key == "cpu") for each in told) for key in _AMOUNTS}
