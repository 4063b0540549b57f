"""The network that the tests of this folder build."""

import pulumi

from components.location import Location
from components.network.vpc import NetworkSpec, Vpc, VpcArgs

LOCATION = Location(account_id="123456789012", region="eu-west-1")
ZONES = ["euw1-az1", "euw1-az2", "euw1-az3"]


def spec(**knobs: object) -> NetworkSpec:
    return NetworkSpec.from_yaml({"zones": ZONES} | knobs)


def vpc(name: str = "network", index: int = 4, options: pulumi.ResourceOptions | None = None, **knobs: object) -> Vpc:
    return Vpc(name, VpcArgs(spec=spec(**knobs), index=index, location=LOCATION, cluster_name="meridian-eu-west-1"), options)
