"""The operator: its version, its password, and the values of its chart."""

import json

import pytest

from components import catalog
from components.data.clickhouse.operator import CHART, operator_faults
from meridian.plan import Plan
from tests.components.data.clickhouse.surroundings import default_plan
from tests.shared import unknown_values


@pytest.fixture(scope="module")
def plan() -> Plan:
    return default_plan()


@pytest.mark.parametrize(
    ("version", "issues"),
    [
        ("0.25.6", ("#1881", "#1796", "#1935", "#1962", "operator_upgrade.md")),
        ("0.26.0", ("#1796", "#1935", "#1962", "operator_upgrade.md")),
        ("0.26.2", ("#1962", "operator_upgrade.md")),
        ("v0.27.0", ("operator_upgrade.md",)),
        ("0.27.1", ()),
        ("0.30.0", ()),
    ],
)
def test_a_version_is_refused_for_each_fix_it_lacks(version: str, issues: tuple[str, ...]) -> None:
    faults = operator_faults(version)
    assert len(faults) == len(issues)
    assert all(issue in fault and version in fault and "take 0.2" in fault for issue, fault in zip(issues, faults, strict=True))


def test_the_catalogues_version_has_all_fixes() -> None:
    chart = catalog.chart(CHART)
    assert operator_faults(chart.version) == []
    assert chart.repository == "https://helm.altinity.com"


def test_the_chart_knows_the_values_but_for_what_came_after_the_stored_one(plan: Plan) -> None:
    values = plan["clickhouse-operator-chart"].inputs["values"]
    assert unknown_values(CHART, values) == ["configs.files.config.yaml.security"]  # new in 0.27.1, the stored chart is 0.25.6


def test_the_default_password_and_the_floating_image_are_out(plan: Plan) -> None:
    values = plan["clickhouse-operator-chart"].inputs["values"]
    assert values["secret"] == {"create": False}
    assert values["crdHook"] == {"enabled": False}
    text = json.dumps(values)
    assert "clickhouse_operator_password" not in text
    assert "bitnami" not in text
    assert "latest" not in text


def test_the_operator_enters_by_https_and_believes_one_authority(plan: Plan) -> None:
    config = plan["clickhouse-operator-chart"].inputs["values"]["configs"]["files"]["config.yaml"]
    assert config["clickhouse"]["access"] == {"scheme": "https", "port": 8443, "secret": {"name": "clickhouse-operator-access"}}
    assert config["security"]["clickhouse"]["tls"]["verify"] == "Strict"
    assert config["security"]["clickhouse"]["tls"]["rootCASecretRef"] == {"name": "clickhouse-server-tls", "key": "ca.crt"}


def test_its_rights_end_at_its_namespace_and_it_stands_on_data_nodes(plan: Plan) -> None:
    release = plan["clickhouse-operator-chart"].inputs
    assert release["namespace"] == "clickhouse"
    assert release["values"]["rbac"] == {"create": True, "namespaceScoped": True}
    assert release["values"]["nodeSelector"] == {"node-group": "data"}
    assert {"key": "reserved-for", "operator": "Exists", "effect": "NoSchedule"} in release["values"]["tolerations"]
    assert release["values"]["podSecurityContext"]["runAsNonRoot"] is True
