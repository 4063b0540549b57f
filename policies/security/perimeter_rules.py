"""The edge of a network: what its subnets take in, and how it reaches AWS."""

import json
from collections.abc import Iterator
from typing import Any

from policies.core import tokens
from policies.core.example import Draft, Example, example, resource
from policies.core.facts import iam, network_acls, trust
from policies.core.facts.addresses import public_addresses
from policies.core.resource import Resource
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Properties, Severity, known_first, known_part

ADMIN_PORTS = {20: "FTP", 21: "FTP", 22: "SSH", 3389: "RDP"}
"""TCP ports of remote administration and file transfer without encryption (CIS AWS 6.2: remote server administration ports)."""


def _entry(**given: Any) -> dict[str, Any]:
    """A rule that lets the world in to SSH, but for what is given."""
    ssh = {"protocol": "tcp", "fromPort": 22, "toPort": 22}
    return {"ruleNo": 100, "action": "allow", **ssh, "cidrBlock": "0.0.0.0/0", **given}


def _list(*entries: dict[str, Any], token: str = tokens.NETWORK_ACL, **others: Draft) -> Example:
    return example(resource(token, {"ingress": list(entries)}), **others)


def _beside(acl: str, **given: Any) -> Draft:
    entry = {**_entry(**given), "networkAclId": acl}
    return resource(
        tokens.NETWORK_ACL_RULE, {"ruleNumber": entry.pop("ruleNo"), "ruleAction": entry.pop("action"), "egress": False, **entry}
    )


_ALL_PORTS = {"protocol": "-1", "fromPort": 0, "toPort": 0}


@rule(
    "sec-27",
    on=network_acls.SUBJECTS,
    scope=Scope.STACK,
    severity=Severity.MEDIUM,
    why="A network ACL is what holds when a security group does not; one that lets the world in to administration ports holds nothing.",
    fix="Let ingress allow the ports that are served, and ports 22 and 3389 from your own addresses only, at most max_addresses.",
    controls=("cis-aws-7.0:6.2", "fsbp:EC2.21"),
    settings=("max_addresses",),
    bad=(
        _list(_entry()),
        _list(_entry(fromPort=1024, toPort=65535)),
        _list(_entry(**_ALL_PORTS)),
        _list(_entry(cidrBlock=None, ipv6CidrBlock="::/0")),
        _list(_entry(cidrBlock="0.0.0.0/1"), _entry(ruleNo=110, cidrBlock="128.0.0.0/1")),
        _list(_entry(), _entry(ruleNo=110, action="deny")),
        _list(_entry(**_ALL_PORTS), token=tokens.DEFAULT_NETWORK_ACL),
        example(resource(tokens.NETWORK_ACL), beside=_beside("${subject.id}")),
        example(_beside("acl-0a1b")),
        example(_beside("acl-0a1b", protocol="6", cidrBlock=None, ipv6CidrBlock="0::/0")),
    ),
    good=(
        example(resource(tokens.NETWORK_ACL)),
        _list(_entry(fromPort=443, toPort=443)),
        _list(_entry(cidrBlock="10.0.0.0/8")),
        _list(_entry(action="deny")),
        _list(_entry(), _entry(ruleNo=90, action="deny")),
        _list(_entry(protocol="udp", fromPort=0, toPort=65535)),
        example(_beside("acl-0a1b", cidrBlock="203.0.113.0/24")),
        example(resource(tokens.NETWORK_ACL_RULE, {**_beside("acl-0a1b").inputs, "egress": True})),
        example(_beside("${list.id}"), list=resource(tokens.NETWORK_ACL)),
    ),
)
def network_acl_keeps_administration_out(acl: Subject) -> Iterator[str]:
    rules = tuple(network_acls.entries(acl.stack, acl.resource))
    for port, service in ADMIN_PORTS.items():
        if (addresses := public_addresses(network_acls.reaching(rules, port))) > acl.settings.max_addresses:
            yield f"{addresses:,} public addresses reach port {port} ({service}), {acl.settings.max_addresses} are allowed"


ENDPOINTS = ("s3", "ecr.api", "ecr.dkr", "sts", "logs", "kms")
"""Services that every node or pod of a cluster calls, by the end of the endpoint's name (EKS user guide, private clusters)."""

_OWN = json.dumps(
    {
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": "*",
                "Action": "*",
                "Resource": "*",
                "Condition": {"StringEquals": {"aws:PrincipalAccount": "123456789012"}},
            }
        ]
    }
)
_ANYBODY = '{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}'


def _endpoint(service: str, vpc: str = "vpc-0a1b", **given: Any) -> Draft:
    named = {"vpcId": vpc, "serviceName": f"com.amazonaws.eu-west-1.{service}", "policy": _OWN, **given}
    return resource(tokens.VPC_ENDPOINT, {key: value for key, value in named.items() if value is not None})


