"""A roll-out over pretended engines: order, journal, every gate shut once, resumption; and once over the real CLI with stand-in clouds."""

import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from meridian.analysis.waves import Wave, waves
from meridian.engine import pulumi
from meridian.engine.command import NoEngine
from meridian.engine.world import Operation, Trouble, World
from meridian.plan import Diagnostic, Level, Mode, Plan, Planned
from meridian.preview import judged
from meridian.rollout.journal import Intent, Journal, JournalRefused
from meridian.rollout.members import groups, members
from meridian.rollout.run import Rollout, Stop, fingerprint, roll_out
from tests.meridian.rollout.small import ORDER, Clouds, written


@pytest.fixture(scope="module")
def plans(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Plan]:
    project = written(tmp_path_factory.mktemp("small"))
    return {stack: project.plan(stack, Mode.UPDATE) for stack in ORDER}


TODAY = date(2026, 11, 20)
WAVES = [Wave(name=stack, stacks=(stack,)) for stack in ORDER]
PRINTS = {stack: f"print of {stack}" for stack in ORDER}
INTENT = Intent(project="small", waves=WAVES, plans=PRINTS)


def rolled(clouds: Clouds, journal: Journal, judge: Any = lambda plan: None) -> Stop | None:
    rollout = Rollout(waves=[wave.stacks for wave in WAVES], plans=clouds.plans, live=clouds.live, judge=judge)
    with closing(journal):
        return roll_out(rollout, PRINTS, journal)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_every_stack_has_its_turn_and_the_journal_tells_all(plans: Mapping[str, Plan], tmp_path: Path) -> None:
    clouds, path = Clouds(plans), tmp_path / "journal"
    assert rolled(clouds, Journal.begun(path, INTENT)) is None
    assert clouds.told == [f"{stack} {done}" for stack in ORDER for done in ("preview", "up", "preview")]
    first, *told = lines(path)
    assert first["plans"] == PRINTS
    assert first["waves"] == [{"name": stack, "stacks": [stack]} for stack in ORDER]
    turn = ["started", "passed preview", "passed policies", "updated", "passed settled", "passed health", "finished"]
    assert [" ".join(filter(None, (line["event"], line.get("gate")))) for line in told] == turn * len(ORDER)
    assert [line["plan"] for line in told if line["event"] == "finished"] == [PRINTS[stack] for stack in ORDER]
    assert next(line["changes"] for line in told if line["event"] == "updated") == {"create": 1}
    assert all(line["who"] and line["when"].endswith("+00:00") for line in lines(path))


def without_output(plan: Plan) -> Plan:
    return replace(plan, outputs={**plan.outputs, "edge": {"region": "eu-central-1", "cidrBlock": ""}})


def with_cluster(plan: Plan, status: str) -> Plan:
    cluster: Planned = replace(plan["network"], type="aws:eks/cluster:Cluster", outputs={"status": status})
    return replace(plan, resources=(*plan.resources, cluster))


TROUBLES: Mapping[str, tuple[Any, str, str, bool]] = {
    "an interrupted update": (lambda plan: {"interrupted": True}, "preview", "an earlier update was interrupted", False),
    "an error in the preview": (
        lambda plan: {"diagnostics": (Diagnostic(level=Level.ERROR, message="no such zone"),)},
        "preview",
        "the program: no such zone",
        False,
    ),
    "a failed update": (lambda plan: {"update": True}, "update", "limit exceeded", True),
    "a change that never ends": (lambda plan: {"unsettled": True}, "settled", "1 to update again, network", True),
    "an output that is missing": (lambda plan: {"deployed": without_output(plan)}, "health", "output edge.cidrBlock: is missing", True),
    "a cluster that is not well": (
        lambda plan: {"deployed": with_cluster(plan, "FAILED")},
        "health",
        "aws:eks/cluster:Cluster network: status is FAILED, not ACTIVE",
        True,
    ),
}


