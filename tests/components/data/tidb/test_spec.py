"""What a TiDB spec refuses by itself, and what a region, its Kubernetes and production refuse."""

from typing import Any

import pytest
from pydantic import ValidationError

from components import catalog
from components.data.tidb.contract import Part
from components.data.tidb.spec import members, operator_faults, stores, tidb_faults
from tests.components.data.tidb.specs import EVERYTHING, tidb_spec

DEFAULTS: dict[str, Any] = {"zones": 3, "kubernetes": "1.35", "production": True}


def test_the_defaults_are_for_production() -> None:
    spec = tidb_spec()
    assert tidb_faults(spec, **DEFAULTS) == []
    assert (spec.pd_pods, spec.sql_pods, spec.replicas, stores(spec.tikv, 3, 3)) == (3, 3, 3, 3)


def test_everything_switched_on_is_for_production_too() -> None:
    spec = tidb_spec(**EVERYTHING)
    assert tidb_faults(spec, **DEFAULTS) == []
    assert members(spec) == {
        "tidb": (Part.PD, Part.TIKV, Part.TIDB, Part.TIFLASH, Part.TICDC, Part.TIPROXY),
        "tidb-warm": (Part.TIKV,),
    }


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"pd_pods": 4}, "4 is even: a quorum of 4 bears no more failures than one of 3"),
        ({"replicas": 4}, "4 is even"),
        ({"tikv": {"data_gib": 10, "stores": 2}}, r"tikv.stores: 2 are fewer than the 3 replicas"),
        ({"tikv": {"data_gib": 10}, "warm": {"data_gib": 10, "stores": 1}}, "warm.stores: 1 are fewer than the 3 replicas"),
        ({"tikv": {"data_gib": 10, "store_gib": 2000}}, "2000 on gp3-db: at most 1536"),
        ({"tikv": {"data_gib": 10, "store_gib": 5000, "storage_class": "io2-db"}}, "less than or equal to 4096"),
        ({"tikv": {"data_gib": 10, "storage_class": "gp3-cache"}}, "gp3-cache deletes its volumes"),
        ({"version": "v8.5"}, r"v8.5 is no release: write all three numbers"),
        ({"version": "latest"}, "latest is no release"),
        ({"ticdc_pods": 1}, "1 pod is a single point of failure"),
        ({"tiflash_pods": 1}, "1 pod is a single point of failure"),
        ({"tiproxy_pods": 1}, "1 pod is a single point of failure"),
        ({"name": "a" * 29}, "at most 63 are allowed"),
        ({"name": "Data"}, "should match pattern"),
        ({"name": "1st"}, "should match pattern"),
        ({"unknown": 1}, "Extra inputs"),
    ],
)
def test_refusals_of_the_spec(knobs: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        tidb_spec(**knobs)


@pytest.mark.parametrize(
    ("knobs", "surroundings", "message"),
    [
        ({"profile": "dev"}, {}, "profile: dev is not for production"),
        ({}, {"zones": 2}, "zones: 2, but a quorum needs 3"),
        ({"pd_pods": 1}, {}, "pd_pods: 1, but production needs at least 3"),
        ({"sql_pods": 1}, {}, "sql_pods: 1, but production needs at least 2"),
        ({"tikv": {"data_gib": 10, "stores": 4}}, {}, "tikv.stores: 4 is no multiple of the 3 zones"),
        ({"warm": {"data_gib": 10, "stores": 5}}, {}, "warm.stores: 5 is no multiple of the 3 zones"),
    ],
)
def test_refusals_of_a_region(knobs: dict[str, Any], surroundings: dict[str, Any], message: str) -> None:
    faults = tidb_faults(tidb_spec(**knobs), **{**DEFAULTS, **surroundings})
    assert any(message in fault for fault in faults), faults


def test_a_dev_stack_may_be_small() -> None:
    spec = tidb_spec(profile="dev", pd_pods=1, sql_pods=1, tikv={"data_gib": 10})
    assert tidb_faults(spec, zones=2, kubernetes="1.35", production=False) == []


@pytest.mark.parametrize(("kubernetes", "operator", "found"), [("1.33", "v1.6.4", 1), ("1.33", "v1.6.5", 0), ("1.32", "v1.6.4", 0)])
def test_an_operator_that_its_kubernetes_breaks(kubernetes: str, operator: str, found: int) -> None:
    faults = operator_faults(kubernetes, operator)
    assert len(faults) == found
    assert all("pingcap/tidb-operator#6653" in fault and "1.6.5 or newer" in fault for fault in faults)


def test_the_pinned_operator_runs_on_every_kubernetes_of_the_catalogue() -> None:
    assert [fault for minor in catalog.eks_versions() for fault in operator_faults(minor)] == []
