"""A secret that the global stack leaves in a region's Secrets Manager, where External Secrets finds it."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import catalog

RECOVERY_DAYS = 30
"""How long a deleted secret can be brought back; the longest that Secrets Manager offers."""


@dataclass(frozen=True, kw_only=True)
class SecretPlace:
    """Where in a region a secret is left."""

    region: str
    """AWS region code."""
    cluster_name: str
    """Cluster whose External Secrets reads it; the secret's name begins with it."""
    key_arn: pulumi.Input[str]
    """KMS key of the region that encrypts it."""


def region_secret(
    name: str, place: SecretPlace, secret_name: str, values: Mapping[str, pulumi.Input[str]], opts: pulumi.ResourceOptions
) -> aws.secretsmanager.SecretVersion:
    """The secret and its value, a JSON object; the value is marked secret, so that nothing prints it.

    Args:
        name: Logical name.
        place: Region, cluster and key.
        secret_name: Name in Secrets Manager, from `components.platform.ingress`.
        values: Property -> value, as External Secrets reads them.
        opts: Parent and order.
    """
    secret = aws.secretsmanager.Secret(
        name,
        name=secret_name,
        region=place.region,
        kms_key_id=place.key_arn,
        recovery_window_in_days=RECOVERY_DAYS,
        description="Written by the global stack",
        tags={"jurisdiction": catalog.region(place.region).jurisdiction},  # the provider's own tags name that of its home
        opts=opts,
    )
    return aws.secretsmanager.SecretVersion(
        f"{name}-value",
        region=place.region,
        secret_id=secret.id,
        secret_string=pulumi.Output.secret(pulumi.Output.json_dumps(values)),
        opts=opts,
    )
