"""The origin: reachable by Cloudflare alone, bound to the Gateway's pods, its secrets by reference."""

import pulumi
import pytest

from components.platform.origin import Origin, OriginArgs, OriginSpec
from meridian.plan import Plan, Planned
from tests.components.cluster.surroundings import CLUSTER, Region, region_plan
from tests.shared import crd_faults

INGRESS_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS_RULE = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"


def build(region: Region) -> None:
    made = Origin("origin", OriginArgs(spec=OriginSpec(), cluster=region.cluster))
    pulumi.export("hostname", made.hostname)


@pytest.fixture(scope="module")
def plan() -> Plan:
    return region_plan(build)


def test_the_load_balancer_stands_in_the_public_subnet_of_every_zone(plan: Plan) -> None:
    balancer = _balancer(plan)
    assert (balancer.inputs["loadBalancerType"], balancer.inputs["internal"]) == ("network", False)
    public = {found.id for found in plan.of_type("aws:ec2/subnet:Subnet") if "public" in found.name}
    assert set(balancer.inputs["subnets"]) == public
    assert len(public) == 3
    assert balancer.inputs["enableDeletionProtection"] is True
    assert balancer.inputs["enableCrossZoneLoadBalancing"] is True


def _balancer(plan: Plan) -> Planned:
    (balancer,) = plan.of_type("aws:lb/loadBalancer:LoadBalancer")
    return balancer


def test_only_the_prefix_list_of_cloudflare_may_enter_and_only_at_443(plan: Plan) -> None:
    (group,) = [found for found in plan.of_type("aws:ec2/securityGroup:SecurityGroup") if found.name == "origin-balancer"]
    assert _balancer(plan).inputs["securityGroups"] == [group.id]
    assert not group.inputs.get("ingress")
    (entrance,) = [rule for rule in plan.of_type(INGRESS_RULE) if rule.inputs["securityGroupId"] == group.id]
    (ranges,) = plan.of_type("aws:ec2/managedPrefixList:ManagedPrefixList")
    assert entrance.inputs["prefixListId"] == ranges.id
    assert (entrance.inputs["fromPort"], entrance.inputs["toPort"], entrance.inputs["ipProtocol"]) == (443, 443, "tcp")
    assert "cidrIpv4" not in entrance.inputs
    assert "cidrIpv6" not in entrance.inputs


def test_the_prefix_list_holds_all_ranges_and_no_more_than_a_group_can_take(plan: Plan) -> None:
    (ranges,) = plan.of_type("aws:ec2/managedPrefixList:ManagedPrefixList")
    blocks = [entry["cidr"] for entry in ranges.inputs["entries"]]
    assert "104.16.0.0/13" in blocks
    assert len(blocks) == ranges.inputs["maxEntries"] == 15
    assert ranges.inputs["maxEntries"] < 60


def test_what_leaves_the_load_balancer_may_enter_the_pods(plan: Plan) -> None:
    leaving = {(rule.inputs["referencedSecurityGroupId"], rule.inputs["fromPort"]) for rule in plan.of_type(EGRESS_RULE)}
    (group,) = [found for found in plan.of_type("aws:ec2/securityGroup:SecurityGroup") if found.name == "origin-balancer"]
    entering = {
        (rule.inputs["securityGroupId"], rule.inputs["fromPort"])
        for rule in plan.of_type(INGRESS_RULE)
        if rule.inputs.get("referencedSecurityGroupId") == group.id
    }
    assert leaving == entering
    assert {port for _, port in leaving} == {443, 15021}


def test_tls_is_passed_to_the_gateway_unread(plan: Plan) -> None:
    (listener,) = plan.of_type("aws:lb/listener:Listener")
    (targets,) = plan.of_type("aws:lb/targetGroup:TargetGroup")
    assert (listener.inputs["protocol"], listener.inputs["port"]) == ("TCP", 443)
    assert "certificateArn" not in listener.inputs
    assert listener.inputs["defaultActions"] == [{"type": "forward", "targetGroupArn": targets.outputs["arn"]}]
    assert (targets.inputs["targetType"], targets.inputs["protocol"], targets.inputs["port"]) == ("ip", "TCP", 443)
    check = targets.inputs["healthCheck"]
    assert (check["protocol"], check["port"], check["path"]) == ("HTTP", "15021", "/healthz/ready")
    assert targets.inputs["tags"] == {"eks-cluster": CLUSTER}


def test_the_binding_is_that_of_the_crd_and_leads_to_istios_service(plan: Plan) -> None:
    binding, (targets,) = plan["origin-binding"], plan.of_type("aws:lb/targetGroup:TargetGroup")
    assert crd_faults("aws-load-balancer-controller/elbv2.k8s.aws_targetgroupbindings.yaml", binding.inputs) == []
    assert binding.inputs["metadata"]["namespace"] == "istio-ingress"
    assert binding.inputs["spec"] == {
        "targetGroupARN": targets.outputs["arn"],
        "targetType": "ip",
        "serviceRef": {"name": "public-istio", "port": 443},
    }
    assert plan.of_type("aws:lb/listener:Listener")[0].urn in binding.dependencies


def test_secrets_come_by_reference_and_nobody_waits_for_them(plan: Plan) -> None:
    tls, authority = plan["origin-tls"], plan["origin-pull-ca"]
    for secret in (tls, authority):
        assert crd_faults("external-secrets/external-secrets.io_externalsecrets.yaml", secret.inputs) == []
        assert secret.inputs["metadata"]["annotations"] == {"pulumi.com/skipAwait": "true"}
        assert all(entry["remoteRef"]["key"].startswith(f"{CLUSTER}/") for entry in secret.inputs["spec"]["data"])
    assert tls.inputs["spec"]["target"]["template"] == {"type": "kubernetes.io/tls"}
    assert {entry["secretKey"] for entry in tls.inputs["spec"]["data"]} == {"tls.crt", "tls.key"}
    assert (authority.inputs["metadata"]["name"], authority.inputs["spec"]["data"][0]["secretKey"]) == ("origin-tls-cacert", "ca.crt")
    assert not plan.of_type("kubernetes:core/v1:Secret")


def test_the_hostname_is_the_load_balancers(plan: Plan) -> None:
    assert plan.outputs["hostname"] == _balancer(plan).outputs["dnsName"]
    assert plan.outputs["hostname"].endswith(".elb.eu-west-1.amazonaws.com")


def test_without_protection_it_can_be_taken_down() -> None:
    unprotected = region_plan(
        lambda region: Origin("origin", OriginArgs(spec=OriginSpec(deletion_protection=False), cluster=region.cluster))
    )
    assert _balancer(unprotected).inputs["enableDeletionProtection"] is False
    assert not _balancer(unprotected).options.protect


def test_protection_holds_in_pulumi_too(plan: Plan) -> None:
    assert _balancer(plan).options.protect
