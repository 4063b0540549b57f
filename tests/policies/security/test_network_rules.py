"""What the examples of network rules do not show: resources outside the stack, and which ports are watched."""

from datetime import date

import pytest

from policies.core import tokens
from policies.core.example import Draft, Example, example, resource
from policies.core.judge import judge
from policies.core.registry import rules
from policies.core.verdict import Verdict

TODAY = date(2026, 11, 20)


def said(id: str, case: Example) -> list[tuple[Verdict, str]]:
    stack = case.stack(ids_known=False)
    judgements = judge(stack, [rule for rule in rules() if rule.id == id], (), TODAY)
    return [(each.verdict, each.message) for each in judgements if each.urn == stack.resources[0].urn]


def test_nodes_in_foreign_subnets_are_undecided() -> None:
    nodes = resource(tokens.EKS_NODE_GROUP, {"subnetIds": ["subnet-0a1b"]})
    assert said("sec-10", example(nodes)) == [(Verdict.UNDECIDED, "subject.subnetIds (subnets outside this stack) is not known yet")]


def test_a_foreign_subnet_hides_no_public_one() -> None:
    case = example(
        resource(tokens.EKS_NODE_GROUP, {"subnetIds": ["subnet-0a1b", "${subnet.id}"]}),
        subnet=resource(tokens.SUBNET, {"vpcId": "${vpc.id}"}),
        vpc=resource(tokens.VPC),
        route=resource(tokens.ROUTE, {"routeTableId": "${vpc.mainRouteTableId}", "gatewayId": "igw-0a1b"}),
    )
    assert said("sec-10", case) == [(Verdict.FAIL, "subnet subnet routes to the internet gateway igw-0a1b")]


def opened(port: int, block: str = "203.0.113.7/32") -> Draft:
    return resource(tokens.SECURITY_GROUP, {"ingress": [{"protocol": "tcp", "fromPort": port, "toPort": port, "cidrBlocks": [block]}]})


@pytest.mark.parametrize("port", [2379, 2380, 4000, 6379, 8123, 9000, 9009, 10080, 10250, 15010, 15012, 15014, 20160])
def test_data_ports(port: int) -> None:
    """The ports of TiDB, Valkey, ClickHouse, kubelet and Istio, by their own documents."""
    ((verdict, message),) = said("sec-20", example(opened(port)))
    assert verdict is Verdict.FAIL
    assert message.startswith(f"port {port} (")
    assert message.endswith(") is open to 203.0.113.7/32")
    assert said("sec-20", example(opened(port + 10000))) == [(Verdict.PASS, "")]


@pytest.mark.parametrize(
    ("port", "service"), [(22, "SSH"), (23, "Telnet"), (2375, "Docker"), (3389, "RDP"), (5985, "WinRM"), (5986, "WinRM")]
)
def test_administration_ports(port: int, service: str) -> None:
    assert said("sec-19", example(opened(port, "203.0.112.0/23"))) == [
        (Verdict.FAIL, f"512 public addresses reach port {port} ({service}), 256 are allowed")
    ]


def test_every_opening_of_the_default_group_is_named() -> None:
    case = example(
        resource(tokens.VPC),
        closed=resource(
            tokens.DEFAULT_SECURITY_GROUP,
            {"vpcId": "${subject.id}", "ingress": [{"self": True}], "egress": [{"cidrBlocks": ["0.0.0.0/0"]}]},
        ),
        more=resource(tokens.SECURITY_GROUP_EGRESS_RULE, {"securityGroupId": "${closed.id}"}),
    )
    assert [message for _, message in said("sec-26", case)] == [
        "closed has ingress rules",
        "closed has egress rules",
        "more opens the default security group",
    ]
