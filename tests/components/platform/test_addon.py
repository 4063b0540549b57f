"""One add-on, two deliveries: the same chart, version, namespace and values either way."""

import json
from typing import Any

import pulumi_kubernetes as kubernetes
import pytest

from components import catalog
from components.platform.addon import Addon, AddonArgs, Delivery, node_placement
from meridian.plan import Plan, Planned
from tests.components.cluster.surroundings import Region, region_plan
from tests.deploy import deploy
from tests.shared import crd_faults

RELEASE = "kubernetes:helm.sh/v3:Release"
APPLICATION = "kubernetes:argoproj.io/v1alpha1:Application"
VALUES: dict[str, Any] = {"replicaCount": 2, "settings": {"clusterName": "meridian", "on": True}, "list": [{"a": "1"}]}


def plan(delivery: Delivery, chart: str = "cert-manager") -> Plan:
    def build() -> None:
        namespace = kubernetes.core.v1.Namespace("space")
        args = AddonArgs(chart=catalog.chart(chart), namespace="space", values=VALUES, after=(namespace,), delivery=delivery)
        Addon("addon", args)

    return deploy(build)


def release(chart: str = "cert-manager") -> Planned:
    return plan(Delivery.HELM, chart).of_type(RELEASE)[0]


def application(chart: str = "cert-manager") -> Planned:
    return plan(Delivery.ARGO_CD, chart).of_type(APPLICATION)[0]


@pytest.mark.parametrize("chart", sorted(catalog.charts()))
def test_both_deliveries_install_the_same(chart: str) -> None:
    helm, argo = release(chart).inputs, application(chart).inputs["spec"]
    source = argo["source"]
    assert source["helm"]["valuesObject"] == helm["values"] == VALUES
    assert source["targetRevision"] == helm["version"] == catalog.chart(chart).version
    assert argo["destination"]["namespace"] == helm["namespace"]
    assert source["helm"]["releaseName"] == helm["name"]
    assert source["helm"]["skipCrds"] == helm["skipCrds"]


def test_argo_cd_gets_an_oci_registry_without_scheme_and_chart() -> None:
    """Argo CD, Helm: OCI charts."""
    assert application("karpenter").inputs["spec"]["source"]["repoURL"] == "public.ecr.aws/karpenter"
    assert application("karpenter").inputs["spec"]["source"]["chart"] == "karpenter"
    assert application("velero").inputs["spec"]["source"]["repoURL"] == "https://vmware-tanzu.github.io/helm-charts"


def test_the_application_heals_and_prunes_and_applies_server_side() -> None:
    spec = application().inputs["spec"]
    assert spec["syncPolicy"]["automated"] == {"prune": True, "selfHeal": True}
    assert set(spec["syncPolicy"]["syncOptions"]) == {"ServerSideApply=true", "CreateNamespace=true"}
    assert spec["destination"]["server"] == "https://kubernetes.default.svc"
    metadata = application().inputs["metadata"]
    assert metadata["namespace"] == "argocd"
    waits = json.loads(metadata["annotations"]["pulumi.com/waitFor"])
    assert set(waits) == {"jsonpath={.status.sync.status}=Synced", "jsonpath={.status.health.status}=Healthy"}
    assert metadata["finalizers"] == ["resources-finalizer.argocd.argoproj.io/foreground"]


def test_the_application_is_one_that_argo_cd_takes() -> None:
    assert crd_faults("argo-cd/application-crd.yaml", application().inputs) == []


@pytest.mark.parametrize("delivery", Delivery)
def test_it_waits_for_what_it_needs(delivery: Delivery) -> None:
    made = plan(delivery)
    (installed,) = [*made.of_type(RELEASE), *made.of_type(APPLICATION)]
    assert made["space"].urn in installed.dependencies


def test_pods_go_to_the_group_and_tolerate_what_it_repels() -> None:
    seen: list[dict[str, Any]] = []

    def build(region: Region) -> None:
        seen.append(node_placement(region.node_group("system", taints=[{"key": "system", "value": "true"}])))

    region_plan(build)
    assert seen[0]["nodeSelector"] == {"node-group": "system"}
    assert {row["key"] for row in seen[0]["tolerations"]} == {"CriticalAddonsOnly", "system"}
