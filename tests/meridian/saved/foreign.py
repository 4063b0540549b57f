"""A state as `pulumi stack export` writes it, of a small TypeScript program with plain AWS resources: none of it is Meridian's."""

from typing import Any

PREFIX = "urn:pulumi:prod::shop::"
STACK = f"{PREFIX}pulumi:pulumi:Stack::shop-prod"
PROVIDER = f"{PREFIX}pulumi:providers:aws::default_7_51_1"
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:abc"}


def urn(type: str, name: str) -> str:
    return f"{PREFIX}{type}::{name}"


def entry(type: str, name: str, inputs: dict[str, Any], id: str, **more: Any) -> dict[str, Any]:
    return {
        "urn": urn(type, name),
        "custom": True,
        "id": id,
        "type": type,
        "inputs": {**inputs, "__defaults": []},
        "outputs": {**inputs, "id": id},
        "parent": STACK,
        "provider": f"{PROVIDER}::04da6b54-80e4-46f7-96ec-b56ff0331ba9",
        "propertyDependencies": dict.fromkeys(inputs),
        **more,
    }


BUCKET = "aws:s3/bucket:Bucket"
GROUP = "aws:ec2/securityGroup:SecurityGroup"


def resources() -> list[dict[str, Any]]:
    world = {"protocol": "tcp", "fromPort": 22, "toPort": 22, "cidrBlocks": ["0.0.0.0/0"]}
    return [
        {"urn": STACK, "custom": False, "type": "pulumi:pulumi:Stack"},
        {"urn": PROVIDER, "custom": True, "id": "1", "type": "pulumi:providers:aws", "inputs": {"region": "eu-west-1"}},
        entry(GROUP, "ssh", {"ingress": [world]}, "sg-0123456789abcdef0"),
        entry("aws:kms/key:Key", "vault", {"enableKeyRotation": False}, "11111111-2222-3333-4444-555555555555"),
        entry(BUCKET, "open", {"bucket": "shop-open"}, "shop-open"),
        entry(BUCKET, "shut", {"bucket": "shut"}, "shut"),
        entry(
            "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
            "shut",
            dict.fromkeys(("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"), True) | {"bucket": "shut"},
            "shut",
        ),
        entry("aws:ssm/parameter:Parameter", "token", {"value": SECRET, "type": "SecureString"}, "token"),
        entry(GROUP, "old", {"ingress": [world]}, "sg-0fedcba9876543210", delete=True),
        entry(GROUP, "found", {}, "sg-0aaaaaaaaaaaaaaaa", external=True),
    ]


def state() -> dict[str, Any]:
    return {"version": 3, "deployment": {"manifest": {"version": "v3.260.0"}, "resources": resources()}}
