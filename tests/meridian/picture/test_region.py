"""The picture of the real region says what its stack file asks for."""

from pathlib import Path

import networkx
import pytest
import yaml

from meridian.engine.project import Project
from meridian.picture.dependencies import dependencies_picture, outermost
from meridian.picture.drawing import pictures
from meridian.picture.model import Box, Kind, Picture
from meridian.picture.region import region_picture
from meridian.picture.svg import svg
from meridian.plan import Plan

ROOT = Path(__file__).parents[3]
WRITTEN = yaml.safe_load((ROOT / "stacks" / "Pulumi.eu-west-1.yaml").read_text())["config"]["meridian:region"]


@pytest.fixture(scope="module")
def plan() -> Plan:
    return Project.at(ROOT).plan("eu-west-1")


@pytest.fixture(scope="module")
def picture(plan: Plan) -> Picture:
    return region_picture(plan)


def of_kind(picture: Picture, kind: Kind) -> list[Box]:
    return [box for box in picture.everything if box.kind is kind and not box.inside]


def test_a_column_for_each_zone_with_all_its_subnets_from_the_internet_inwards(picture: Picture) -> None:
    zones = [box for box in picture.everything if box.kind is Kind.ZONE]
    assert [zone.title for zone in zones] == WRITTEN["network"]["zones"]
    assert {tuple(subnet.title for subnet in zone.inside) for zone in zones} == {("public", "private", "data", "pod")}
    assert all("NAT gateway" in zone.inside[0].lines for zone in zones)


def test_every_group_of_nodes_once_with_its_bounds(picture: Picture) -> None:
    groups = {box.title: box for box in (*of_kind(picture, Kind.NODES), *of_kind(picture, Kind.GPU))}
    pool = WRITTEN["gpu_pools"]["inference"]
    assert f"0 to {pool['max_nodes']} nodes" in groups[f"inference {pool['accelerator']}"].lines
    per_zone, zones = WRITTEN["data"]["pool"]["nodes_per_zone"], len(WRITTEN["network"]["zones"])
    assert [line for line in groups["data"].lines if line.startswith(f"{per_zone * zones} to ")]
    assert groups["gpu"].kind is Kind.GPU


def test_every_store_of_the_stack_file(picture: Picture) -> None:
    titles = {box.title.split()[0] for box in of_kind(picture, Kind.STORE)}
    assert titles == {"TiDB", "ClickHouse", "Keeper", "Cache", "Bucket", "Backup"}


def test_it_is_as_wide_as_a_page(plan: Plan) -> None:
    for drawn in pictures(plan):
        width = float(svg(drawn).split('viewBox="0 0 ')[1].split()[0])
        assert width < 1700, drawn.title


def test_every_resource_belongs_to_one_of_the_outermost_boxes(plan: Plan) -> None:
    home = outermost(plan)
    assert {resource.urn for resource in plan.made} <= set(home)
    drawn = {box.key for box in dependencies_picture(plan).everything if box.kind is Kind.COMPONENT}
    assert drawn == set(home.values())


def test_arrows_lead_from_what_stands_to_what_stands_on_it_and_imply_every_dependency(plan: Plan) -> None:
    drawn = dependencies_picture(plan)
    graph = networkx.DiGraph((link.source, link.target) for link in drawn.links)
    columns = {box.key: at for at, column in enumerate(drawn.boxes) for box in column.inside}
    assert all(columns[link.source] < columns[link.target] for link in drawn.links)
    home = outermost(plan)
    for resource in plan.made:
        for needed in resource.dependencies:
            if needed in home and home[needed] != home[resource.urn]:
                assert networkx.has_path(graph, home[needed], home[resource.urn]), (needed, resource.urn)


def test_a_name_is_known_by_its_component(plan: Plan) -> None:
    by_name = {plan.by_urn[urn].name for urn in outermost(plan).values()}
    assert {"network", "cluster", "tidb"} <= by_name
