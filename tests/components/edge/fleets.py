"""The whole fleet of ten regions and what it carries, for the tests of steering."""

from typing import Any

from components.edge.site import EdgeSite
from components.edge.steering import SteeringArgs
from components.edge.steering_spec import Fleet, SteeringSpec

CAPACITY = {
    "ap-east-1": 10_000,
    "ap-southeast-1": 8_000,
    "ap-northeast-1": 8_000,
    "ap-south-1": 8_000,
    "eu-west-1": 12_000,
    "eu-central-1": 12_000,
    "eu-west-2": 8_000,
    "us-east-1": 15_000,
    "us-west-2": 15_000,
    "ca-central-1": 8_000,
}
DEMAND = {
    "eu-west": 3_000,
    "eu-central": 3_200,
    "europe": 600,
    "uk": 3_000,
    "canada": 1_500,
    "americas": 6_000,
    "americas-west": 4_000,
    "china": 2_400,
    "hong-kong": 800,
    "southeast-asia": 2_000,
    "oceania": 800,
    "northeast-asia": 3_000,
    "south-asia": 2_000,
    "middle-east-africa": 1_500,
}
KNOBS: dict[str, Any] = {"hostname": "api.example.com", "maintenance_address": "meridian-maintenance.pages.dev", "demand": DEMAND}


def spec(**knobs: Any) -> SteeringSpec:
    """The usual knobs with those given."""
    return SteeringSpec.from_yaml({**KNOBS, **knobs})


def args(where: EdgeSite, capacity: dict[str, int] = CAPACITY, **knobs: Any) -> SteeringArgs:
    """Wires of the fleet with those capacities; each region's origin is `origin.<region>.example.net`."""
    origins = {region: f"origin.{region}.example.net" for region in capacity}
    return SteeringArgs(spec=spec(**knobs), site=where, fleet=Fleet(capacity=capacity), origins=origins)
