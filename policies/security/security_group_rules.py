"""Security groups: which ports are open to whom, whatever the encoding."""

from collections.abc import Iterator
from typing import Any

from policies.core import tokens
from policies.core.example import Example, example, resource
from policies.core.facts.addresses import PRIVATE_IPV4, public_addresses, within
from policies.core.facts.security_groups import SUBJECTS, reach
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Severity

ADMIN_PORTS = {22: "SSH", 23: "Telnet", 2375: "Docker", 3389: "RDP", 5985: "WinRM", 5986: "WinRM"}
"""TCP ports by which machines are administered (CIS AWS 6.3 names 22 and 3389; the others by the IANA service-name registry)."""

DATA_PORTS = {
    2379: "etcd and PD clients",
    2380: "etcd and PD peers",
    4000: "TiDB",
    6379: "Redis and Valkey",
    8123: "ClickHouse HTTP",
    9000: "ClickHouse native",
    9009: "ClickHouse replication",
    10080: "TiDB status",
    10250: "kubelet",
    15010: "istiod, plain text",
    15012: "istiod",
    15014: "istiod monitoring",
    20160: "TiKV",
}
"""TCP ports that data stores and cluster internals listen on (each product's documentation of its ports)."""


def _inline(**ingress: Any) -> Example:
    return example(
        resource(tokens.SECURITY_GROUP, {"vpcId": "${vpc.id}", "ingress": [ingress]}),
        vpc=resource(tokens.VPC, {"cidrBlock": "10.8.0.0/16"}),
    )


def _attached(type: str, /, **others: Any) -> Example:
    return example(resource(tokens.SECURITY_GROUP), opening=resource(type, {"securityGroupId": "${subject.id}", **others}))


_SSH = {"protocol": "tcp", "fromPort": 22, "toPort": 22}
_SSH_VPC = {"ipProtocol": "tcp", "fromPort": 22, "toPort": 22}


@rule(
    "sec-19",
    on=SUBJECTS,
    scope=Scope.STACK,
    severity=Severity.CRITICAL,
    why="Administration ports on the internet are scanned within minutes; a list of CIDR blocks that add up to the world is no list.",
    fix="Drop the rule and use SSM Session Manager, or narrow its addresses to your own egress, together at most max_addresses.",
    controls=("cis-aws-7.0:6.3", "cis-aws-7.0:6.4", "fsbp:EC2.13", "fsbp:EC2.14"),
    settings=("max_addresses",),
    bad=(
        _inline(**_SSH, cidrBlocks=["0.0.0.0/0"]),
        _inline(**_SSH, cidrBlocks=["0.0.0.0/1", "128.0.0.0/1"]),
        _inline(protocol="-1", fromPort=0, toPort=0, ipv6CidrBlocks=["::/0"]),
        _inline(protocol="6", fromPort=0, toPort=65535, cidrBlocks=["203.0.112.0/23"]),
        _attached(tokens.SECURITY_GROUP_RULE, type="ingress", **_SSH, cidrBlocks=["0.0.0.0/0"]),
        _attached(tokens.SECURITY_GROUP_INGRESS_RULE, **_SSH_VPC, cidrIpv4="0.0.0.0/0"),
        _attached(tokens.SECURITY_GROUP_INGRESS_RULE, ipProtocol="-1", cidrIpv6="::/0"),
        example(
            resource(tokens.SECURITY_GROUP),
            lower=resource(tokens.SECURITY_GROUP_INGRESS_RULE, {"securityGroupId": "${subject.id}", **_SSH_VPC, "cidrIpv4": "0.0.0.0/1"}),
            upper=resource(tokens.SECURITY_GROUP_INGRESS_RULE, {"securityGroupId": "${subject.id}", **_SSH_VPC, "cidrIpv4": "128.0.0.0/1"}),
        ),
        example(
            resource(tokens.SECURITY_GROUP_RULE, {"securityGroupId": "sg-0a1b", "type": "ingress", **_SSH, "cidrBlocks": ["0.0.0.0/0"]})
        ),
        example(resource(tokens.DEFAULT_SECURITY_GROUP, {"ingress": [{**_SSH, "cidrBlocks": ["0.0.0.0/0"]}]})),
        example(
            resource(tokens.SECURITY_GROUP, {"ingress": [{**_SSH, "prefixListIds": ["${offices.id}"]}]}),
            offices=resource(tokens.MANAGED_PREFIX_LIST, {"entries": [{"cidr": "0.0.0.0/1"}]}),
            more=resource(tokens.MANAGED_PREFIX_LIST_ENTRY, {"prefixListId": "${offices.id}", "cidr": "128.0.0.0/1"}),
        ),
    ),
    good=(
        _inline(**_SSH, cidrBlocks=["203.0.113.0/24"]),
        _inline(protocol="tcp", fromPort=443, toPort=443, cidrBlocks=["0.0.0.0/0"]),
        _inline(protocol="icmp", fromPort=8, toPort=0, cidrBlocks=["0.0.0.0/0"]),
        _inline(protocol="-1", fromPort=0, toPort=0, securityGroups=["sg-0a1b"]),
        _attached(tokens.SECURITY_GROUP_RULE, type="egress", **_SSH, cidrBlocks=["0.0.0.0/0"]),
        _attached(tokens.SECURITY_GROUP_INGRESS_RULE, **_SSH_VPC, cidrIpv4="10.0.0.0/8"),
        _attached(tokens.SECURITY_GROUP_INGRESS_RULE, ipProtocol="-1", referencedSecurityGroupId="sg-0a1b"),
    ),
)
def administration_ports_are_not_public(group: Subject) -> Iterator[str]:
    for port, blocks in reach(group.stack, group.resource, ADMIN_PORTS):
        addresses = public_addresses(blocks)
        if addresses > group.settings.max_addresses:
            yield f"{addresses:,} public addresses reach port {port} ({ADMIN_PORTS[port]}), {group.settings.max_addresses} are allowed"


