"""Cloudflare's tokens are those of its SDK, and what examples say of a resource are inputs that the SDK knows."""

import importlib
import inspect
from collections.abc import Mapping
from typing import Any

import pulumi_cloudflare as cloudflare
import pytest

from policies.core import edge_tokens
from policies.core.registry import rules
from tests.policies.test_tokens import resource_class, unknown_keys

TOKENS = [token for tokens in edge_tokens.ALL for token in tokens]
DRAFTS = [
    pytest.param(draft.type, draft.inputs, id=f"{rule.id}-{kind}-{n}-{name}")
    for rule in rules()
    for kind, examples in (("bad", rule.bad), ("good", rule.good))
    for n, example in enumerate(examples)
    for name, draft in example.drafts.items()
    if draft.type.startswith("cloudflare:")
]


@pytest.mark.parametrize("token", TOKENS)
def test_token_is_the_class_token(token: str) -> None:
    assert vars(getattr(cloudflare, token.rsplit(":", 1)[1]))["pulumi_type"] == token


def test_tokens_of_a_kind_are_one_type_to_the_provider() -> None:
    for today, *older in (tokens for tokens in edge_tokens.ALL if len(tokens) > 1):
        source = importlib.import_module(getattr(cloudflare, today.rsplit(":", 1)[1]).__module__)
        text = inspect.getsource(source)
        assert all(f'type_="{token}"' in text for token in older), today


@pytest.mark.parametrize("token", edge_tokens.AWS_LOAD_BALANCER)
def test_load_balancers_are_the_sdks(token: str) -> None:
    assert vars(resource_class(token))["pulumi_type"] == token


@pytest.mark.parametrize(("token", "inputs"), DRAFTS)
def test_example_inputs_exist(token: str, inputs: Mapping[str, Any]) -> None:
    name = token.rsplit(":", 1)[1]
    module = importlib.import_module(getattr(cloudflare, name).__module__)
    assert list(unknown_keys(inputs, getattr(module, f"{name}Args"), cloudflare)) == []
