"""ControlPlaneIngress: exactly the listed ports, from the control plane only."""

from components.cluster.control_plane_ports import CONTROL_PLANE_PORTS, ControlPlaneIngress, ControlPlaneIngressArgs, ControlPlanePort
from meridian.plan import Plan
from tests.components.cluster.ireland import cluster
from tests.deploy import deploy

RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"


def ports(plan: Plan) -> dict[str, tuple[str, int, int]]:
    return {made.name: (made.inputs["ipProtocol"], made.inputs["fromPort"], made.inputs["toPort"]) for made in plan.of_type(RULE)}


def test_the_list_names_what_the_control_plane_calls() -> None:
    assert {port.name: port.port for port in CONTROL_PLANE_PORTS} == {
        "kubelet": 10250,
        "metrics-server": 10251,
        "istiod": 15017,
        "admission": 9443,
    }
    assert all(port.reason for port in CONTROL_PLANE_PORTS)


def test_a_group_of_ones_own_is_opened_port_by_port_to_the_control_plane() -> None:
    plan = deploy(lambda: ControlPlaneIngress("mesh", ControlPlaneIngressArgs(cluster=cluster(), security_group_id="sg-own")))
    assert ports(plan) == {
        "mesh-kubelet": ("tcp", 10250, 10250),
        "mesh-metrics-server": ("tcp", 10251, 10251),
        "mesh-istiod": ("tcp", 15017, 15017),
        "mesh-admission": ("tcp", 9443, 9443),
    }
    for rule in plan.of_type(RULE):
        assert rule.inputs["securityGroupId"] == "sg-own"
        assert plan["cluster-cluster"].urn in rule.property_dependencies["referencedSecurityGroupId"]
        assert not {"cidrIpv4", "cidrIpv6"} & set(rule.inputs)


def test_a_component_brings_its_own_port() -> None:
    own = ControlPlanePort(port=8080, name="vault", reason="injector")
    plan = deploy(lambda: ControlPlaneIngress("vault", ControlPlaneIngressArgs(cluster=cluster(), security_group_id="sg-own", ports=[own])))
    assert ports(plan) == {"vault-vault": ("tcp", 8080, 8080)}


def test_eks_own_group_needs_no_rules() -> None:
    assert deploy(cluster).of_type(RULE) == []