def _endpoint_beside(policy: str) -> Draft:
    return resource(tokens.VPC_ENDPOINT_POLICY, {"vpcEndpointId": "${subject.id}", "policy": policy})


def _network(*services: str) -> Example:
    """A VPC with a cluster in it, and endpoints."""
    return example(
        resource(tokens.VPC),
        subnet=resource(tokens.SUBNET, {"vpcId": "${subject.id}"}),
        cluster=resource(tokens.EKS_CLUSTER, {"vpcConfig": {"subnetIds": ["${subnet.id}"]}}),
        **{f"to_{service.replace('.', '_')}": _endpoint(service, "${subject.id}") for service in services},
    )


@rule(
    "sec-30",
    on=(tokens.VPC, tokens.VPC_ENDPOINT),
    scope=Scope.STACK,
    severity=Severity.MEDIUM,
    why="Without endpoints calls of AWS leave by the internet; one that lets everybody's credentials through carries data to any account.",
    fix=(
        "Give the VPC of a cluster an aws.ec2.VpcEndpoint each for s3, ecr.api, ecr.dkr, sts, logs and kms, with a policy that asks for "
        "aws:PrincipalAccount or aws:PrincipalOrgID."
    ),
    controls=("cis-aws-7.0:6.8", "fsbp:EC2.10"),
    bad=(
        _network(),
        _network("s3", "ecr.api", "ecr.dkr", "sts", "logs"),
        example(_endpoint("s3", policy=None)),
        example(_endpoint("s3", policy=_ANYBODY)),
        example(_endpoint("kms", policy=_ANYBODY.replace('"Action": "*"', '"NotAction": "kms:ScheduleKeyDeletion"'))),
        example(_endpoint("s3", policy=None), beside=_endpoint_beside(_ANYBODY)),
    ),
    good=(
        _network(*ENDPOINTS),
        example(resource(tokens.VPC)),
        example(_endpoint("s3")),
        example(_endpoint("s3", policy=None), beside=_endpoint_beside(_OWN)),
        example(
            _endpoint(
                "s3",
                policy='{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::blue/*"}}',
            )
        ),
        example(_endpoint("s3", serviceName="com.amazonaws.vpce.eu-west-1.vpce-svc-0a1b", policy=None)),
    ),
)
def network_reaches_aws_by_itself(subject: Subject) -> Iterator[str]:
    if subject.resource.type == tokens.VPC_ENDPOINT:
        yield from _endpoint_policy(subject)
    elif any(_holds_a_cluster(subject, subnet) for subnet in subject.referrers(tokens.SUBNET, "vpcId")):
        endpoints = subject.referrers(tokens.VPC_ENDPOINT, "vpcId")
        present, missing = known_part(known_first(endpoints, lambda each: [_service(each.properties)]))
        absent = [service for service in ENDPOINTS if service not in present]
        if absent and missing:
            raise missing
        if absent:
            yield f"there is no endpoint of {', '.join(absent)}"


def _holds_a_cluster(vpc: Subject, subnet: Resource) -> bool:
    users = ((tokens.EKS_CLUSTER, "vpcConfig"), (tokens.EKS_NODE_GROUP, "subnetIds"))
    return any(vpc.stack.referrers(subnet, token, property) for token, property in users)


def _service(endpoint: Properties) -> str:
    """`ecr.api` of `com.amazonaws.eu-west-1.ecr.api`; empty for services of others."""
    parts = endpoint.text("serviceName").removeprefix("cn.").split(".", 3)
    return parts[3] if parts[:2] == ["com", "amazonaws"] and len(parts) == 4 and parts[2] != "vpce" else ""


def _endpoint_policy(endpoint: Subject) -> Iterator[str]:
    if not _service(endpoint.properties):
        return
    own = (endpoint.resource,) if "policy" in endpoint.properties else ()
    holders = (*own, *endpoint.referrers(tokens.VPC_ENDPOINT_POLICY, "vpcEndpointId"))
    if not holders:
        yield "it lets everything through: there is no policy"
    statements = (each for holder in holders for each in trust.trusting(iam.statements(holder.properties, "policy")))
    yield from known_first(statements, _lets_everything_through)


def _lets_everything_through(statement: Properties) -> Iterator[str]:
    anybody = any(each.is_anybody for each in trust.principals(statement))
    actions = "NotAction" in statement or any(action == "*" or action.endswith(":*") for action in statement.texts("Action"))
    if anybody and actions and iam.every_resource(statement) and not len(statement.section("Condition")):
        yield "it lets everybody do everything with every resource"
