"""EksCluster: what EKS is asked for, in which order, and what is refused."""

import json
from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from components.cluster.eks import EksCluster, EksClusterArgs, overlap_faults, support_faults
from meridian.engine.faults import ProgramFailed
from meridian.plan import Plan
from tests.components.cluster.ireland import ACCOUNT, CLUSTER_ARN, CLUSTER_NAME, DEPLOY, LOCATION, cluster, cluster_spec, network
from tests.deploy import deploy

CLUSTER = "cluster-cluster"


@pytest.fixture(scope="module")
def plan() -> Plan:
    return deploy(cluster)


def inputs(plan: Plan, name: str) -> dict[str, Any]:
    return dict(plan[name].inputs)


def test_the_api_is_private_and_entered_by_access_entries_alone(plan: Plan) -> None:
    made = inputs(plan, CLUSTER)
    assert made["vpcConfig"]["endpointPrivateAccess"] is True
    assert made["vpcConfig"]["endpointPublicAccess"] is False
    assert "publicAccessCidrs" not in made["vpcConfig"]
    assert made["accessConfig"] == {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False}


def test_what_a_production_cluster_has_on(plan: Plan) -> None:
    made = inputs(plan, CLUSTER)
    assert sorted(made["enabledClusterLogTypes"]) == ["api", "audit", "authenticator", "controllerManager", "scheduler"]
    assert made["zonalShiftConfig"] == {"enabled": True}
    assert made["upgradePolicy"] == {"supportType": "STANDARD"}
    assert made["bootstrapSelfManagedAddons"] is False
    assert made["deletionProtection"] is True
    assert plan[CLUSTER].options.protect
    assert made["version"] == "1.35"
    assert made["name"] == CLUSTER_NAME
    assert made["kubernetesNetworkConfig"] == {"ipFamily": "ipv4", "serviceIpv4Cidr": "172.20.0.0/16"}


def test_the_control_plane_lies_in_the_private_subnets_of_all_zones(plan: Plan) -> None:
    private = [plan[f"network-private-{zone}"].id for zone in ("euw1-az1", "euw1-az2", "euw1-az3")]
    assert inputs(plan, CLUSTER)["vpcConfig"]["subnetIds"] == private


def test_secrets_have_a_rotating_key_of_their_own(plan: Plan) -> None:
    key = plan.find("aws:kms/key:Key", "cluster-secrets-key")
    assert inputs(plan, CLUSTER)["encryptionConfig"] == {"provider": {"keyArn": key.outputs["arn"]}, "resources": ["secrets"]}
    assert key.inputs["enableKeyRotation"] is True
    assert key.options.protect
    logs_key = plan.find("aws:kms/key:Key", "cluster-logs-key")
    assert plan["cluster-logs-group"].inputs["kmsKeyId"] == logs_key.outputs["arn"] != key.outputs["arn"]


