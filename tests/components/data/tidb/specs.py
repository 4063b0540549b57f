"""Specs and surroundings that the tests of TiDB share."""

from typing import Any

from components.data.tidb.cluster import Placement
from components.data.tidb.spec import TidbSpec

PLACE = Placement(
    zones=3,
    node_selector={"node-group": "data"},
    tolerations=[{"key": "dedicated", "operator": "Equal", "value": "data", "effect": "NoSchedule"}],
)
EVERYTHING = {"warm": {"data_gib": 2000}, "tiflash_pods": 2, "ticdc_pods": 2, "tiproxy_pods": 2}


def tidb_spec(**knobs: Any) -> TidbSpec:
    return TidbSpec.from_yaml({"tikv": {"data_gib": 1000}, **knobs})
