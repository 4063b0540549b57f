"""Ways that cost by the gigabyte, things that nobody uses, and what is kept for ever."""

from collections.abc import Iterator
from typing import Any

from policies.core import cost_tokens, tokens
from policies.core.example import Draft, Example, example, resource
from policies.core.facts import buckets
from policies.core.resource import Resource
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Properties, Severity, known_first

BYPASSES = {"s3": "Gateway", "ecr.dkr": "Interface"}
"""Services that nodes fetch gigabytes from -> kind of endpoint that leads there; layers of images come from S3 (EKS user guide, private
clusters)."""
_NETWORK = {
    "subnet": resource(tokens.SUBNET, {"vpcId": "${subject.id}"}),
    "nat": resource(tokens.NAT_GATEWAY, {"subnetId": "${subnet.id}"}),
}


def _endpoint(service: str, kind: str | None) -> Draft:
    given = {} if kind is None else {"vpcEndpointType": kind}
    return resource(tokens.VPC_ENDPOINT, {"vpcId": "${subject.id}", "serviceName": f"com.amazonaws.eu-west-1.{service}", **given})


def _vpc(**others: Draft) -> Example:
    return example(resource(tokens.VPC, {"cidrBlock": "10.8.0.0/16"}), **_NETWORK, **others)


@rule(
    "cost-08",
    on=(tokens.VPC,),
    scope=Scope.STACK,
    severity=Severity.MEDIUM,
    why="Every image and every object that comes through a NAT gateway is paid for by the gigabyte; by an S3 endpoint it is free.",
    fix='Make VpcEndpoints of com.amazonaws.<region>.s3 with vpcEndpointType "Gateway" and of ecr.dkr with "Interface".',
    controls=("fsbp:EC2.10",),
    bad=(
        _vpc(),
        _vpc(ecr=_endpoint("ecr.dkr", "Interface")),
        _vpc(s3=_endpoint("s3", None)),
        _vpc(s3=_endpoint("s3", "Interface"), ecr=_endpoint("ecr.dkr", "Interface")),
    ),
    good=(
        _vpc(s3=_endpoint("s3", "Gateway"), ecr=_endpoint("ecr.dkr", "Interface")),
        _vpc(s3=_endpoint("s3", None), ecr=_endpoint("ecr.dkr", "Interface")),
        example(resource(tokens.VPC, {"cidrBlock": "10.8.0.0/16"})),
    ),
)
def images_and_objects_go_past_nat(vpc: Subject) -> Iterator[str]:
    if not any(True for _ in _gateways(vpc)):
        return
    endpoints = vpc.referrers(tokens.VPC_ENDPOINT, "vpcId")
    yield from known_first(BYPASSES, lambda service: _missing(endpoints, service))


def _gateways(vpc: Subject) -> Iterator[Resource]:
    for subnet in vpc.referrers(tokens.SUBNET, "vpcId"):
        yield from vpc.stack.referrers(subnet, tokens.NAT_GATEWAY, "subnetId")


def _missing(endpoints: tuple[Resource, ...], service: str) -> Iterator[str]:
    if not any(_leads(each.properties, service) for each in endpoints):
        yield f"traffic to {service} goes through NAT: there is no {BYPASSES[service].lower()} endpoint"


def _leads(endpoint: Properties, service: str) -> bool:
    kind = endpoint.text("vpcEndpointType", "Gateway")
    return endpoint.text("serviceName").endswith(f".{service}") and kind == BYPASSES[service]


