"""What a refused deletion costs the CLI, and which one is cheap enough to try."""

import pulumi
import pulumi_aws as aws
import pytest

from meridian.rehearsal import protection
from meridian.rehearsal.protection import Protection
from tests.deploy import deploy

KEPT = pulumi.ResourceOptions(protect=True)


def chain() -> None:
    key = aws.kms.Key("key", opts=KEPT)
    other = aws.kms.Key("other", opts=KEPT)
    topic = aws.sns.Topic("topic", kms_master_key_id=key.id, opts=KEPT)
    aws.sns.Topic("last", opts=pulumi.ResourceOptions(depends_on=[topic, key, other], protect=True))


def test_each_way_to_a_dependency_counts() -> None:
    """What a property comes from is followed for the property and for the resource: the topic reaches its key twice."""
    found = Protection(deploy(chain)).paths
    by_name = {urn.rpartition("::")[2]: count for urn, count in found.items()}
    provider = 1  # the default one of AWS
    assert by_name["key"] == 1 + provider
    assert by_name["topic"] == 1 + provider + 2 * by_name["key"]
    assert by_name["last"] == 1 + provider + by_name["topic"] + by_name["key"] + by_name["other"]


def test_a_small_stack_is_tried_as_a_whole() -> None:
    assert Protection(deploy(chain)).target is None


def test_in_a_deep_one_the_cheapest_is_tried_with_all_that_needs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is targeted takes `last` with it; `other` takes nothing else."""
    monkeypatch.setattr(protection, "LONGEST_WALK", 5)
    target = Protection(deploy(chain)).target
    assert target is not None
    assert target.name == "last"


def test_without_protection_there_is_nothing_to_refuse() -> None:
    found = Protection(deploy(lambda: aws.sqs.Queue("q")))
    assert (found.protected, found.target) == ((), None)
