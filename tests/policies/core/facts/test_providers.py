"""What a resource takes from its provider, and what it says itself."""

import pytest

from policies.core import tokens
from policies.core.example import example, resource
from policies.core.facts import providers
from policies.core.settings import Settings
from policies.core.verdict import UNKNOWN, Undecided

IRELAND = resource(
    tokens.AWS_PROVIDER,
    {
        "region": "eu-west-1",
        "defaultTags": '{"tags": {"owner": "platform", "environment": "production"}}',
        "allowedAccountIds": '["123456789012"]',
    },
)


def test_the_resource_wins_over_its_provider() -> None:
    stack = example(resource(tokens.S3_BUCKET, {"region": "eu-central-1", "tags": {"environment": "staging"}}), provider=IRELAND).stack(
        ids_known=True
    )
    bucket = stack.resources[0]
    assert providers.region(stack, bucket) == "eu-central-1"
    assert providers.tags(stack, bucket) == {"owner": "platform", "environment": "staging"}


def test_the_provider_speaks_for_who_is_silent() -> None:
    stack = example(resource(tokens.S3_BUCKET), provider=IRELAND).stack(ids_known=True)
    assert providers.region(stack, stack.resources[0]) == "eu-west-1"
    assert providers.tags(stack, stack.resources[0]) == {"owner": "platform", "environment": "production"}


def test_without_a_provider_nothing_is_known() -> None:
    stack = example(resource(tokens.S3_BUCKET)).stack(ids_known=True)
    assert providers.region(stack, stack.resources[0]) == ""
    assert providers.tags(stack, stack.resources[0]) == {}
    assert providers.own_accounts(stack, Settings()) == frozenset()


def test_accounts_of_settings_and_providers_add_up() -> None:
    stack = example(resource(tokens.S3_BUCKET), provider=IRELAND).stack(ids_known=True)
    assert providers.own_accounts(stack, Settings(own_accounts=frozenset({"210987654321"}))) == {"123456789012", "210987654321"}


def test_an_unknown_region_is_undecided() -> None:
    stack = example(resource(tokens.S3_BUCKET, {"region": UNKNOWN}), provider=IRELAND).stack(ids_known=True)
    with pytest.raises(Undecided, match=r"^subject\.region$"):
        providers.region(stack, stack.resources[0])