@rule(
    "cost-10",
    on=(cost_tokens.EIP, tokens.EBS_VOLUME, tokens.NAT_GATEWAY),
    scope=Scope.STACK,
    severity=Severity.LOW,
    why="An address, a disk or a gateway that nothing uses is paid for by the hour until somebody asks what it is for.",
    fix="Give the address to a NatGateway or EipAssociation, the volume to a VolumeAttachment, the gateway to a Route; or delete it.",
    controls=("fsbp:EC2.12",),
    bad=(
        example(resource(cost_tokens.EIP, {"domain": "vpc"})),
        example(resource(tokens.EBS_VOLUME, {"size": 10, "availabilityZone": "eu-west-1a"})),
        example(resource(tokens.NAT_GATEWAY, {"subnetId": "subnet-0a"})),
    ),
    good=(
        example(resource(cost_tokens.EIP, {"domain": "vpc"}), nat=resource(tokens.NAT_GATEWAY, {"allocationId": "${subject.id}"})),
        example(resource(cost_tokens.EIP, {"domain": "vpc", "instance": "i-0a1b"})),
        example(
            resource(tokens.EBS_VOLUME, {"size": 10}),
            attachment=resource(cost_tokens.VOLUME_ATTACHMENT, {"volumeId": "${subject.id}", "instanceId": "i-0a"}),
        ),
        example(resource(tokens.NAT_GATEWAY), route=resource(tokens.ROUTE, {"natGatewayId": "${subject.id}"})),
    ),
)
def nothing_is_paid_for_and_unused(idle: Subject) -> Iterator[str]:
    taken = any(key in idle.properties for key in ("instance", "networkInterface")) and idle.resource.type == cost_tokens.EIP
    if not taken and not idle.stack.users(idle.resource):
        yield "nothing of the stack uses it"


def _rules(*rules: dict[str, Any]) -> Draft:
    return resource(tokens.S3_LIFECYCLE, {"bucket": "${subject.id}", "rules": list(rules)})


_ABORT = {"id": "abort", "status": "Enabled", "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7}}
_EXPIRE = {"id": "old", "status": "Enabled", "noncurrentVersionExpiration": {"noncurrentDays": 30}}
AGEING = ("expiration", "noncurrentVersionExpiration", "noncurrentVersionTransitions", "transitions")
"""What a lifecycle rule may do with what is old."""


@rule(
    "cost-11",
    on=(cost_tokens.LOG_GROUP, *buckets.BUCKETS),
    scope=Scope.STACK,
    severity=Severity.LOW,
    why="Logs, old versions and the halves of broken uploads are kept for ever unless somebody says else, and nobody sees them.",
    fix="Set retentionInDays of log groups; give buckets rules with abortIncompleteMultipartUpload that move or expire what is old.",
    controls=("fsbp:CloudWatch.16", "fsbp:S3.13"),
    bad=(
        example(resource(cost_tokens.LOG_GROUP, {"name": "flow"})),
        example(resource(cost_tokens.LOG_GROUP, {"retentionInDays": 0})),
        example(resource(tokens.S3_BUCKET)),
        example(resource(tokens.S3_BUCKET), lifecycle=_rules(_EXPIRE)),
        example(resource(tokens.S3_BUCKET), lifecycle=_rules(_ABORT)),
        example(resource(tokens.S3_BUCKET), lifecycle=_rules({**_ABORT, "status": "Disabled"}, _EXPIRE)),
    ),
    good=(
        example(resource(cost_tokens.LOG_GROUP, {"retentionInDays": 30})),
        example(resource(tokens.S3_BUCKET), lifecycle=_rules(_ABORT, _EXPIRE)),
        example(
            resource(tokens.S3_BUCKET),
            lifecycle=_rules({**_ABORT, "transitions": [{"days": 30, "storageClass": "INTELLIGENT_TIERING"}]}),
        ),
    ),
)
def nothing_is_kept_for_ever(store: Subject) -> Iterator[str]:
    if store.resource.type == cost_tokens.LOG_GROUP:
        if not store.properties.number("retentionInDays", 0):
            yield "its logs are kept for ever"
        return
    if not any("abortIncompleteMultipartUpload" in each for each in _enabled(store)):
        yield "the halves of broken uploads stay"
    if not any(key in each for each in _enabled(store) for key in AGEING):
        yield "what is old stays where it costs most"


def _enabled(bucket: Subject) -> Iterator[Properties]:
    """Lifecycle rules in force; one whose status is unknown raises Undecided after the others."""
    configurations = buckets.companions(bucket.stack, bucket.resource, buckets.LIFECYCLE)
    rules = known_first(configurations, lambda each: iter(each.properties.sections("rules")))
    return known_first(list(rules), lambda each: (each,) if each.text("status") == "Enabled" else ())
