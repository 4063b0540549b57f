"""The tokens are the SDK's own."""

import importlib

import pytest

from policies.core import dns_tokens


@pytest.mark.parametrize("token", dns_tokens.ALL)
def test_token_is_the_class_token(token: str) -> None:
    _, path, name = token.split(":")
    found = getattr(importlib.import_module(f"pulumi_aws.{path.partition('/')[0]}"), name)
    assert found.pulumi_type == token
