"""Names and ports that two parts share: what the operator derives from them is written out here, from its patterns.go."""

import json

import pytest

from components.data.clickhouse import contract
from meridian.plan import Plan
from tests.components.data.clickhouse.surroundings import default_plan, installation_spec, keeper_spec


@pytest.fixture(scope="module")
def plan() -> Plan:
    return default_plan()


def test_hosts_are_named_as_the_operator_does() -> None:
    assert contract.host("analytics", 1, 2) == "chi-clickhouse-analytics-1-2"
    assert contract.keeper_host(0) == "chk-clickhouse-keeper-0-0"
    assert contract.client_service() == "clickhouse-clickhouse"
    assert contract.keeper_service() == "keeper-clickhouse"
    assert contract.first_replicas("analytics", 2) == ["chi-clickhouse-analytics-0-0", "chi-clickhouse-analytics-1-0"]
    assert contract.full_name("a") == "a.clickhouse.svc.cluster.local"


def test_a_certificate_has_short_and_full_names_and_the_loopback() -> None:
    assert contract.certificate_names(["a", "b"]) == [
        "localhost",
        "a",
        "b",
        "a.clickhouse.svc.cluster.local",
        "b.clickhouse.svc.cluster.local",
    ]


def test_no_prefix_of_the_bucket_begins_another_and_the_account_may_all() -> None:
    prefixes = {contract.COLD_PREFIX, contract.BACKUP_PREFIX, contract.BACKUP_DISK_PREFIX}
    assert not any(one.startswith(other) for one in prefixes for other in prefixes - {one})
    assert all(prefix.startswith(contract.BUCKET_PREFIX) for prefix in prefixes)


def test_every_secret_that_is_read_is_one_that_is_made(plan: Plan) -> None:
    made = {row.inputs["spec"]["target"]["name"]: set(row.inputs["spec"]["target"]["template"]["data"]) for row in plan.of_type(EXTERNAL)}
    made |= {row.inputs["spec"]["secretName"]: {"tls.crt", "tls.key", "ca.crt"} for row in plan.of_type(CERTIFICATE)}
    read = _references(json.loads(json.dumps([row.inputs for row in plan if row.type not in (EXTERNAL, CERTIFICATE)])))
    ours = {(secret, key) for secret, key in read if secret.startswith("clickhouse")}
    assert {secret for secret, _ in ours} == {
        "clickhouse-operator-access",
        "clickhouse-users",
        "clickhouse-server-tls",
        "clickhouse-keeper-tls",
    }
    assert [(secret, key) for secret, key in ours if key and key not in made[secret]] == []


def test_every_service_that_is_asked_stands_in_the_certificate_of_its_side(plan: Plan) -> None:
    names = {row.inputs["spec"]["secretName"]: set(row.inputs["spec"].get("dnsNames", ())) for row in plan.of_type(CERTIFICATE)}
    asked = {node["host"] for node in installation_spec(plan)["configuration"]["zookeeper"]["nodes"]}
    assert asked <= names["clickhouse-keeper-tls"]
    crons = [row.inputs["spec"]["jobTemplate"]["spec"]["template"] for row in plan.of_type("kubernetes:batch/v1:CronJob")]
    hosts = {
        host for pod in crons for env in pod["spec"]["containers"][0]["env"] if env["name"] == "HOSTS" for host in env["value"].split()
    }
    assert hosts
    assert hosts <= names["clickhouse-server-tls"]
    assert "localhost" in names["clickhouse-server-tls"]


def test_every_tls_port_of_the_configuration_is_one_that_the_namespace_opens(plan: Plan) -> None:
    opened = {
        port["port"]
        for row in plan.of_type("kubernetes:networking.k8s.io/v1:NetworkPolicy")
        if row.inputs["metadata"]["namespace"] == "clickhouse"
        for rule in row.inputs["spec"].get("ingress", [])
        for port in rule["ports"]
    }
    settings = installation_spec(plan)["configuration"]["settings"]
    keeper = keeper_spec(plan)["configuration"]["settings"]
    served = {settings[f"{kind}_port{end}"] for kind, end in (("https", ""), ("tcp", "_secure"), ("interserver_https", ""))}
    assert (
        served | {keeper["keeper_server/tcp_port_secure"], 9444} | {settings["prometheus/port"], keeper["prometheus/port"], 8888} == opened
    )
    assert opened == {8443, 9440, 9010, 9281, 9444, 9363, 7000, 8888}


def test_the_pods_run_as_the_account_that_has_the_role(plan: Plan) -> None:
    account = plan.find("kubernetes:core/v1:ServiceAccount", "clickhouse-access-account").inputs["metadata"]
    pod = installation_spec(plan)["templates"]["podTemplates"][0]["spec"]
    assert (account["name"], account["namespace"]) == (pod["serviceAccountName"], "clickhouse")


def test_labels_that_keep_keeper_from_clickhouse_are_those_of_the_installations(plan: Plan) -> None:
    apart = keeper_spec(plan)["templates"]["podTemplates"][0]["spec"]["affinity"]["podAntiAffinity"]
    labels = [term["labelSelector"]["matchLabels"] for term in apart["requiredDuringSchedulingIgnoredDuringExecution"]]
    assert labels == [{"clickhouse-keeper.altinity.com/chk": "clickhouse"}, {"clickhouse.altinity.com/chi": "clickhouse"}]


EXTERNAL = "kubernetes:external-secrets.io/v1:ExternalSecret"
CERTIFICATE = "kubernetes:cert-manager.io/v1:Certificate"


def _references(value: object) -> set[tuple[str, str]]:
    """(secret, key) of everything that reads a secret; the key is empty where all are."""
    if isinstance(value, list):
        return {found for item in value for found in _references(item)}
    if not isinstance(value, dict):
        return set()
    here: set[tuple[str, str]] = set()
    for word in ("secretKeyRef", "rootCASecretRef"):
        if isinstance(reference := value.get(word), dict):
            here.add((reference["name"], reference["key"]))
    if isinstance(name := value.get("secretName"), str):
        here |= {(name, item["key"]) for item in value.get("items", [])} or {(name, "")}
    if isinstance(access := value.get("access"), dict):
        here.add((access["secret"]["name"], "password"))
    return here | {found for item in value.values() for found in _references(item)}
