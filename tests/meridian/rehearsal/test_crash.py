"""The way back after a kill, as far as it needs no CLI: what is cut off in a folder's state, and what is lost."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from meridian.engine import states
from meridian.engine.pulumi import Engine
from meridian.engine.world import World
from meridian.plan import Mode, Plan
from meridian.rehearsal.crash import lost, recover

VPC, VPC_TYPE = "urn:pulumi:s::p::aws:ec2/vpc:Vpc::network", "aws:ec2/vpc:Vpc"
SUBNET = "urn:pulumi:s::p::aws:ec2/subnet:Subnet::a"


@dataclass
class Cut:
    """An engine over a state in a folder, that notes what it is asked."""

    state_file: Path
    pending: tuple[str, ...] = ()
    world: World = field(default_factory=World)
    asked: list[object] = field(default_factory=list[object])

    def run(self, *arguments: str) -> str:
        self.asked.append(arguments)
        return ""

    def pending_creations(self) -> tuple[str, ...]:
        return self.pending

    def settle_creations(self, made: dict[str, str]) -> None:
        self.asked.append(made)

    def refresh(self) -> None:
        self.asked.append("refresh")

    def deployed(self) -> Plan:
        rows = [{"urn": VPC, "type": VPC_TYPE, "custom": True, "id": "vpc-1"}]
        return states.plan(rows, project="p", stack="s", mode=Mode.UPDATE)


def cut(folder: Path, *pending: str, **files: str) -> Cut:
    for name, text in {"dev.json": "{}", "dev.json.attrs": "{}", "dev.json.bak": '{"kept": 1}', **files}.items():
        (folder / name).write_text(text)
    return Cut(folder / "dev.json", pending)


def test_a_whole_state_is_left_alone(tmp_path: Path) -> None:
    engine = cut(tmp_path)
    assert recover(cast("Engine", engine)) == ((), 0, False)
    assert engine.asked == [("cancel", "--yes")]
    assert engine.state_file.read_text() == "{}"


def test_half_a_state_comes_back_from_its_backup_without_the_other_ones_checksum(tmp_path: Path) -> None:
    engine = cut(tmp_path, **{"dev.json": '{"resour'})
    assert recover(cast("Engine", engine))[2] is True
    assert engine.state_file.read_text() == '{"kept": 1}'
    assert not (tmp_path / "dev.json.attrs").exists()


def test_an_empty_checksum_goes_alone(tmp_path: Path) -> None:
    engine = cut(tmp_path, **{"dev.json.attrs": ""})
    assert recover(cast("Engine", engine))[2] is True
    assert engine.state_file.read_text() == "{}"
    assert not (tmp_path / "dev.json.attrs").exists()


def test_what_was_under_way_is_looked_for_before_the_refresh(tmp_path: Path) -> None:
    engine = cut(tmp_path, VPC, SUBNET)
    made = engine.world.created(VPC_TYPE, VPC, {}, {})
    assert recover(cast("Engine", engine)) == ((VPC, SUBNET), 1, False)
    assert engine.asked == [("cancel", "--yes"), {VPC: made.id}, "refresh"]


def test_lost_is_what_exists_under_an_id_that_no_state_knows(tmp_path: Path) -> None:
    engine = cut(tmp_path)
    made = engine.world.created(VPC_TYPE, VPC, {}, {})
    assert [each.id for each in lost(cast("Engine", engine))] == [made.id]
