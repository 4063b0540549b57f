"""What network policies close and open."""

from typing import Any

import pytest

from policies.core import kinds
from policies.core.example import example, resource
from policies.core.facts.network_policies import isolates, peer_faults
from policies.core.resource import Resource


def policy(**spec: Any) -> Resource:
    return example(resource(kinds.NETWORK_POLICY[0], {"spec": spec})).stack(ids_known=True).resources[0]


@pytest.mark.parametrize(
    ("spec", "closed"),
    [
        ({"podSelector": {}}, {"ingress"}),
        ({"podSelector": {}, "egress": []}, {"ingress", "egress"}),
        ({"podSelector": {}, "policyTypes": ["Egress"]}, {"egress"}),
        ({"podSelector": {}, "policyTypes": ["Ingress", "Egress"], "ingress": [{}]}, {"egress"}),
        ({"podSelector": {"matchLabels": {"a": "b"}}}, set()),
        ({"podSelector": {"matchExpressions": [{"key": "a", "operator": "Exists"}]}}, set()),
    ],
)
def test_directions_closed(spec: dict[str, Any], closed: set[str]) -> None:
    """Kubernetes API, NetworkPolicySpec.policyTypes: always Ingress, and Egress if there are egress rules."""
    assert {direction for direction in ("ingress", "egress") if isolates(policy(**spec), direction)} == closed


def test_faults_name_their_rule() -> None:
    world = {"ipBlock": {"cidr": "0.0.0.0/0", "except": ["169.254.169.254/32"]}}
    rules = [{"to": [world], "ports": [{"port": 443.0}]}, {"to": [world], "ports": [{"port": 80.0}]}, {}]
    assert list(peer_faults(policy(egress=rules), "egress", frozenset({443}))) == [
        "egress[1] opens for the whole world",
        "egress[2] names no peer: everybody is one",
    ]
