"""Launch templates, and what else starts machines: how they guard credentials and volumes."""

from collections.abc import Iterator

from policies.core import tokens
from policies.core.example import example, resource
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Properties, Severity, known_first


@rule(
    "sec-15",
    on=(tokens.LAUNCH_TEMPLATE, tokens.INSTANCE, tokens.LAUNCH_CONFIGURATION),
    severity=Severity.HIGH,
    why="Metadata service version 1 gives the node's credentials to any request forged through an application; a second hop, to pods.",
    fix='Set metadata_options.http_tokens="required" and http_put_response_hop_limit=1; waive where a pod must read them (hop limit 2).',
    controls=("cis-aws-7.0:6.7", "fsbp:EC2.8"),
    bad=(
        {},
        {"metadataOptions": {"httpTokens": "optional", "httpPutResponseHopLimit": 1}},
        {"metadataOptions": {"httpTokens": "required"}},
        {"metadataOptions": {"httpTokens": "required", "httpPutResponseHopLimit": 2}},
        example(resource(tokens.INSTANCE, {"metadataOptions": {"httpTokens": "optional", "httpPutResponseHopLimit": 1}})),
        example(resource(tokens.LAUNCH_CONFIGURATION, {"imageId": "ami-0a1b"})),
    ),
    good=(
        {"metadataOptions": {"httpTokens": "required", "httpPutResponseHopLimit": 1}},
        {"metadataOptions": {"httpEndpoint": "disabled"}},
    ),
)
def metadata_needs_a_token_and_stays_on_the_node(template: Subject) -> Iterator[str]:
    metadata = template.properties.section("metadataOptions")
    if metadata.text("httpEndpoint", "enabled") == "disabled":
        return
    if metadata.text("httpTokens", "optional") != "required":
        yield "metadata is served without a token"
    # Absent, the image decides, and Amazon Linux 2023 says 2 (EC2 user guide, instance metadata options, order of precedence).
    if (hops := metadata.number("httpPutResponseHopLimit", 2)) != 1:
        yield f"metadata travels {hops:.0f} hops, 1 keeps it on the node"


@rule(
    "sec-16",
    on=(tokens.LAUNCH_TEMPLATE, tokens.INSTANCE, tokens.LAUNCH_CONFIGURATION),
    scope=Scope.STACK,
    severity=Severity.HIGH,
    why="Volumes hold images, caches and swapped secrets; a snapshot of an unencrypted one is readable by whoever it is shared with.",
    fix='Set block_device_mappings[].ebs.encrypted="true" and kms_key_id to the ARN of a key of this stack, the root volume included; '
    "root_block_device.encrypted=True and ebs_block_devices[].encrypted=True of an instance or a launch configuration.",
    controls=("cis-aws-7.0:6.1.1", "fsbp:EC2.3"),
    bad=(
        {},
        {"blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": {"volumeSize": 50}}]},
        {"blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": {"encrypted": "true"}}]},
        {"blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": {"encrypted": "true", "kmsKeyId": "alias/aws/ebs"}}]},
        example(
            resource(
                tokens.LAUNCH_TEMPLATE,
                {
                    "blockDeviceMappings": [
                        {"deviceName": "/dev/xvda", "ebs": {"encrypted": "true", "kmsKeyId": "${key.arn}"}},
                        {"deviceName": "/dev/xvdb", "ebs": {"encrypted": "false"}},
                    ]
                },
            ),
            key=resource(tokens.KMS_KEY),
        ),
        example(resource(tokens.INSTANCE, {"instanceType": "m7i.large"})),
        example(resource(tokens.INSTANCE, {"rootBlockDevice": {"encrypted": True}, "ebsBlockDevices": [{"deviceName": "/dev/sdb"}]})),
        example(resource(tokens.LAUNCH_CONFIGURATION, {"rootBlockDevice": {"encrypted": False}})),
    ),
    good=(
        example(resource(tokens.INSTANCE, {"rootBlockDevice": {"encrypted": True}})),
        example(
            resource(
                tokens.LAUNCH_CONFIGURATION,
                {"rootBlockDevice": {"encrypted": True}, "ebsBlockDevices": [{"deviceName": "/dev/sdb", "snapshotId": "snap-0a1b"}]},
            )
        ),
        example(
            resource(
                tokens.LAUNCH_TEMPLATE,
                {
                    "blockDeviceMappings": [
                        {"deviceName": "/dev/xvda", "ebs": {"encrypted": "true", "kmsKeyId": "${key.arn}"}},
                        {"deviceName": "/dev/sdb", "virtualName": "ephemeral0"},
                    ]
                },
            ),
            key=resource(tokens.KMS_KEY),
        ),
        {
            "blockDeviceMappings": [
                {"deviceName": "/dev/xvda", "ebs": {"encrypted": "true", "kmsKeyId": "arn:aws:kms:eu-west-1:123456789012:key/1234abcd"}}
            ]
        },
    ),
)
def volumes_are_encrypted_with_our_key(machine: Subject) -> Iterator[str]:
    if machine.resource.type == tokens.LAUNCH_TEMPLATE:
        yield from _of_template(machine)
    else:  # a launch configuration cannot name a key (EC2 Auto Scaling API, Ebs)
        volumes = (machine.properties.section("rootBlockDevice"), *machine.properties.sections("ebsBlockDevices"))
        yield from known_first(volumes, _of_instance)


def _of_instance(volume: Properties) -> Iterator[str]:
    if not volume.flag("encrypted") and "snapshotId" not in volume:  # a copy is as encrypted as its snapshot
        yield f"{volume.text('deviceName', 'the root volume')} is not encrypted"


def _of_template(template: Subject) -> Iterator[str]:
    mappings = template.properties.sections("blockDeviceMappings")
    if not mappings:
        yield "no volume is described: the root volume is what the image says"
    ours = bool(template.referents("blockDeviceMappings", *tokens.CUSTOMER_MANAGED_KEYS))
    yield from known_first(mappings, lambda mapping: _volume(mapping, stack_has_the_key=ours))


def _volume(mapping: Properties, *, stack_has_the_key: bool) -> Iterator[str]:
    if "ebs" not in mapping:
        return
    volume, device = mapping.section("ebs"), mapping.text("deviceName")
    if not volume.flag("encrypted"):
        yield f"{device} is not encrypted"
    elif "kmsKeyId" not in volume or not (stack_has_the_key or ":key/" in volume.text("kmsKeyId")):
        yield f"{device} is encrypted with a key that AWS manages"