@pytest.mark.parametrize("name", TROUBLES)
def test_a_shut_gate_stops_everything_after_it(name: str, plans: Mapping[str, Plan], tmp_path: Path) -> None:
    trouble, gate, line, updated = TROUBLES[name]
    clouds, path = Clouds(plans, {"eu-central-1": trouble(plans["eu-central-1"])}), tmp_path / "journal"
    stop = rolled(clouds, Journal.begun(path, INTENT))
    assert stop is not None
    assert (stop.stack, stop.gate) == ("eu-central-1", gate)
    assert line in stop.faults[0]
    assert ("eu-central-1 up" in clouds.told) is updated
    assert not [said for said in clouds.told if said.startswith("eu-west-1")]
    last = lines(path)[-1]
    assert (last["event"], last["stack"], last["gate"], last["faults"]) == ("stopped", "eu-central-1", gate, list(stop.faults))


def test_a_well_cluster_passes(plans: Mapping[str, Plan], tmp_path: Path) -> None:
    clouds = Clouds(plans, {stack: {"deployed": with_cluster(plans[stack], "ACTIVE")} for stack in ORDER})
    assert rolled(clouds, Journal.begun(tmp_path / "journal", INTENT)) is None


def test_a_finding_of_a_policy_stops_before_the_update(plans: Mapping[str, Plan], tmp_path: Path) -> None:
    class Found:
        """Verdicts with one finding."""

        blocking = (type("Finding", (), {"rule": "sec-01", "urn": "urn:network", "message": "open to all"})(),)

    clouds = Clouds(plans)
    stop = rolled(clouds, Journal.begun(tmp_path / "journal", INTENT), judge=lambda plan: Found())
    assert stop == Stop("staging", "policies", ("sec-01: urn:network: open to all",))
    assert clouds.told == ["staging preview"]


def test_resumed_where_it_stopped(plans: Mapping[str, Plan], tmp_path: Path) -> None:
    clouds, path = Clouds(plans, {"eu-central-1": {"update": True}}), tmp_path / "journal"
    assert rolled(clouds, Journal.begun(path, INTENT)) is not None
    mended = Clouds(plans)
    assert rolled(mended, Journal.resumed(path, INTENT)) is None
    assert mended.told[0] == "eu-central-1 preview"
    assert not [said for said in mended.told if said.startswith("staging")]
    assert [line["stack"] for line in lines(path) if line.get("event") == "finished"] == list(ORDER)
    nothing_left = Clouds(plans)
    assert rolled(nothing_left, Journal.resumed(path, INTENT)) is None
    assert nothing_left.told == []


def test_a_killed_process_loses_no_line_and_a_torn_one_does_not_count(plans: Mapping[str, Plan], tmp_path: Path) -> None:
    path = tmp_path / "journal"
    rolled(Clouds(plans, {"eu-west-1": {"update": True}}), Journal.begun(path, INTENT))
    path.write_text(path.read_text() + '{"event": "finished", "stack": "eu-west-1", "pl')
    again = Clouds(plans)
    assert rolled(again, Journal.resumed(path, INTENT)) is None
    assert again.told == [f"eu-west-1 {done}" for done in ("preview", "up", "preview")]
    assert len(lines(path)) > 0  # every line is whole


def changed(**plans: str) -> Intent:
    return replace(INTENT, plans={**PRINTS, **plans})


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (changed(**{"eu-west-1": "other"}), "eu-west-1: its Plan has changed since the roll-out began: go back"),
        (replace(INTENT, plans={"staging": PRINTS["staging"]}), "began with other stacks, differing in eu-central-1, eu-west-1"),
        (replace(INTENT, waves=list(reversed(WAVES))), "the order of the waves has changed"),
        (replace(INTENT, project="other"), "is the journal of project 'small', this one is 'other'"),
    ],
)
def test_a_resumed_roll_out_of_something_else_is_refused(now: Intent, said: str, tmp_path: Path) -> None:
    path = tmp_path / "journal"
    Journal.begun(path, INTENT).close()
    before = path.read_text()
    with pytest.raises(JournalRefused, match=said.replace("(", r"\(")):
        Journal.resumed(path, now)
    assert path.read_text() == before


