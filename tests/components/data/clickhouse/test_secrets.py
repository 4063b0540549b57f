"""Passwords: made in the cluster, once, and nowhere else."""

import json

import pytest

from meridian.plan import Plan
from tests.components.data.clickhouse.surroundings import default_plan, manifest
from tests.shared import crd_faults

EXTERNAL = "kubernetes:external-secrets.io/v1:ExternalSecret"
GENERATOR = "kubernetes:generators.external-secrets.io/v1alpha1:Password"


@pytest.fixture(scope="module")
def plan() -> Plan:
    return default_plan()


def test_the_api_server_takes_them(plan: Plan) -> None:
    for token, file in (
        (EXTERNAL, "external-secrets.io_externalsecrets.yaml"),
        (GENERATOR, "generators.external-secrets.io_passwords.yaml"),
    ):
        rows = plan.of_type(token)
        assert rows
        for row in rows:
            assert crd_faults(f"external-secrets/{file}", manifest(row)) == []


def test_every_user_has_a_password_of_its_own_and_its_hash(plan: Plan) -> None:
    spec = plan.find(EXTERNAL, "clickhouse-users").inputs["spec"]
    users = ["administrator", "backup", "default", "realtime", "archive", "reports"]
    assert [row["rewrite"][0]["regexp"]["target"] for row in spec["dataFrom"]] == users
    assert spec["target"]["template"]["data"] == {
        **{user: f"{{{{ .{user} }}}}" for user in users},
        **{f"{user}-sha256": f"{{{{ .{user} | sha256sum }}}}" for user in users},
    }


def test_the_operators_secret_is_of_the_charts_shape(plan: Plan) -> None:
    spec = plan.find(EXTERNAL, "clickhouse-operator-access").inputs["spec"]
    assert spec["target"]["template"]["data"] == {"username": "clickhouse_operator", "password": "{{ .password }}"}


def test_a_password_never_changes_by_itself_and_outlives_its_declaration(plan: Plan) -> None:
    for row in plan.of_type(EXTERNAL):
        assert row.inputs["spec"]["refreshPolicy"] == "CreatedOnce"
        assert row.inputs["spec"]["target"]["deletionPolicy"] == "Retain"
        assert row.inputs["metadata"]["annotations"] == {"pulumi.com/waitFor": "condition=Ready"}


def test_the_generator_makes_forty_characters_without_symbols(plan: Plan) -> None:
    (row,) = plan.of_type(GENERATOR)
    assert (row.inputs["spec"]["length"], row.inputs["spec"]["symbols"]) == (40, 0)
    used = [source["sourceRef"]["generatorRef"] for row in plan.of_type(EXTERNAL) for source in row.inputs["spec"]["dataFrom"]]
    assert {(one["kind"], one["name"]) for one in used} == {("Password", row.inputs["metadata"]["name"])}


def test_no_clear_text_in_the_plan(plan: Plan) -> None:
    def clear(value: object, key: str = "") -> bool:
        if isinstance(value, dict):
            return any(clear(item, name) for name, item in value.items())
        if isinstance(value, list):
            return any(clear(item, key) for item in value)
        return key.lower().endswith("password") and isinstance(value, str) and "{{" not in value

    rows = [row for row in plan if row.name.startswith("clickhouse")]
    assert not [row.name for row in rows if clear(json.loads(json.dumps(row.inputs)))]
