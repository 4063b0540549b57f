"""Data stores name groups and keys under properties that the SDK has, and are found by them."""

import importlib
from collections.abc import Mapping

import pytest

from policies.core import tokens
from policies.core.example import example, resource
from policies.core.facts import data_stores
from tests.policies.test_tokens import resource_class, wire_names


@pytest.mark.parametrize("table", [data_stores.SECURITY_GROUPS, data_stores.KEYS], ids=["groups", "keys"])
def test_properties_exist(table: Mapping[str, str]) -> None:
    for token, property in table.items():
        found = resource_class(token)
        module = importlib.import_module(found.__module__)
        arguments = getattr(module, f"{found.__name__}InitArgs", None) or getattr(module, f"{found.__name__}Args")
        assert property in wire_names(arguments), f"{token}: {property}"


def test_a_store_is_found_by_its_group_and_its_key() -> None:
    stack = example(
        resource(tokens.MSK_CLUSTER, {"brokerNodeGroupInfo": {"securityGroups": ["${group.id}"]}, "encryptionInfo": {"a": "${key.arn}"}}),
        group=resource(tokens.SECURITY_GROUP),
        other=resource(tokens.SECURITY_GROUP),
        key=resource(tokens.KMS_KEY),
        unused=resource(tokens.KMS_KEY),
    ).stack(ids_known=False)
    store, group, _, key, unused = stack.resources
    assert list(data_stores.guarding(stack)) == [group]
    assert list(data_stores.under(stack, key)) == [store]
    assert list(data_stores.under(stack, unused)) == []
