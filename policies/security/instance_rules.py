"""What instances are started with: public addresses, and scripts that anybody on the instance can read."""

import base64
from collections.abc import Iterator, Mapping

from policies.core import tokens
from policies.core.example import example, resource
from policies.core.facts.secret_text import credentials
from policies.core.rule import Subject, rule
from policies.core.verdict import Properties, Severity, known_first


@rule(
    "sec-17",
    on=(tokens.LAUNCH_TEMPLATE, tokens.INSTANCE, tokens.LAUNCH_CONFIGURATION),
    severity=Severity.HIGH,
    why="A template wins over its subnet: one flag puts every instance of it on the internet, in private and public subnets alike.",
    fix=(
        'Set associate_public_ip_address="false" on each of network_interfaces (False on an aws.ec2.Instance and a launch configuration); '
        "use a load balancer or NAT."
    ),
    controls=("fsbp:EC2.25",),
    bad=(
        {"networkInterfaces": [{"associatePublicIpAddress": "true"}]},
        {"networkInterfaces": [{"associatePublicIpAddress": "false"}, {"deviceIndex": 1, "associatePublicIpAddress": "true"}]},
        example(resource(tokens.INSTANCE, {"associatePublicIpAddress": True})),
        example(resource(tokens.LAUNCH_CONFIGURATION, {"associatePublicIpAddress": True})),
    ),
    good=(
        {},
        {"networkInterfaces": [{"associatePublicIpAddress": "false"}]},
        {"networkInterfaces": [{"deviceIndex": 0}]},
        example(resource(tokens.INSTANCE, {"associatePublicIpAddress": False})),
    ),
)
def instances_get_no_public_address(machine: Subject) -> Iterator[str]:
    read = machine.properties
    interfaces = read.sections("networkInterfaces") if machine.resource.type == tokens.LAUNCH_TEMPLATE else (read,)
    yield from known_first(interfaces, _public)


def _public(interface: Properties) -> Iterator[str]:
    if interface.flag("associatePublicIpAddress"):
        yield f"interface {interface.number('deviceIndex', 0):.0f} gets a public address"


SCRIPTS = ("userData", "userDataBase64")
"""Properties that hold the script an instance starts with."""


def _encoded(script: str) -> Mapping[str, object]:
    return {"userData": base64.b64encode(script.encode()).decode()}


# AWS's own example key (IAM user guide, access keys).
_KEY = "export AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


@rule(
    "sec-18",
    on=(tokens.LAUNCH_TEMPLATE, tokens.INSTANCE, tokens.LAUNCH_CONFIGURATION),
    severity=Severity.CRITICAL,
    waivable=False,
    why="Every process on an instance, and everybody who may describe it, reads its user data; it stays in all versions of the template.",
    fix="Read the secret at start from Secrets Manager with the instance's role; withdraw the one that stood in user_data.",
    controls=("pci-dss-4.0:8.6.2",),
    bad=(
        {**_encoded(f"#!/bin/sh\n{_KEY}")},
        {**_encoded("aws configure set aws_access_key_id AKIAIOSFODNN7EXAMPLE")},
        {**_encoded("[mysql]\npassword = correct-horse-battery")},
        {"userData": "H4sIAAAAAAACA3P09nT09A9283fx8zN3jXD0DfBx5QIA26IpfBUAAAA="},
        example(resource(tokens.INSTANCE, {"userData": f"#!/bin/sh\n{_KEY}"})),
        example(resource(tokens.INSTANCE, {"userDataBase64": _encoded("-----BEGIN RSA PRIVATE KEY-----\n")["userData"]})),
        example(resource(tokens.LAUNCH_CONFIGURATION, {"userData": _KEY})),
        example(resource(tokens.LAUNCH_CONFIGURATION, {"userData": 'eval "export DB_PASSWORD=\\"correct-horse\\""'})),
    ),
    good=(
        {},
        {**_encoded("#!/bin/sh\nPASSWORD=$(aws secretsmanager get-secret-value --secret-id db)\nexport PASSWORD=${PASSWORD}")},
        {**_encoded("apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\nspec: {cluster: {name: blue}}")},
        example(resource(tokens.INSTANCE, {"userData": "#!/bin/sh\nyum install -y nginx"})),
    ),
)
def user_data_holds_no_secret(machine: Subject) -> Iterator[str]:
    for key in SCRIPTS:
        yield from (f"{key} holds {kind}" for kind in credentials(machine.properties.text(key)))
