"""The picture of the edge says what the stack file and the routing catalogue say: who asks, who decides, who answers."""

import functools
from pathlib import Path

import pytest
import yaml

from components.catalog.routing import MAINTENANCE, routing
from components.edge.access_spec import DEFAULT_APPLICATIONS
from meridian.engine.project import Project
from meridian.picture.edge import edge_picture
from meridian.picture.model import Box, Kind, Picture
from meridian.picture.svg import svg
from meridian.plan import Mode, Plan
from stacks.neighbours import fleet

ROOT = Path(__file__).parents[3]
WRITTEN = yaml.safe_load((ROOT / "stacks" / "Pulumi.global.yaml").read_text())["config"]["meridian:global"]
FLEET = fleet(ROOT / "stacks")
API = WRITTEN["steering"]["hostname"]


@functools.cache
def picture() -> Picture:
    """Over regions that exist, so that origins have addresses."""

    def told(region: str) -> Plan:
        edge = {"region": region, "cluster_name": f"meridian-{region}", "cidr_block": f"10.{FLEET[region].index}.0.0/16"}
        edge |= {"origin_hostname": f"origin-{region}.example.net", "secrets_key_arn": f"arn:aws:kms:{region}:111122223333:key/k"}
        return Plan(project="meridian", stack=region, mode=Mode.UPDATE, resources=(), outputs={"edge": edge})

    return edge_picture(Project.at(ROOT).plan("global", Mode.UPDATE, referenced={region: told(region) for region in FLEET}))


def titles() -> dict[str, str]:
    return {box.key: box.title for box in picture().everything}


def of_kind(kind: Kind) -> list[Box]:
    return [box for box in picture().everything if box.kind is kind]


def arrows(label: str = "") -> set[tuple[str, str]]:
    named = titles()
    return {(named[link.source], named[link.target]) for link in picture().links if label in link.label}


def test_the_general_name_leads_to_a_load_balancer_of_each_group() -> None:
    assert {box.title for box in of_kind(Kind.BALANCER)} == {f"{group}.{API}" for group in routing().groups}
    assert arrows("redirect by country") == {(API, f"{group}.{API}") for group in routing().groups}


@pytest.mark.parametrize("group", routing().groups)
def test_a_load_balancer_leads_to_the_regions_of_its_group_and_to_the_maintenance_page(group: str) -> None:
    targets = {target for source, target in arrows() if source == f"{group}.{API}"}
    assert targets == {f"steering-{region}" for region in (*routing().groups[group].regions, MAINTENANCE)}


def test_each_pool_leads_to_the_origin_of_its_region() -> None:
    origins = {target for _, target in arrows()} & {box.title for box in of_kind(Kind.ORIGIN)}
    assert origins == {*(f"origin-{region}.example.net" for region in FLEET), WRITTEN["steering"]["maintenance_address"]}
    assert {(f"steering-{region}", f"origin-{region}.example.net") for region in FLEET} <= arrows()


def test_interfaces_are_one_box_each_whatever_the_number_of_regions_and_all_lead_to_the_tunnels() -> None:
    interfaces = [box for box in of_kind(Kind.ACCESS) if "tunnel" not in box.title]
    assert {box.title for box in interfaces} == set(DEFAULT_APPLICATIONS)
    assert all(f"{len(FLEET) - 1} more" in box.lines[0] for box in interfaces)
    assert {(name, f"{len(FLEET)} tunnels") for name in DEFAULT_APPLICATIONS} == arrows(f"{len(FLEET)} hosts")


def test_what_is_a_fallback_only_stands_last() -> None:
    assert of_kind(Kind.POOL)[-1].title == f"steering-{MAINTENANCE}"


def test_it_fits_a_page() -> None:
    width, height = map(float, svg(picture()).split('viewBox="0 0 ')[1].split('"')[0].split())
    assert width < 1700
    assert height < 1200
