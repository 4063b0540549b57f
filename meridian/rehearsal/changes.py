"""What a change would do to a stack as it is deployed: one preview of the real engine each."""

from collections.abc import Collection, Generator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from meridian.engine.events import Events
from meridian.engine.provider import token_of
from meridian.engine.pulumi import Engine
from meridian.plan import Plan
from meridian.rehearsal.edits import CHANGES, Ground, Impossible
from meridian.rehearsal.record import ChangePlan
from policies.core import tokens
from policies.reliability.stateful_rules import STATEFUL

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


def rehearse_change(engine: Engine, plan: Plan, name: str) -> ChangePlan:
    """What one of CHANGES would do to the stack as it is deployed."""
    try:
        edit = CHANGES[name](Ground(engine.project, engine.stack, plan))
    except Impossible as why:
        return ChangePlan(name=name, impossible=str(why))
    with _written(edit.files):
        return replace(change_plan(name, plan, engine.preview().events, edit.removes), keeps=edit.keeps)


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


def change_plan(name: str, plan: Plan, events: Events, removes: Collection[str] = ()) -> ChangePlan:
    """The steps of a preview, sorted by what they mean; `removes` are the names whose deletion, with all below them, was asked for."""
    replaced, deleted = events.urns("replace"), events.urns("delete")
    held = [urn for urn in deleted if token_of(urn) in HOLDS_DATA]
    meant = {urn for urn in held if _within(plan, urn, removes)}
    return ChangePlan(
        name=name,
        created=_short(events.urns("create")),
        updated=_short(events.urns("update")),
        replaced=_short(replaced),
        deleted=_short(deleted),
        given_up=_short(meant),
        losses=_short([*(urn for urn in replaced if token_of(urn) in HOLDS_DATA), *(urn for urn in held if urn not in meant)]),
    )


def _within(plan: Plan, urn: str, names: Collection[str]) -> bool:
    """Whether the resource, or a component around it, has one of these names."""
    resource = plan.by_urn.get(urn)
    return resource is not None and (resource.name in names or _within(plan, resource.parent, names))


def _short(urns: Collection[str]) -> tuple[str, ...]:
    return tuple(sorted(f"{token_of(urn)}::{urn.rpartition('::')[2]}" for urn in urns))
