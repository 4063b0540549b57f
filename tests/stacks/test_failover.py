"""What stack files say of failover together."""

from pathlib import Path

import pytest
import yaml

from stacks.failover import failover
from stacks.faults import WrongStackFile

STACKS = Path(__file__).parents[2] / "stacks"


def test_the_fleet_s_files_say_who_carries_what() -> None:
    found = failover(STACKS)
    assert len(found.capacity) == 10
    assert found.capacity["us-east-1"] == 15_000
    assert found.stacks["eu-west-1"] == "eu-west-1"
    assert found.demand["uk"] == 3_000
    assert found.monitor.detection_seconds == 45


def test_without_a_global_stack_there_is_no_demand(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.eu-west-1.yaml").write_text((STACKS / "Pulumi.eu-west-1.yaml").read_text())
    found = failover(tmp_path)
    assert (dict(found.demand), dict(found.capacity)) == ({}, {"eu-west-1": 12_000})


def test_steering_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    config = {"config": {"meridian:global": {"steering": {"hostname": "api.example.com", "demand": {"uk": -1}}}}}
    (tmp_path / "Pulumi.global.yaml").write_text(yaml.safe_dump(config))
    with pytest.raises(WrongStackFile, match=r"steering\.demand\.uk"):
        failover(tmp_path)
