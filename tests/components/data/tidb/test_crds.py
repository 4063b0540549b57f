"""The job that applies the CRDs: pinned, least rights, restricted, and complete when they are served."""

import pulumi
import pytest
import yaml

from components import catalog
from components.data.tidb import crds as tidb_crds
from components.platform.crd_job import KUBECTL, crd_job
from meridian.plan import Plan
from tests.deploy import deploy
from tests.shared import shared


@pytest.fixture(scope="module")
def plan() -> Plan:
    return deploy(lambda: crd_job("tidb-operator-crds", tidb_crds.tidb_crds("tidb-operator"), pulumi.ResourceOptions()))


def test_the_commit_is_that_of_the_chart() -> None:
    """SOURCES.md of the CRDs names the tag's commit; the catalogue names the tag."""
    rows = [line for line in (shared("crds") / "SOURCES.md").read_text().splitlines() if line.startswith("| tidb-operator-v1 |")]
    assert catalog.chart("tidb-operator").version in rows[0]
    assert tidb_crds.COMMIT in rows[0]
    assert tidb_crds.MANIFEST.endswith(f"/{tidb_crds.COMMIT}/manifests/crd.yaml")


def test_every_kind_that_we_validate_is_waited_for() -> None:
    names = {yaml.safe_load(file.read_text())["metadata"]["name"] for file in shared("crds/tidb-operator-v1").glob("*.yaml")}
    assert names <= set(tidb_crds.crd_names())


def test_the_job_applies_on_the_servers_side_then_waits(plan: Plan) -> None:
    pod = plan["tidb-operator-crds-job"].inputs["spec"]["template"]["spec"]
    (apply,) = pod["initContainers"]
    (wait,) = pod["containers"]
    assert apply["args"][:3] == ["apply", "--server-side", "--force-conflicts"]
    assert tidb_crds.MANIFEST in apply["args"]
    assert "--for=condition=Established" in wait["args"]
    assert {f"customresourcedefinition/{name}" for name in tidb_crds.crd_names()} <= set(wait["args"])


def test_the_image_is_pinned_by_digest(plan: Plan) -> None:
    pod = plan["tidb-operator-crds-job"].inputs["spec"]["template"]["spec"]
    assert {container["image"] for container in (*pod["initContainers"], *pod["containers"])} == {KUBECTL}
    assert "@sha256:" in KUBECTL


def test_the_pod_is_restricted(plan: Plan) -> None:
    """Kubernetes, Pod Security Standards, restricted."""
    pod = plan["tidb-operator-crds-job"].inputs["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in (*pod["initContainers"], *pod["containers"]):
        assert container["securityContext"]["allowPrivilegeEscalation"] is False
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}


def test_rights_reach_these_crds_only_and_never_delete(plan: Plan) -> None:
    create, rest = plan["tidb-operator-crds-role"].inputs["rules"]
    assert create["verbs"] == ["create"]
    assert rest["resourceNames"] == tidb_crds.crd_names()
    assert not {"delete", "update", "*"} & {*create["verbs"], *rest["verbs"]}


def test_rights_come_before_the_job(plan: Plan) -> None:
    before = {plan.by_urn[urn].name for urn in plan["tidb-operator-crds-job"].dependencies}
    assert {"tidb-operator-crds-account", "tidb-operator-crds-role", "tidb-operator-crds-binding"} <= before
