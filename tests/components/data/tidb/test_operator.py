"""The operator: its values exist in the chart, its order is CRDs first, and it loses no data by itself."""

import pytest

from components import catalog
from components.data.tidb import operator as tidb_operator
from meridian.plan import Plan
from tests.components.cluster.surroundings import Region, region_plan
from tests.shared import unknown_values


@pytest.fixture(scope="module")
def plan() -> Plan:
    def build(region: Region) -> None:
        nodes = region.node_group()
        tidb_operator.TidbOperator("tidb-operator", tidb_operator.TidbOperatorArgs(cluster=region.cluster, nodes=nodes))

    return region_plan(build)


def test_values_exist_in_the_chart(plan: Plan) -> None:
    values = plan["tidb-operator-addon-chart"].inputs["values"]
    assert unknown_values("tidb-operator", values, free={"controllerManager.nodeSelector", "controllerManager.resources"}) == []


def test_nothing_fails_over_by_itself(plan: Plan) -> None:
    values = plan["tidb-operator-addon-chart"].inputs["values"]
    assert values["controllerManager"]["autoFailover"] is False
    assert values["controllerManager"]["replicas"] == 2


def test_the_chart_is_the_catalogues_and_waits_for_the_crds(plan: Plan) -> None:
    release = plan["tidb-operator-addon-chart"]
    assert (release.inputs["version"], release.inputs["skipCrds"]) == (catalog.chart("tidb-operator").version, True)
    assert release.inputs["repositoryOpts"] == {"repo": "https://charts.pingcap.com/"}
    assert "tidb-operator-crds-job" in {plan.by_urn[urn].name for urn in release.dependencies}


def test_crds_and_operator_live_in_the_namespace_that_the_ports_let_in(plan: Plan) -> None:
    namespace = plan["tidb-operator-namespace-namespace"].inputs["metadata"]["name"]
    assert namespace == "tidb-operator"
    assert plan["tidb-operator-crds-job"].inputs["metadata"]["namespace"] == namespace
    assert plan["tidb-operator-addon-chart"].inputs["namespace"] == namespace


def test_nobody_comes_in_and_it_asks_the_clusters_where_they_listen(plan: Plan) -> None:
    """The ports that a TiDB namespace opens to the operator, tidb_ports.py, are the ones that it may go out by."""
    found = {r.inputs["metadata"]["name"] for r in plan.of_type("kubernetes:networking.k8s.io/v1:NetworkPolicy")}
    assert {"deny-all", "to-dns", "to-tcp-443", "to-tcp-2379", "to-tcp-20180", "to-tcp-10080"} <= found
    assert not any(name.startswith("from-") for name in found)


def test_it_goes_out_to_the_addresses_of_pods_only(plan: Plan) -> None:
    rule = plan["tidb-operator-namespace-to-tcp-2379"].inputs["spec"]["egress"][0]
    blocks = {peer["ipBlock"]["cidr"] for peer in rule["to"]}
    assert blocks
    assert "0.0.0.0/0" not in blocks
