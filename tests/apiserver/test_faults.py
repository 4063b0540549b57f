"""Sound objects, each with one planted fault that the server must name: its yes to the region is worth what these show."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.apiserver.client import Client, Refused
from tests.apiserver.definitions import install_definitions
from tests.apiserver.judgement import Judgement, judge, make_default_account
from tests.apiserver.objects import KubernetesObject

pytestmark = pytest.mark.apiserver

SAMPLES: Mapping[str, dict[str, Any]] = {
    each["kind"]: each for each in yaml.safe_load_all((Path(__file__).parent / "samples.yaml").read_text())
}
NAMESPACES: Mapping[str, dict[str, str]] = {"samples": {}, "samples-restricted": {"pod-security.kubernetes.io/enforce": "restricted"}}
ABSENT = object()


@dataclass(frozen=True)
class Fault:
    """A sample with one value changed."""

    what: str
    kind: str
    path: tuple[str | int, ...]
    value: Any
    """ABSENT takes the key out."""
    says: str
    """Part of what the server answers."""

    @property
    def manifest(self) -> dict[str, Any]:
        spoilt = copy.deepcopy(SAMPLES[self.kind])
        *way, last = self.path
        place: Any = spoilt
        for step in way:
            place = place[step]
        if self.value is ABSENT:
            del place[last]
        else:
            place[last] = self.value
        return spoilt


POD = ("spec", "template", "spec")
MAIN = (*POD, "containers", 0)
ENFORCE = "pod-security.kubernetes.io/enforce"
FAULTS = (
    Fault("unknown field", "StorageClass", ("reclaimPolcy",), "Retain", ".reclaimPolcy: field not declared in schema"),
    Fault("unknown field of a custom resource", "NodePool", (*POD, "expireAfterr"), "Never", "expireAfterr: field not declared in schema"),
    Fault("wrong enum", "StorageClass", ("reclaimPolicy",), "Keep", 'supported values: "Delete", "Retain"'),
    Fault("wrong enum of a custom resource", "NodePool", ("spec", "disruption", "consolidationPolicy"), "Never", "Unsupported value"),
    Fault("bad quantity", "PersistentVolumeClaim", ("spec", "resources", "requests", "storage"), "100GB", "quantities must match"),
    Fault("CEL: schedule without duration", "NodePool", ("spec", "disruption", "budgets", 0, "schedule"), "0 6 * * *", "'duration'"),
    Fault("CEL: nothing to be in", "NodePool", (*POD, "requirements", 0, "values"), [], "'In' must have a value defined"),
    Fault("missing required field", "NodePool", (*POD, "nodeClassRef"), ABSENT, "nodeClassRef: Required value"),
    Fault("boolean for a ClickHouse string", "ClickHouseInstallation", ("spec", "stop"), True, 'must be of type string: "boolean"'),
    Fault("text for TiDB's number", "TidbCluster", ("spec", "pd", "replicas"), "three", 'must be of type integer: "string"'),
    Fault("selector against labels", "Deployment", ("spec", "selector", "matchLabels", "app"), "other", "does not match template `labels`"),
    Fault("invalid name", "Deployment", ("metadata", "name"), "Sample_Deployment", "lowercase RFC 1123 subdomain"),
    Fault("label value too long", "Deployment", ("metadata", "labels", "app"), "x" * 64, "must be no more than 63"),
    Fault("request over its limit", "Deployment", (*MAIN, "resources", "requests", "memory"), "1Gi", "less than or equal to memory limit"),
    Fault("port name too long", "Deployment", (*MAIN, "ports", 0, "name"), "http-and-metrics", "must be no more than 15"),
    Fault("port out of range", "NetworkPolicy", ("spec", "ingress", 0, "ports", 0, "port"), 65536, "between 1 and 65535"),
    Fault("schedule that never comes", "CronJob", ("spec", "schedule"), "0 25 * * *", "end of range (25) above maximum (23)"),
    Fault("two limits on disruption", "PodDisruptionBudget", ("spec", "minAvailable"), 2, "cannot be both set"),
    Fault("version no longer served", "PodDisruptionBudget", ("apiVersion",), "policy/v1beta1", "does not serve this kind"),
    Fault("no such level of Pod Security", "Namespace", ("metadata", "labels", ENFORCE), "strict", "privileged, baseline, restricted"),
    Fault(
        "pod beyond its namespace's level",
        "Pod",
        ("spec", "hostNetwork"),
        True,
        'violates PodSecurity "restricted:latest": host namespaces',
    ),
    Fault("account that is not there", "Pod", ("spec", "serviceAccountName"), "nobody", 'serviceaccount "nobody" not found'),
    Fault("usage no certificate has", "Certificate", ("spec", "usages"), ["server"], "spec.usages[0]: Unsupported value"),
    Fault("namespace that is not there", "Deployment", ("metadata", "namespace"), "nowhere", 'namespaces "nowhere" not found'),
)


@pytest.fixture(scope="module")
def ready(client: Client, judgements: tuple[Judgement, ...]) -> Client:
    """The server with the region on it, and with the definitions and namespaces that the samples need."""
    assert judgements
    install_definitions(client, SAMPLES.values())
    for name, labels in NAMESPACES.items():
        client.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}, "tests")
        make_default_account(client, name)
    return client


@pytest.mark.parametrize("kind", SAMPLES)
def test_a_sound_sample_is_accepted(ready: Client, kind: str) -> None:
    ready.apply(SAMPLES[kind], "sample", dry_run=True)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.what)
def test_a_planted_fault_is_named(ready: Client, seen: list[str], fault: Fault) -> None:
    with pytest.raises(Refused) as refused:
        ready.apply(fault.manifest, "sample", dry_run=True)
    assert fault.says in str(refused.value)
    seen.append(_line(fault.what, str(refused.value)))


def test_all_unknown_fields_are_named_and_what_else_is_wrong(ready: Client) -> None:
    spoilt = copy.deepcopy(SAMPLES["Deployment"])
    spoilt["spec"].update(replica=3, paus=True, selector={"matchLabels": {"app": "other"}})
    with pytest.raises(Refused) as refused:
        ready.apply(spoilt, "sample", dry_run=True)
    for words in ('unknown field "spec.paus"', 'unknown field "spec.replica"', "does not match template `labels`"):
        assert words in str(refused.value)


def test_a_fault_that_the_definition_lets_through_is_found_in_the_pod(ready: Client, seen: list[str]) -> None:
    """Altinity's definition takes any field of a pod template; the server takes no pod with it."""
    spoilt = copy.deepcopy(SAMPLES["ClickHouseInstallation"])
    container = {
        "name": "clickhouse",
        "image": "clickhouse/clickhouse-server:25.8",
        "volumeMounts": [{"name": "data", "mountPath": "/data"}],
    }
    template = {"name": "replica", "spec": {"containers": [container], "toleration": [{"operator": "Exists"}]}}
    claim = {"name": "data", "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "100Gi"}}}}
    spoilt["spec"]["templates"] = {"podTemplates": [template], "volumeClaimTemplates": [claim]}
    ready.apply(spoilt, "sample", dry_run=True)
    judgement = judge(ready, KubernetesObject(resource="sample", manifest=spoilt))
    assert ".spec.toleration: field not declared in schema" in judgement.refusal
    seen.append(_line("unknown field of a pod inside", judgement.refusal))
    del template["spec"]["toleration"]
    assert judge(ready, KubernetesObject(resource="sample", manifest=spoilt)).described == 2


def test_a_field_of_another_resource_is_not_taken(ready: Client, seen: list[str]) -> None:
    """Two resources that are one object: the second is told whose it is. If they agree in all, only the answer's status tells."""
    assert ready.apply(SAMPLES["NetworkPolicy"], "first").status == 201
    assert ready.apply(SAMPLES["NetworkPolicy"], "second", dry_run=True).status == 200
    other = copy.deepcopy(SAMPLES["NetworkPolicy"])
    other["spec"]["ingress"][0]["ports"][0]["port"] = 4001
    with pytest.raises(Refused) as refused:
        ready.apply(other, "second", dry_run=True)
    assert 'conflict with "first": .spec.ingress' in str(refused.value)
    seen.append(_line("two resources that are one object", str(refused.value)))


def test_what_cannot_change_is_refused(ready: Client, seen: list[str]) -> None:
    ready.apply(SAMPLES["StorageClass"], "sample")
    changed = {**SAMPLES["StorageClass"], "parameters": {"type": "io2", "encrypted": "true"}}
    with pytest.raises(Refused) as refused:
        ready.apply(changed, "sample", dry_run=True)
    assert 'parameters: Invalid value: {"encrypted":"true","type":"io2"}: field is immutable' in str(refused.value)
    seen.append(_line("immutable field", str(refused.value)))


def _line(what: str, reason: str) -> str:
    """The reason's first line, long ones cut in the middle."""
    first = reason.splitlines()[0]
    return f"refused, {what}: {first if len(first) <= 200 else f'{first[:120]} ... {first[-75:]}'}"
