"""The embedded engine against the real one, a stack of each kind (tests/engine/selected.py). Needs the Pulumi CLI on PATH."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

import pytest

from meridian.analysis.verdicts import verdicts
from meridian.engine import references
from meridian.engine.command import Command, NoEngine
from meridian.engine.pulumi import engine
from meridian.engine.standin import AUTONAME
from meridian.engine.states import SECRET
from meridian.plan import Mode, Plan, Planned
from policies.core.settings import Settings
from policies.core.verdict import UNKNOWN, Verdict
from tests.engine.selected import PROJECT, ROOT, selected

pytestmark = pytest.mark.engine


class Both(NamedTuple):
    embedded: Plan
    real: Plan


@pytest.fixture(scope="module", params=selected())
def both(request: pytest.FixtureRequest) -> Iterator[Both]:
    try:
        Command.found()
    except NoEngine as error:
        pytest.skip(str(error))
    referenced = {name: PROJECT.plan(name, Mode.UPDATE) for name in PROJECT.references(request.param)}
    with engine(ROOT, request.param, referenced=referenced) as found:
        yield Both(PROJECT.plan(found.stack, referenced=referenced), found.preview().plan)


def known(resource: Planned) -> dict[str, Any]:
    """What both engines say of a resource; an empty list of dependencies and none are the same."""
    return {
        "type": resource.type,
        "parent": resource.parent,
        "provider": "" if resource.type == references.TOKEN else resource.provider,  # the real engine reads them through one of its own
        "dependencies": resource.dependencies,
        "property dependencies": {key: urns for key, urns in resource.property_dependencies.items() if urns},
        "protect": resource.options.protect,
        "retain on delete": resource.options.retain_on_delete,
        "ignore changes": resource.options.ignore_changes,
    }


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, below in value.items():
            yield from leaves(below, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for at, below in enumerate(value):
            yield from leaves(below, f"{path}[{at}]")
    else:
        yield path, value


MISSING = "left out"
NAMED = AUTONAME.format(name="", hex7="")

Excuse = Callable[[Planned, str, Any, Any], bool]


def names_itself(resource: Planned, path: str, embedded: Any, real: Any) -> bool:
    return embedded == MISSING and path in {"name", "nodeGroupName", "metadata.name"} and str(real).startswith(resource.name + NAMED)


def knows_a_name(resource: Planned, path: str, embedded: Any, real: Any) -> bool:
    return embedded == UNKNOWN and real != UNKNOWN and bool(resource.property_dependencies.get(path.partition(".")[0].partition("[")[0]))


def hides_a_secret(resource: Planned, path: str, embedded: Any, real: Any) -> bool:
    return real == SECRET


EXCUSES: Mapping[Excuse, str] = {
    names_itself: "a provider's Check gives the physical name that the program left out; the embedded Plan holds what the program said",
    hides_a_secret: "the CLI prints no secret; the embedded Plan holds stand-ins, marked as secret",
    knows_a_name: "so that name is known in the real preview wherever it is used, and unknown in the embedded one",
}
"""Every way in which the two may differ, with its reason. A third one fails, and so does one that no longer occurs."""


def differences(both: Both) -> Iterator[tuple[Planned, str, Any, Any]]:
    for resource in both.embedded:
        ours, theirs = dict(leaves(resource.inputs)), dict(leaves(both.real.by_urn[resource.urn].inputs))
        for path in sorted({*ours, *theirs}):
            if (embedded := ours.get(path, MISSING)) != (real := theirs.get(path, MISSING)):
                yield resource, path, embedded, real


def test_the_same_resources_with_the_same_place_and_options(both: Both) -> None:
    assert {each.urn: known(each) for each in both.real} == {each.urn: known(each) for each in both.embedded}


def test_inputs_differ_by_names_that_providers_give_and_by_nothing_else(both: Both) -> None:
    found = [(each.urn, path, embedded, real, reasons) for each, path, embedded, real in differences(both)
             for reasons in [[excuse for excuse in EXCUSES if excuse(each, path, embedded, real)]]]  # fmt: skip
    assert [row for row in found if len(row[-1]) != 1] == []
    if both.embedded.of_type("aws:iam/role:Role"):
        assert {excuse for row in found for excuse in row[-1]} >= {names_itself, knows_a_name}
    if both.embedded.stack == "global":
        assert hides_a_secret in {excuse for row in found for excuse in row[-1]}


def test_policies_judge_both_alike(both: Both) -> None:
    """A name that is known may decide what was undecided, a secret that is hidden what needs it; neither may turn anything else."""
    hidden = {resource.urn for resource in both.real if resource.secret}
    judged = [
        {(each.rule, each.urn, each.message): each.verdict for each in found.judgements if each.urn not in hidden}
        for found in (verdicts(plan, waivers=(), today=date(2026, 11, 20), settings=Settings()) for plan in both)
    ]
    embedded, real = ({key: value for key, value in each.items() if value is not Verdict.UNDECIDED} for each in judged)
    assert real.items() >= embedded.items()
    assert [key for key, verdict in real.items() if verdict is Verdict.FAIL] == [
        key for key, verdict in embedded.items() if verdict is Verdict.FAIL
    ]
