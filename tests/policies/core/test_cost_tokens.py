"""The cost pack's tokens are the SDK's."""

import pytest

from policies.core import cost_tokens
from tests.policies.test_tokens import resource_class


@pytest.mark.parametrize("token", sorted(value for name, value in vars(cost_tokens).items() if name.isupper()))
def test_token_is_the_class_token(token: str) -> None:
    assert vars(resource_class(token))["pulumi_type"] == token
