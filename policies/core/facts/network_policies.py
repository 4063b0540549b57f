"""What a Kubernetes NetworkPolicy lets through (Kubernetes, network policies)."""

from collections.abc import Iterator, Mapping
from ipaddress import ip_network

from policies.core.facts.addresses import public_addresses
from policies.core.resource import Resource
from policies.core.verdict import Properties, known_first

PEERS: Mapping[str, str] = {"ingress": "from", "egress": "to"}
"""Direction -> key of a rule's peers. Without peers a rule opens for everybody."""

HALF_THE_WORLD = 2**31
"""Public addresses from which a list of blocks counts as everybody, however it is split."""

INSTANCE_METADATA = "169.254.169.254/32"
"""Where a node hands out its credentials (EC2 user guide, instance metadata)."""


def isolates(policy: Resource, direction: str) -> bool:
    """Whether the policy closes a direction for all pods of its namespace and opens it for nobody in general."""
    spec = policy.properties.section("spec")
    selector = spec.section("podSelector")
    if selector.section("matchLabels") or len(selector.sections("matchExpressions")):
        return False
    types = spec.texts("policyTypes")
    # Without policyTypes a policy is about ingress, and about egress if it has rules for it.
    speaks = direction.capitalize() in types if len(types) else direction == "ingress" or direction in spec
    return speaks and not any(peer_faults(policy, direction, frozenset()))


def peer_faults(policy: Resource, direction: str, free_ports: frozenset[int]) -> Iterator[str]:
    """Rules of a direction that open for everybody; out to the world only on the free ports."""
    rules = policy.properties.section("spec").sections(direction)
    return known_first(range(len(rules)), lambda at: _rule_faults(rules[at], f"{direction}[{at}]", PEERS[direction], free_ports))


def _rule_faults(rule: Properties, place: str, key: str, free_ports: frozenset[int]) -> Iterator[str]:
    peers = rule.sections(key)
    if not len(peers):
        yield f"{place} names no peer: everybody is one"
    blocks = [peer.section("ipBlock") for peer in peers if "ipBlock" in peer]
    wide = [each for each in blocks if ip_network(each.text("cidr"), strict=False).prefixlen == 0]
    if not wide and public_addresses(each.text("cidr") for each in blocks) < HALF_THE_WORLD:
        return
    if key == "from" or not _is_free(rule, free_ports):
        yield f"{place} opens for the whole world"
    elif any(":" not in each.text("cidr") and INSTANCE_METADATA not in each.texts("except") for each in wide):
        yield f"{place} opens the node's instance metadata too"


def _is_free(rule: Properties, free_ports: frozenset[int]) -> bool:
    ports = rule.sections("ports")
    return len(ports) > 0 and all("endPort" not in each and each.text("port").removesuffix(".0") in map(str, free_ports) for each in ports)
