"""What a stack costs, against sums made by hand from the price list, and what is left undecided."""

from datetime import date
from typing import Any

import pytest

from policies.core import tokens
from policies.core.example import Draft, Example, example, resource
from policies.core.judge import judge
from policies.core.registry import rules
from policies.core.settings import Settings
from policies.core.verdict import Judgement, Verdict

TODAY = date(2026, 11, 20)


def judged(rule: str, given: Example, **settings: Any) -> list[Judgement]:
    stack = given.stack(ids_known=True)
    chosen = [each for each in rules("cost") if each.id == rule]
    return [each for each in judge(stack, chosen, (), TODAY, Settings.of(settings)) if each.urn == stack.resources[0].urn]


def in_region(region: str, subject: Draft, **others: Draft) -> Example:
    return example(subject, provider=resource(tokens.AWS_PROVIDER, {"region": region}), **others)


def test_volumes_of_nodes_count_once_for_each_node() -> None:
    """3 nodes: 3 x 730 h x 0.0816 USD + 3 x 100 GB x 0.08 USD = 178.70 + 24 USD."""
    group = {"instanceTypes": ["m7g.large"], "scalingConfig": {"desiredSize": 3}, "launchTemplate": {"id": "${template.id}"}}
    disk = {"blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": {"volumeSize": 100, "volumeType": "gp3"}}]}
    given = in_region("us-east-1", resource(tokens.EKS_NODE_GROUP, group), template=resource(tokens.LAUNCH_TEMPLATE, disk))
    (found,) = judged("cost-01", given, monthly_budget=200)
    assert found.message.startswith("203 USD a month at least, 200 were agreed")
    assert judged("cost-01", given, monthly_budget=204)[0].verdict is Verdict.PASS


def test_every_member_of_a_cache_counts() -> None:
    """2 shards of 1 + 2 nodes at 0.1752 USD an hour (cache.r7g.large, Valkey, us-east-1): 6 x 730 h = 767 USD."""
    cache = {"engine": "valkey", "nodeType": "cache.r7g.large", "numNodeGroups": 2, "replicasPerNodeGroup": 2}
    (found,) = judged("cost-01", in_region("us-east-1", resource(tokens.ELASTICACHE_REPLICATION_GROUP, cache)), monthly_budget=100)
    assert found.message.startswith("767 USD a month at least")


def test_the_resource_own_region_wins() -> None:
    """A NAT gateway is 0.065 USD an hour in Hong Kong and 0.045 in Virginia."""
    gateway = resource(tokens.NAT_GATEWAY, {"region": "ap-east-1"})
    (found,) = judged("cost-01", in_region("us-east-1", gateway), monthly_budget=40)
    assert found.message.startswith("47 USD")


@pytest.mark.parametrize(
    ("subject", "region", "missing"),
    [
        (resource(tokens.EKS_CLUSTER, {"version": "1.35"}), "eu-west-1", "eks/control-plane-standard"),
        (resource(tokens.EKS_NODE_GROUP, {"capacityType": "SPOT", "scalingConfig": {"desiredSize": 1}}), "us-east-1", "ec2-spot/t3.medium"),
        (resource(tokens.RDS_CLUSTER), "us-east-1", "rds/cluster (no rows)"),
        (resource(tokens.ELASTICACHE_REPLICATION_GROUP, {"nodeType": "cache.r7g.large"}), "us-east-1", "elasticache-redis/cache.r7g.large"),
    ],
)
def test_what_has_no_price_is_named_and_does_not_pass(subject: Draft, region: str, missing: str) -> None:
    (found,) = judged("cost-01", in_region(region, subject), monthly_budget=1_000_000)
    assert found.verdict is Verdict.UNDECIDED
    assert missing in found.message


@pytest.mark.parametrize(
    ("rule", "setting"), [("cost-01", "monthlyBudget"), ("cost-02", "baselineMonthly"), ("cost-12", "commitmentHourly")]
)
def test_without_what_nobody_said_nothing_passes(rule: str, setting: str) -> None:
    group = resource(tokens.EKS_NODE_GROUP, {"instanceTypes": ["m7g.large"], "scalingConfig": {"desiredSize": 1, "minSize": 1}})
    (found,) = judged(rule, in_region("us-east-1", group))
    assert found.verdict is Verdict.UNDECIDED
    assert setting in found.message


def test_one_finding_for_a_stack() -> None:
    stack = in_region("us-east-1", resource(tokens.KMS_KEY), one=resource(tokens.KMS_KEY), two=resource(tokens.NAT_GATEWAY)).stack(
        ids_known=True
    )
    found = judge(stack, [each for each in rules("cost") if each.id == "cost-01"], (), TODAY, Settings(monthly_budget=1))
    assert [each.verdict for each in found].count(Verdict.FAIL) == 1


def test_extended_support_is_six_times_the_price() -> None:
    cluster = resource(tokens.EKS_CLUSTER, {"version": "1.32"})
    (found,) = judged("cost-01", in_region("us-east-1", cluster), monthly_budget=100)
    assert found.message.startswith("438 USD")
