"""The mesh as a whole: what comes before what, that every object suits its CRD, and that nothing of it makes a load balancer."""

import pytest

from components.platform.addon import Delivery
from meridian.plan import Plan, Planned
from tests.components.platform.mesh_surroundings import ISTIO_CRDS, mesh_plan
from tests.shared import crd_faults

RELEASE = "kubernetes:helm.sh/v3:Release"
POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
APPLICATION = "kubernetes:argoproj.io/v1alpha1:Application"
GATEWAY_CRDS = "gateway-api/gateway.networking.k8s.io_"
CRDS = {
    "Gateway": f"{GATEWAY_CRDS}gateways.yaml",
    "HTTPRoute": f"{GATEWAY_CRDS}httproutes.yaml",
    **dict.fromkeys(("AuthorizationPolicy", "PeerAuthentication", "Telemetry", "ServiceEntry", "DestinationRule"), ISTIO_CRDS),
}


@pytest.fixture(scope="module")
def plan() -> Plan:
    return mesh_plan()


def test_charts_are_istio_1_30_3_one_after_the_other(plan: Plan) -> None:
    """Order of Istio's own instructions for ambient mode by Helm: base, istiod, cni, ztunnel; the CRDs of Gateway API first."""
    names = ["base", "istiod", "cni", "ztunnel"]
    releases = [plan[f"mesh-{name}-chart"] for name in names]
    assert [release.inputs["chart"] for release in releases] == names
    assert {release.inputs["version"] for release in releases} == {"1.30.3"}
    assert [release.inputs["namespace"] for release in releases] == ["istio-system", "istio-system", "kube-system", "kube-system"]
    before = plan["mesh-gateway-api-crds-job"]
    for release in releases:
        assert before.urn in release.dependencies
        before = release


def test_every_object_suits_its_crd(plan: Plan) -> None:
    judged = [row for row in plan.resources if row.inputs.get("kind") in CRDS]
    assert {row.inputs["kind"] for row in judged} == set(CRDS)
    assert {row.name: crd_faults(CRDS[row.inputs["kind"]], row.inputs) for row in judged} == {row.name: [] for row in judged}


def test_a_misspelt_field_would_be_found(plan: Plan) -> None:
    manifest = dict(plan["shop-breaker"].inputs)
    manifest["spec"] = {**manifest["spec"], "traficPolicy": {}}
    (fault,) = crd_faults(ISTIO_CRDS, manifest)
    assert "traficPolicy" in fault


def before(plan: Plan, row: Planned) -> set[str]:
    """All that is made before a resource."""
    found: set[str] = set()
    waiting = list(row.dependencies)
    while waiting:
        urn = waiting.pop()
        if urn not in found and urn in plan.by_urn:
            found.add(urn)
            waiting += plan.by_urn[urn].dependencies
    return found


def test_objects_of_the_mesh_follow_all_of_its_charts(plan: Plan) -> None:
    """istiod's webhook must answer, and a workload that started before ztunnel would be outside."""
    charts = {row.urn for row in plan.of_type(RELEASE)}
    for row in plan.resources:
        if row.inputs.get("kind") in CRDS:
            assert charts <= before(plan, row), row.name
    namespace = before(plan, plan["shop-namespace"])
    assert charts <= namespace
    assert plan["mesh-rules-strict"].urn in namespace
    assert plan["mesh-rules-deny-all"].urn in namespace


def test_webhooks_that_istiod_changes_are_left_alone_by_argo_cd() -> None:
    """istio#52785: istiod writes its authority and flips Ignore to Fail."""
    applications = {row.inputs["metadata"]["name"]: row.inputs["spec"] for row in mesh_plan(Delivery.ARGO_CD).of_type(APPLICATION)}
    assert set(applications) == {"base", "istiod", "cni", "ztunnel"}
    for chart in ("base", "istiod"):
        rules = applications[chart]["ignoreDifferences"]
        assert {rule["kind"] for rule in rules} == {"ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"}
        for rule in rules:
            assert rule["group"] == "admissionregistration.k8s.io"
            assert rule["jqPathExpressions"] == [".webhooks[]?.clientConfig.caBundle", ".webhooks[]?.failurePolicy"]
        assert "RespectIgnoreDifferences=true" in applications[chart]["syncPolicy"]["syncOptions"]
    assert "ignoreDifferences" not in applications["ztunnel"]


def test_every_namespace_is_closed(plan: Plan) -> None:
    spaces = {row.inputs["metadata"]["name"] for row in plan.of_type("kubernetes:core/v1:Namespace")}
    assert spaces == {"gateway-api", "istio-system", "istio-ingress", "istio-egress", "shop", "queue"}
    policies = [row.inputs for row in plan.of_type(POLICY)]
    denied = {row["metadata"]["namespace"] for row in policies if row["metadata"]["name"] == "deny-all"}
    assert denied == spaces
    assert all(row["metadata"]["annotations"]["kubernetes.io/description"] for row in policies)


def test_no_namespace_takes_privileged_pods(plan: Plan) -> None:
    """CNI agent and ztunnel, which need it, are with the other agents of nodes in kube-system."""
    levels = {
        row.inputs["metadata"]["name"]: row.inputs["metadata"]["labels"]["pod-security.kubernetes.io/enforce"]
        for row in plan.of_type("kubernetes:core/v1:Namespace")
    }
    assert set(levels.values()) == {"restricted"}


def test_the_trust_domain_is_the_clusters(plan: Plan) -> None:
    assert plan["mesh"].outputs["trust_domain"] == "meridian-test"
