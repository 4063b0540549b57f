"""Which keys are customer managed."""

import pytest

from policies.core import tokens
from policies.core.example import example, resource
from policies.core.facts.keys import all_ours


@pytest.mark.parametrize(
    ("arns", "ours"),
    [
        (["${key.arn}"], True),
        (["${replica.arn}"], True),
        (["arn:aws:kms:eu-west-1:123456789012:key/1234abcd"], True),
        (["arn:aws:kms:eu-west-1:123456789012:key/1234abcd", "alias/aws/s3"], False),
        (["arn:aws:kms:eu-west-1:123456789012:alias/aws/s3"], False),
        ([""], False),
        ([], False),
    ],
)
def test_ours_are_keys_of_the_stack_and_those_named_by_id(arns: list[str], *, ours: bool) -> None:
    subject = resource("x:y:Z", {"keys": [{"arn": arn} for arn in arns]})
    case = example(subject, key=resource(tokens.KMS_KEY), replica=resource(tokens.KMS_REPLICA_KEY))
    stack = case.stack(ids_known=True)
    holders = stack.resources[0].properties.sections("keys")
    assert all_ours(stack, stack.resources[0], "keys", holders, "arn") is ours


def test_a_key_of_the_stack_needs_no_value() -> None:
    stack = example(resource("x:y:Z", {"key": "${key.arn}"}), key=resource(tokens.KMS_KEY)).stack(ids_known=False)
    subject = stack.resources[0]
    assert all_ours(stack, subject, "key", [subject.properties], "key")
    assert not all_ours(stack, subject, "key", [subject.properties], "other")
