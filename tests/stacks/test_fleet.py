"""The production stack files together: what the requirements say of the ten regions, and what one needs of another."""

from pathlib import Path

import pytest

from components import catalog
from stacks.neighbours import Neighbour, fleet, neighbours, references, stack_files
from stacks.profile import Profile, Role, Service

STACKS = Path(__file__).parents[2] / "stacks"
FLEET = fleet(STACKS)

REQUIRED = {
    "ap-east-1": ("APAC", Role.PRIMARY, 10000),
    "ap-southeast-1": ("APAC", Role.SECONDARY, 8000),
    "ap-northeast-1": ("APAC", Role.SECONDARY, None),
    "ap-south-1": ("APAC", Role.SECONDARY, None),
    "eu-west-1": ("EMEA", Role.PRIMARY, 12000),
    "eu-central-1": ("EMEA", Role.SECONDARY, None),
    "eu-west-2": ("EMEA", Role.SECONDARY, None),
    "us-east-1": ("NA", Role.PRIMARY, 15000),
    "us-west-2": ("NA", Role.SECONDARY, None),
    "ca-central-1": ("NA", Role.SECONDARY, None),
}
"""Requirements S-001 to S-010 and S-188 to S-191: area, role, capacity where it is given."""


def test_the_fleet_is_the_ten_regions_of_the_requirements() -> None:
    assert set(FLEET) == set(REQUIRED)
    for stack, (area, role, sessions) in REQUIRED.items():
        assert (catalog.region(stack).area, FLEET[stack].role) == (area, role)
        assert sessions is None or FLEET[stack].capacity_sessions == sessions


def test_profiles_are_those_required_but_for_partners_of_primaries() -> None:
    """S-012: all, compute + storage + cdn, compute + storage. Frankfurt and Oregon carry a primary and so offer all of it (C-36)."""
    of = {profile: {stack for stack, region in FLEET.items() if region.profile == profile} for profile in Profile}
    assert of[Profile.ALL] == {"ap-east-1", "eu-west-1", "us-east-1"} | {"eu-central-1", "us-west-2"}
    assert of[Profile.COMPUTE_STORAGE_CDN] == {"ap-southeast-1"}
    assert of[Profile.COMPUTE_STORAGE] == {"ap-northeast-1", "ap-south-1", "eu-west-2", "ca-central-1"}


def test_partners_are_mutual_and_sized_alike() -> None:
    pairs = {stack: region.partner for stack, region in FLEET.items() if region.partner}
    assert pairs == {"eu-west-1": "eu-central-1", "eu-central-1": "eu-west-1", "us-east-1": "us-west-2", "us-west-2": "us-east-1"}
    for stack, partner in pairs.items():
        assert FLEET[stack].capacity_sessions == FLEET[partner].capacity_sessions


@pytest.mark.parametrize("stack", sorted(set(stack_files(STACKS)) - {"global"}))
def test_a_regions_file_stays_short(stack: str) -> None:
    assert len(stack_files(STACKS)[stack].read_text().splitlines()) < 60


def test_only_a_global_stack_reads_others(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.b.yaml").write_text("config:\n  meridian:region: {index: 1, region: eu-west-1}\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  meridian:region: {index: 2, environment: development}\n")
    (tmp_path / "Pulumi.world.yaml").write_text("config:\n  meridian:global: {}\n")
    assert references("world", tmp_path) == ("b",)
    assert references("b", tmp_path) == references("nowhere", tmp_path) == ()


def test_what_is_wrong_in_another_file_counts_as_not_said(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.a.yaml").write_text("config:\n  meridian:region: {index: 1, region: [eu], profile: everything, network: none}\n")
    (tmp_path / "Pulumi.b.yaml").write_text("config:\n  meridian:region: {index: one}\n")
    (tmp_path / "Pulumi.c.yaml").write_text("- config\n")
    assert neighbours("self", tmp_path) == {"a": Neighbour(index=1, profile="everything")}
    assert neighbours("self", tmp_path)["a"].services == frozenset()


def test_every_profile_holds_compute() -> None:
    assert all(Service.COMPUTE in profile.services for profile in Profile)
