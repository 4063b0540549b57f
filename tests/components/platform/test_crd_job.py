"""The job that applies CRDs: rights on exactly these, nothing of root."""

import pulumi
import pytest

from components.platform.crd_job import CrdJobArgs, crd_job
from meridian.plan import Plan
from tests.deploy import deploy

NAMES = ("widgets.example.com", "gears.example.com")
ARGS = CrdJobArgs(
    owner="example",
    namespace="space",
    manifests=("https://example.com/0123/widgets.yaml", "https://example.com/0123/gears.yaml"),
    crds=NAMES,
    tolerations=({"key": "dedicated", "operator": "Exists"},),
)


@pytest.fixture(scope="module")
def plan() -> Plan:
    return deploy(lambda: crd_job("crds", ARGS, pulumi.ResourceOptions()))


def test_it_may_touch_these_crds_only(plan: Plan) -> None:
    create, others = plan["crds-role"].inputs["rules"]
    assert create["verbs"] == ["create"]
    assert others["resourceNames"] == list(NAMES)
    assert set(others["verbs"]) == {"get", "list", "watch", "patch"}
    assert plan["crds-role"].inputs["metadata"]["name"] == plan["crds-binding"].inputs["roleRef"]["name"] == "example-crd-installer"


def test_every_manifest_is_applied_on_the_server_then_waited_for(plan: Plan) -> None:
    pod = plan["crds-job"].inputs["spec"]["template"]["spec"]
    apply = pod["initContainers"][0]["args"]
    assert apply[:3] == ["apply", "--server-side", "--force-conflicts"]
    assert [apply[at + 1] for at, argument in enumerate(apply) if argument == "--filename"] == list(ARGS.manifests)
    assert pod["containers"][0]["args"][0] == "wait"
    assert pod["tolerations"] == [{"key": "dedicated", "operator": "Exists"}]


def test_its_pod_suits_a_restricted_namespace(plan: Plan) -> None:
    pod = plan["crds-job"].inputs["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"]
    assert pod["securityContext"]["runAsGroup"] == 65532  # else the image's, which may be 0: root's
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in (*pod["initContainers"], *pod["containers"]):
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert "@sha256:" in container["image"]


def test_rights_come_before_the_job(plan: Plan) -> None:
    assert {plan["crds-account"].urn, plan["crds-role"].urn, plan["crds-binding"].urn} <= set(plan["crds-job"].dependencies)