def test_the_role_is_for_this_cluster_only_and_can_only_be_a_cluster(plan: Plan) -> None:
    [statement] = json.loads(plan["cluster-role"].inputs["assumeRolePolicy"])["Statement"]
    assert statement == {
        "Effect": "Allow",
        "Principal": {"Service": "eks.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"ArnLike": {"aws:SourceArn": CLUSTER_ARN}, "StringEquals": {"aws:SourceAccount": ACCOUNT}},
    }
    role = plan["cluster-role"].outputs["name"]
    attached = [made.inputs for made in plan.of_type("aws:iam/rolePolicyAttachment:RolePolicyAttachment") if made.inputs["role"] == role]
    assert [made["policyArn"] for made in attached] == ["arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"]


def test_the_log_group_that_eks_would_make_is_made_before_it(plan: Plan) -> None:
    logs = plan["cluster-logs-group"]
    assert logs.inputs["name"] == f"/aws/eks/{CLUSTER_NAME}/cluster"
    assert logs.inputs["retentionInDays"] == 365
    assert logs.urn in plan[CLUSTER].dependencies
    [grant] = [s for s in json.loads(plan.find("aws:kms/key:Key", "cluster-logs-key").inputs["policy"])["Statement"] if "Condition" in s]
    assert grant["Principal"] == {"Service": "logs.eu-west-1.amazonaws.com"}
    arn = f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:/aws/eks/{CLUSTER_NAME}/cluster"
    assert grant["Condition"] == {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": arn}}


def test_audit_logs_are_protected_as_the_cluster_is_and_never_outlive_their_key(plan: Plan) -> None:
    assert plan["cluster-logs-group"].options.protect
    assert not plan["cluster-logs-group"].options.retain_on_delete
    assert not deploy(lambda: cluster(deletion_protection=False))["cluster-logs-group"].options.protect


def test_the_ways_out_and_the_roles_policy_outlive_the_cluster(plan: Plan) -> None:
    before = plan.depends(plan[CLUSTER])
    routes = {route.urn for route in plan.of_type("aws:ec2/route:Route")}
    associations = {made.urn for made in plan.of_type("aws:ec2/routeTableAssociation:RouteTableAssociation")}
    assert routes
    assert routes | associations | {plan["cluster-role-cluster"].urn} <= before


def test_the_identity_provider_trusts_tokens_for_sts(plan: Plan) -> None:
    provider = plan["cluster-oidc"]
    assert provider.inputs["clientIdLists"] == ["sts.amazonaws.com"]
    assert provider.inputs["url"].startswith("https://oidc.eks.eu-west-1.amazonaws.com/id/")
    assert "thumbprintLists" not in provider.inputs
    assert plan["cluster"].outputs["oidc_issuer"] == provider.inputs["url"].removeprefix("https://")


def test_the_kubeconfig_logs_in_as_whoever_reads_it(plan: Plan) -> None:
    kubeconfig = json.loads(plan["cluster"].outputs["kubeconfig"])
    [context], [entry], [user] = kubeconfig["contexts"], kubeconfig["clusters"], kubeconfig["users"]
    assert (kubeconfig["kind"], kubeconfig["apiVersion"], kubeconfig["current-context"]) == ("Config", "v1", context["name"])
    assert context["context"] == {"cluster": entry["name"], "user": user["name"]}
    assert entry["cluster"]["server"] == plan[CLUSTER].outputs["endpoint"]
    assert entry["cluster"]["certificate-authority-data"] == plan[CLUSTER].outputs["certificateAuthority"]["data"]
    login = user["user"]["exec"]
    assert login["command"] == "aws"
    assert login["args"] == ["--region", "eu-west-1", "eks", "get-token", "--cluster-name", CLUSTER_NAME, "--output", "json"]
    assert "env" not in login
    assert set(user["user"]) == {"exec"}


def test_nothing_but_the_cluster_component_is_at_the_top(plan: Plan) -> None:
    above = {made.name: plan.by_urn[made.parent].name for made in plan if made.name.startswith("cluster-") and made.custom}
    assert above[CLUSTER] == above["cluster-role"] == above["cluster-oidc"] == "cluster"
    assert above["cluster-access-deploy"] == "cluster-access"


def test_trust_and_key_policies_are_known_in_a_preview() -> None:
    preview = deploy(cluster, mode="preview")
    assert preview["cluster-role"].unknown == ()
    assert [key.unknown for key in preview.of_type("aws:kms/key:Key")] == [(), ()]


def test_a_public_endpoint_is_for_named_ranges() -> None:
    made = deploy(lambda: cluster(public_access_cidrs=["198.51.100.0/24"]))[CLUSTER].inputs["vpcConfig"]
    assert made["endpointPublicAccess"] is True
    assert made["publicAccessCidrs"] == ["198.51.100.0/24"]
    assert made["endpointPrivateAccess"] is True


def test_a_stack_that_comes_and_goes_is_not_protected() -> None:
    made = deploy(lambda: cluster(deletion_protection=False))[CLUSTER]
    assert made.inputs["deletionProtection"] is False
    assert not made.options.protect


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"public_access_cidrs": ["0.0.0.0/0"]}, r"public_access_cidrs: the IPv4 ranges hold"),
        ({"public_access_cidrs": ["0.0.0.0/1", "128.0.0.0/1"]}, r"public_access_cidrs: the IPv4 ranges hold"),
        ({"public_access_cidrs": ["::/0"]}, r"public_access_cidrs: the IPv6 ranges hold"),
        ({"version": "1.33"}, r"version '1\.33' is not in the catalogue.*1\.34, 1\.35, 1\.36"),
        ({"service_cidr": "100.64.0.0/16"}, r"100\.64\.0\.0/16 must lie within 10\.0\.0\.0/8"),
        ({"service_cidr": "10.0.0.0/8"}, r"between /24 and /12"),
        ({"service_cidr": "172.20.0.0/25"}, r"between /24 and /12"),
        ({"log_retention_days": 100}, r"log_retention_days"),
        ({"log_retention_days": 0}, r"log_retention_days"),
        ({"access": {}}, r"access: none has AmazonEKSClusterAdminPolicy"),
        ({"access": {"a": DEPLOY, "b": DEPLOY}}, r"access: a, b name the same role"),
        ({"endpoint_public": True}, r"endpoint_public"),
    ],
)
def test_refuses(knobs: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        cluster_spec(**knobs)


def test_all_faults_come_at_once() -> None:
    with pytest.raises(ValidationError, match=r"public_access_cidrs: .*; access: "):
        cluster_spec(public_access_cidrs=["0.0.0.0/0"], access={})


def test_services_never_hide_the_vpc() -> None:
    assert overlap_faults("10.4.0.0/16", ["10.4.0.0/16", "100.64.0.0/16"]) == [
        "service_cidr: 10.4.0.0/16 overlaps 10.4.0.0/16 of the VPC: choose another range"
    ]
    with pytest.raises(ProgramFailed, match=r"cluster 'cluster': service_cidr: 10\.4\.0\.0/16 overlaps 10\.4\.0\.0/16"):
        deploy(lambda: cluster(service_cidr="10.4.0.0/16"))


def test_a_name_eks_would_refuse_is_refused_by_name() -> None:
    def build() -> None:
        EksCluster("cluster", EksClusterArgs(spec=cluster_spec(), cluster_name="a" * 101, location=LOCATION, vpc=network()))

    with pytest.raises(ProgramFailed, match=r"EKS cluster name 'a+' has 101 characters, at most 100"):
        deploy(build)


@pytest.mark.parametrize(
    ("version", "today", "faulty"),
    [
        ("1.34", date(2026, 12, 2), False),
        ("1.34", date(2026, 12, 3), True),
        ("1.35", date(2026, 12, 3), False),
        ("1.36", date(2027, 8, 3), True),
    ],
)
def test_support_is_judged_on_the_day_handed_in(version: str, today: date, *, faulty: bool) -> None:
    assert bool(support_faults(version, today)) is faulty


def test_an_unsupported_version_names_the_supported_ones() -> None:
    assert support_faults("1.34", date(2026, 12, 3)) == ["version: standard support of 1.34 ended on 2026-12-02: choose one of 1.36, 1.35"]
    [fault] = support_faults("1.34", date(2030, 1, 1))
    assert "the catalogue is out of date" in fault