def test_each_changed_plan_has_its_line(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    Journal.begun(path, INTENT).close()
    with pytest.raises(JournalRefused) as error:
        Journal.resumed(path, changed(staging="x", **{"eu-west-1": "y"}))
    assert sorted(line.partition(":")[0] for line in str(error.value).splitlines()) == ["eu-west-1", "staging"]


def test_a_journal_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    with pytest.raises(JournalRefused, match="no such journal"):
        Journal.resumed(path, INTENT)
    with closing(Journal.begun(path, INTENT)), pytest.raises(JournalRefused, match="another process rolls out with it"):
        Journal.resumed(path, INTENT)
    with pytest.raises(JournalRefused, match="holds a roll-out already: take it up with --resume"):
        Journal.begun(path, INTENT)
    with pytest.raises(JournalRefused, match="No such file or directory"):
        Journal.begun(tmp_path / "missing" / "journal", INTENT)
    (tmp_path / "text").write_text("no journal\n")
    with pytest.raises(JournalRefused, match="is no journal"):
        Journal.resumed(tmp_path / "text", INTENT)


def test_the_fingerprint_follows_the_plan_and_not_the_lines_of_the_program(tmp_path: Path) -> None:
    def printed() -> str:
        return fingerprint(judged(lambda: project.plan("eu-west-1"), with_policies=False, today=TODAY))

    project = written(tmp_path)
    first = printed()
    main = tmp_path / "__main__.py"
    main.write_text("\n\n" + main.read_text())
    assert printed() == first
    written(tmp_path, **{"small:block": "10.1.0.0/16"})
    assert printed() != first


@pytest.mark.engine
def test_the_real_engine_over_stand_in_clouds(tmp_path: Path) -> None:
    """Frankfurt's cloud refuses once: Ireland is not touched; resumed, the rest is made, and nothing of staging again."""
    project = written(tmp_path)
    ordered = waves(members(project), groups())
    assert [wave.stacks for wave in ordered] == [(stack,) for stack in ORDER]
    planned = {stack: judged(lambda stack=stack: project.plan(stack), with_policies=False, today=TODAY) for stack in ORDER}
    prints = {stack: fingerprint(preview) for stack, preview in planned.items()}
    intent = Intent(project="small", waves=ordered, plans=prints)
    worlds = {stack: World() for stack in ORDER}
    worlds["eu-central-1"].troubles = (Trouble(operation=Operation.CREATE, name="network", message="stand-in: limit exceeded"),)
    rollout = Rollout(
        waves=[wave.stacks for wave in ordered],
        plans={stack: preview.plan for stack, preview in planned.items()},
        live=lambda stack: pulumi.engine(tmp_path, stack, worlds[stack]),
        judge=lambda plan: None,
    )
    path = tmp_path / "rollout.jsonl"
    try:
        with closing(Journal.begun(path, intent)) as journal:
            stop = roll_out(rollout, prints, journal)
    except NoEngine as error:
        pytest.skip(str(error))
    assert stop is not None
    assert (stop.stack, stop.gate) == ("eu-central-1", "update")
    assert "limit exceeded" in "\n".join(stop.faults)
    assert [len(worlds[stack].existing) for stack in ORDER] == [1, 0, 0]
    worlds["eu-central-1"].troubles = ()
    with closing(Journal.resumed(path, intent)) as journal:
        assert roll_out(rollout, prints, journal) is None
    assert [len(worlds[stack].existing) for stack in ORDER] == [1, 1, 1]
    assert [len(worlds[stack].done(Operation.CREATE)) for stack in ORDER] == [1, 1, 1]
