"""Providers of the global stack; apart from a region's, which must not import Cloudflare's SDK."""

import pulumi
import pulumi_aws as aws
import pulumi_cloudflare as cloudflare

from components import catalog
from components.tags import default_tags
from stacks.global_spec import GlobalSpec


def edge_providers(spec: GlobalSpec) -> pulumi.ResourceOptions:
    """Cloudflare, with the token of the environment (`CLOUDFLARE_API_TOKEN`), and AWS in the account of the regions for their secrets."""
    return pulumi.ResourceOptions(providers=[cloudflare.Provider("cloudflare"), _aws("aws", spec, spec.home_region)])


def regional_provider(spec: GlobalSpec, region: str) -> pulumi.ResourceOptions:
    """AWS in a region, whose jurisdiction its tags name: for what holds data there."""
    return pulumi.ResourceOptions(providers=[_aws(f"aws-{region}", spec, region)])


def _aws(name: str, spec: GlobalSpec, region: str) -> aws.Provider:
    tags = default_tags(spec.tags, environment=spec.environment, jurisdiction=catalog.region(region).jurisdiction)
    return aws.Provider(name, region=region, allowed_account_ids=[spec.account_id], default_tags=aws.ProviderDefaultTagsArgs(tags=tags))
