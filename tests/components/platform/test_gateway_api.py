"""Gateway API's CRDs: the set that the mesh's release was built with."""

import pytest

from components.platform.gateway_api import KINDS, crd_names, manifests
from meridian.plan import Plan
from tests.components.platform.mesh_surroundings import mesh_plan
from tests.shared import shared


@pytest.fixture(scope="module")
def plan() -> Plan:
    return mesh_plan()


def test_it_applies_every_crd_of_the_standard_channel_by_commit() -> None:
    """v1.5.1, which Istio 1.30.3 names in its go.mod, has eight; TCP and UDP routes became standard with 1.6."""
    assert len(KINDS) == 8
    for kind, manifest in zip(KINDS, manifests(), strict=True):
        assert manifest.endswith(f"/gateway.networking.k8s.io_{kind}.yaml")
        assert "/e7677b70ae75d14a4448fba94870e7deea6cf0ad/" in manifest


def test_every_name_is_one_of_gateway_api() -> None:
    known = {path.stem.replace("gateway.networking.k8s.io_", "") for path in shared("crds/gateway-api").glob("*.yaml")}
    assert set(KINDS) < known


def test_the_job_waits_until_they_are_served(plan: Plan) -> None:
    pod = plan["mesh-gateway-api-crds-job"].inputs["spec"]["template"]["spec"]
    (apply,), (wait,) = pod["initContainers"], pod["containers"]
    assert [argument for argument in apply["args"] if argument.startswith("https")] == manifests()
    assert apply["args"].count("--filename") == len(KINDS)
    assert [argument for argument in wait["args"] if argument.startswith("customresource")] == [
        f"customresourcedefinition/{name}" for name in crd_names()
    ]


def test_it_runs_in_a_closed_namespace_of_its_own(plan: Plan) -> None:
    job = plan["mesh-gateway-api-crds-job"]
    assert job.inputs["metadata"]["namespace"] == "gateway-api"
    assert plan["mesh-gateway-api-to-tcp-443"].urn in job.dependencies
