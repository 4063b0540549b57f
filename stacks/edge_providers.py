"""Providers of the global stack; apart from a region's, which must not import Cloudflare's SDK."""

import pulumi
import pulumi_aws as aws
import pulumi_cloudflare as cloudflare

from components import catalog
from components.tags import default_tags
from stacks.global_spec import GlobalSpec


def edge_providers(spec: GlobalSpec) -> pulumi.ResourceOptions:
    """Cloudflare, with the token of the environment (`CLOUDFLARE_API_TOKEN`), and AWS in the account of the regions for their secrets."""
    tags = default_tags(spec.tags, environment=spec.environment, jurisdiction=catalog.region(spec.home_region).jurisdiction)
    return pulumi.ResourceOptions(
        providers=[
            cloudflare.Provider("cloudflare"),
            aws.Provider(
                "aws",
                region=spec.home_region,
                allowed_account_ids=[spec.account_id],
                default_tags=aws.ProviderDefaultTagsArgs(tags=tags),
            ),
        ]
    )
