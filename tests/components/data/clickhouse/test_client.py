"""Pods that run a script by clickhouse-client."""

from typing import Any

import pytest

from components.data.clickhouse.client import client_config
from meridian.plan import Plan
from tests.components.data.clickhouse.surroundings import default_plan, xml


@pytest.fixture(scope="module")
def plan() -> Plan:
    return default_plan()


def test_user_and_password_come_from_the_environment() -> None:
    root = xml(client_config())
    assert root.tag == "config"
    assert {child.tag: child.get("from_env") for child in root if child.get("from_env")} == {
        "user": "CLICKHOUSE_USER",
        "password": "CLICKHOUSE_PASSWORD",
    }
    assert (root.findtext("port"), root.findtext("secure")) == ("9440", "1")
    assert root.findtext("openSSL/client/verificationMode") == "strict"


def test_the_servers_private_key_is_not_in_the_pod(plan: Plan) -> None:
    volumes = {row["name"]: row for row in plan["clickhouse-databases"].inputs["spec"]["template"]["spec"]["volumes"]}
    assert volumes["authority"]["secret"] == {"secretName": "clickhouse-server-tls", "items": [{"key": "ca.crt", "path": "ca.crt"}]}


def test_the_script_is_a_key_of_the_map_that_is_mounted(plan: Plan) -> None:
    data = plan.find("kubernetes:core/v1:ConfigMap", "clickhouse-client").inputs
    for template in _templates(plan):
        (container,) = template["spec"]["containers"]
        folder, _, key = container["command"][-1].rpartition("/")
        assert key in data["data"]
        mounts = {row["mountPath"]: row["name"] for row in container["volumeMounts"]}
        volumes = {row["name"]: row for row in template["spec"]["volumes"]}
        assert volumes[mounts[folder]]["configMap"]["name"] == data["metadata"]["name"]
        (config,) = [row["value"] for row in container["env"] if row["name"] == "CLIENT_CONFIG"]
        assert config.removeprefix(f"{folder}/") in data["data"]


def test_pods_stand_on_data_nodes_and_pass_the_restricted_level(plan: Plan) -> None:
    for template in _templates(plan):
        spec = template["spec"]
        assert spec["nodeSelector"] == {"node-group": "data"}
        assert spec["tolerations"] == [{"key": "reserved-for", "operator": "Exists", "effect": "NoSchedule"}]
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["automountServiceAccountToken"] is False
        assert spec["containers"][0]["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }


def test_the_password_is_a_file_of_the_secret_that_the_script_alone_reads(plan: Plan) -> None:
    for template in _templates(plan):
        (container,) = template["spec"]["containers"]
        (user,) = [row["value"] for row in container["env"] if row["name"] == "CLICKHOUSE_USER"]
        assert not any("valueFrom" in row for row in container["env"])
        (secret,) = [row["secret"] for row in template["spec"]["volumes"] if row["name"] == "password"]
        assert secret["items"] == [{"key": user, "path": user}]
        (folder,) = [row["mountPath"] for row in container["volumeMounts"] if row["name"] == "password"]
        assert f'export CLICKHOUSE_PASSWORD="$(< {folder}/{user})"' in container["command"][2]
        assert next(row["mountPath"] for row in container["volumeMounts"] if row["name"] == "scratch") == "/tmp"


def _templates(plan: Plan) -> list[dict[str, Any]]:
    found = [row.inputs["spec"]["template"] for row in plan.of_type("kubernetes:batch/v1:Job")]
    found += [row.inputs["spec"]["jobTemplate"]["spec"]["template"] for row in plan.of_type("kubernetes:batch/v1:CronJob")]
    assert len(found) == 3
    return found