_VALKEY = {"protocol": "tcp", "fromPort": 6379, "toPort": 6379}


@rule(
    "sec-20",
    on=SUBJECTS,
    scope=Scope.STACK,
    severity=Severity.CRITICAL,
    waivable=False,
    why="Data stores and cluster internals trust their network: several ask for no password, all are worth the whole of what they hold.",
    fix="Let the port be reached from security groups, or from CIDR blocks inside the VPC.",
    controls=("fsbp:EC2.18", "fsbp:EC2.19", "pci-dss-4.0:1.3.1"),
    bad=(
        _inline(**_VALKEY, cidrBlocks=["203.0.113.7/32"]),
        _inline(**_VALKEY, cidrBlocks=["10.9.0.0/16"]),
        _inline(protocol="tcp", fromPort=1024, toPort=65535, ipv6CidrBlocks=["::/0"]),
        _attached(
            tokens.SECURITY_GROUP_RULE, type="ingress", protocol="all", fromPort=0, toPort=0, cidrBlocks=["0.0.0.0/1", "128.0.0.0/1"]
        ),
        _attached(tokens.SECURITY_GROUP_INGRESS_RULE, ipProtocol="tcp", fromPort=4000, toPort=4000, cidrIpv4="203.0.113.7/32"),
    ),
    good=(
        _inline(**_VALKEY, cidrBlocks=["10.8.0.0/17", "10.8.128.0/17"]),
        _inline(**_VALKEY, securityGroups=["sg-0a1b"]),
        _inline(protocol="tcp", fromPort=443, toPort=443, cidrBlocks=["0.0.0.0/0"]),
        _attached(tokens.SECURITY_GROUP_INGRESS_RULE, ipProtocol="tcp", fromPort=4000, toPort=4000, cidrIpv4="10.0.0.0/8"),
        example(
            resource(tokens.SECURITY_GROUP, {"vpcId": "${vpc.id}", "ingress": [{**_VALKEY, "cidrBlocks": ["100.64.0.0/16"]}]}),
            vpc=resource(tokens.VPC, {"cidrBlock": "10.8.0.0/16"}),
            pods=resource(tokens.VPC_IPV4_CIDR_BLOCK_ASSOCIATION, {"vpcId": "${vpc.id}", "cidrBlock": "100.64.0.0/16"}),
        ),
    ),
)
def data_ports_stay_inside_the_network(group: Subject) -> Iterator[str]:
    for port, blocks in reach(group.stack, group.resource, DATA_PORTS):
        outside = [block for block in blocks if not within(block, _own_blocks(group))]
        if outside:
            yield f"port {port} ({DATA_PORTS[port]}) is open to {', '.join(sorted(outside))}"


def _own_blocks(group: Subject) -> Iterator[str]:
    """Blocks of the group's VPC; all private ones where the VPC is not part of the stack."""
    vpcs = group.referents("vpcId", tokens.VPC)
    if not vpcs:
        yield from map(str, PRIVATE_IPV4)
    for vpc in vpcs:
        associations = group.stack.referrers(vpc, tokens.VPC_IPV4_CIDR_BLOCK_ASSOCIATION, "vpcId")
        for holder, key in ((vpc, "cidrBlock"), (vpc, "ipv6CidrBlock"), *((each, "cidrBlock") for each in associations)):
            yield from holder.properties.texts(key)
