"""What a resource takes from its provider: account, region, default tags; each of its own where it says so."""

from collections.abc import Iterator, Mapping

from policies.core import tokens
from policies.core.resource import Resource, Stack, configuration
from policies.core.settings import Settings


def region(stack: Stack, resource: Resource) -> str:
    """Region that the resource lies in; empty where neither it nor its provider says.

    Every regional resource of pulumi_aws 7 has an input `region` that wins over its provider's (AWS provider, enhanced region support).
    """
    own = resource.properties.text("region") if resource.type.startswith("aws:") else ""
    return own or stack.provider_configuration(resource).text("region")


def tags(stack: Stack, resource: Resource) -> Mapping[str, str]:
    """Tags of the resource; its own win over its provider's default ones (AWS provider, default_tags)."""
    default = stack.provider_configuration(resource).section("defaultTags").section("tags")
    return {**dict(default), **dict(resource.properties.section("tags"))}


def own_accounts(stack: Stack, settings: Settings) -> frozenset[str]:
    """Ids of the accounts that are ours: those of the settings, and those that the stack's providers are bound to."""
    return settings.own_accounts | frozenset(_bound_to(stack))


def _bound_to(stack: Stack) -> Iterator[str]:
    for provider in stack.of_type(tokens.AWS_PROVIDER):
        yield from map(str, configuration(provider).texts("allowedAccountIds"))
