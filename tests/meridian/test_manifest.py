"""The fleet that checks are told of is the one of the stack files."""

import shutil
from pathlib import Path

import yaml

from meridian.engine.project import Project
from meridian.manifest import configuration_document, fleet_manifest
from meridian.preview import told
from policies.core.configuration import Configuration
from policies.core.fleet import Fleet, Ground
from policies.core.registry import rules

ROOT = Path(__file__).parents[2]
STACKS = ROOT / "stacks"


def test_it_says_what_the_files_say() -> None:
    found, production = fleet_manifest(STACKS), {}
    for path in STACKS.glob("Pulumi.*.yaml"):
        region = yaml.safe_load(path.read_text())["config"].get("meridian:region")
        if region and "environment" not in region:
            production[region["region"]] = float(region["capacity_sessions"])
    assert {name: region.capacity for name, region in found.regions.items()} == production
    assert {region.stands_on[Ground.STACK] for region in found.regions.values()} == set(production)
    steering = yaml.safe_load((STACKS / "Pulumi.global.yaml").read_text())["config"]["meridian:global"]["steering"]
    assert {name: route.demand for name, route in found.routes.items()} == steering["demand"]


def test_our_fleet_outlives_any_region() -> None:
    assert list(fleet_manifest(STACKS).overloads()) == []


def test_a_preview_is_told() -> None:
    assert told(Project.at(ROOT)).fleet == fleet_manifest(STACKS)


def test_a_pack_is_told_the_same() -> None:
    document = configuration_document(fleet_manifest(STACKS), rules())
    assert set(document) == {"rel-04", "rel-05", "rel-06", "rel-21"}
    configuration = Configuration.of(document, rules())
    assert configuration.settings_of("rel-04").fleet == fleet_manifest(STACKS)
    assert configuration.settings_of("rel-01").fleet == Fleet()


def test_nothing_is_told_where_nothing_can_be_read(tmp_path: Path) -> None:
    assert fleet_manifest(tmp_path) == Fleet()
    (tmp_path / "Pulumi.mine.yaml").write_text("")
    assert fleet_manifest(tmp_path) == Fleet()
    shutil.copy(STACKS / "Pulumi.eu-west-1.yaml", tmp_path)
    (tmp_path / "Pulumi.global.yaml").write_text("config:\n  meridian:global: {steering: {hostname: 1}}\n")
    assert fleet_manifest(tmp_path) == Fleet()


def test_what_the_user_says_stands() -> None:
    ours = fleet_manifest(STACKS)
    own = {"rel-04": {"fleet": {"regions": {"eu-west-1": {"capacity": 1}}}}}
    configuration = Configuration.of(own, rules()).knowing(ours)
    assert set(configuration.settings_of("rel-04").fleet.regions) == {"eu-west-1"}
    assert configuration.settings_of("rel-21").fleet == ours
