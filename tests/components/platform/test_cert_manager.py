"""cert-manager: its values, its CRDs, and an authority that can be renewed without an outage."""

import json

import pulumi
import pytest
from jsonschema import Draft7Validator

from components.cluster.node_group import NodeGroup
from components.platform.addon import Delivery
from components.platform.cert_manager import CertManager, CertManagerArgs, certificate, chart_values
from meridian.plan import Plan
from tests.components.cluster.surroundings import CLUSTER, Region, region_plan
from tests.shared import crd_faults, shared, unknown_values

RELEASE = "kubernetes:helm.sh/v3:Release"
ISSUER_CRD = "cert-manager/cert-manager.io_clusterissuers.yaml"
CERTIFICATE_CRD = "cert-manager/cert-manager.io_certificates.yaml"


@pytest.fixture(scope="module")
def plan() -> Plan:
    return region_plan(build)


def build(region: Region, delivery: Delivery = Delivery.HELM) -> None:
    manager = CertManager("cert-manager", CertManagerArgs(cluster=region.cluster, nodes=region.node_group(), delivery=delivery))
    certificate(
        "leaf",
        namespace="tidb",
        secret_name="basic-tidb-server-secret",
        common_name="TiDB",
        dns_names=["basic-tidb", "basic-tidb.tidb"],
        ip_addresses=["127.0.0.1"],
        usages=["server auth"],
        opts=pulumi.ResourceOptions(depends_on=manager.resources),
    )


def test_every_value_is_known_to_the_chart(plan: Plan) -> None:
    (release,) = plan.of_type(RELEASE)
    values = release.inputs["values"]
    free = [
        f"{part}{key}" for part in ("", "webhook.", "cainjector.", "startupapicheck.") for key in ("nodeSelector", "podDisruptionBudget")
    ]
    assert unknown_values("cert-manager", values, free) == []
    schema = json.loads((shared("charts/cert-manager") / "values.schema.json").read_text())
    assert [error.message for error in Draft7Validator(schema).iter_errors(values)] == []


def test_crds_come_with_the_chart_and_stay_when_it_goes(plan: Plan) -> None:
    assert plan.of_type(RELEASE)[0].inputs["values"]["crds"] == {"enabled": True, "keep": True}


def test_every_part_runs_twice_on_the_groups_nodes() -> None:
    nodes: list[NodeGroup] = []
    region_plan(lambda region: nodes.append(region.node_group()))
    values = chart_values(nodes[0])
    for part in (values, values["webhook"], values["cainjector"]):
        assert part["replicaCount"] >= 2
        assert part["podDisruptionBudget"]["enabled"]
        assert part["nodeSelector"] == nodes[0].node_selector
    assert values["startupapicheck"]["enabled"]


def test_objects_are_those_of_the_crds(plan: Plan) -> None:
    issuers = plan.of_type("kubernetes:cert-manager.io/v1:ClusterIssuer")
    assert [crd_faults(ISSUER_CRD, issuer.inputs) for issuer in issuers] == [[], []]
    certificates = plan.of_type("kubernetes:cert-manager.io/v1:Certificate")
    assert [crd_faults(CERTIFICATE_CRD, row.inputs) for row in certificates] == [[], []]


def test_the_authority_is_signed_by_itself_and_signs_the_rest(plan: Plan) -> None:
    authority, issuer = plan["cert-manager-authority"].inputs, plan["cert-manager-issuer"].inputs
    bootstrap = plan["cert-manager-bootstrap"].inputs
    assert bootstrap["spec"] == {"selfSigned": {}}
    assert authority["spec"]["isCA"]
    assert authority["spec"]["issuerRef"]["name"] == bootstrap["metadata"]["name"]
    assert authority["metadata"]["namespace"] == "cert-manager"
    assert issuer["spec"]["ca"]["secretName"] == authority["spec"]["secretName"]
    assert plan["leaf"].inputs["spec"]["issuerRef"] == {
        "name": issuer["metadata"]["name"],
        "kind": "ClusterIssuer",
        "group": "cert-manager.io",
    }
    assert CLUSTER in authority["spec"]["subject"]["organizationalUnits"]


def test_keys_rotate_but_the_authoritys(plan: Plan) -> None:
    assert plan["leaf"].inputs["spec"]["privateKey"]["rotationPolicy"] == "Always"
    assert plan["cert-manager-authority"].inputs["spec"]["privateKey"]["rotationPolicy"] == "Never"


def test_a_leaf_names_what_it_is_for(plan: Plan) -> None:
    spec = plan["leaf"].inputs["spec"]
    assert spec["usages"] == ["server auth"]
    assert spec["ipAddresses"] == ["127.0.0.1"]
    assert (spec["duration"], spec["renewBefore"]) == ("2160h0m0s", "720h0m0s")


def test_the_chain_follows_the_webhook(plan: Plan) -> None:
    chain = ["cert-manager-bootstrap", "cert-manager-authority", "cert-manager-issuer", "leaf"]
    before = plan.of_type(RELEASE)[0]
    for name in chain:
        assert before.urn in plan[name].dependencies
        before = plan[name]


def test_its_namespace_is_restricted(plan: Plan) -> None:
    labels = plan["cert-manager-namespace"].inputs["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


def test_argo_cd_may_deliver_it() -> None:
    made = region_plan(lambda region: build(region, Delivery.ARGO_CD))
    (application,) = made.of_type("kubernetes:argoproj.io/v1alpha1:Application")
    assert application.urn in made["cert-manager-bootstrap"].dependencies


def test_a_common_name_that_x509_refuses_is_refused() -> None:
    with pytest.raises(ValueError, match=r"has 65 characters, X\.509 takes 64: put it into dns_names"):
        certificate("leaf", namespace="a", secret_name="b", common_name="c" * 65, dns_names=[], usages=[], opts=pulumi.ResourceOptions())
