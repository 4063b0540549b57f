"""What the examples of cluster rules do not show: the calendar, and thresholds."""

from datetime import date

import pytest

from policies.core import tokens
from policies.core.example import Example, example, resource
from policies.core.judge import judge
from policies.core.registry import rules
from policies.core.settings import Settings
from policies.core.verdict import Verdict


def messages(id: str, case: Example, *, today: date = date(2026, 11, 20), settings: Settings | None = None) -> list[str]:
    judgements = judge(case.stack(ids_known=False), [rule for rule in rules() if rule.id == id], (), today, settings or Settings())
    return [judgement.message for judgement in judgements if judgement.verdict is Verdict.FAIL]


@pytest.mark.parametrize("token", [tokens.EKS_CLUSTER, tokens.EKS_NODE_GROUP])
@pytest.mark.parametrize(
    ("version", "last_day"),
    [("1.34", date(2026, 12, 2)), ("1.35", date(2027, 3, 27)), ("1.36", date(2027, 8, 2))],
)
def test_a_version_ages(token: str, version: str, last_day: date) -> None:
    """Days after AWS's calendar of Kubernetes versions (EKS user guide)."""
    case = Example.of_inputs(token, {"version": version})
    assert messages("sec-05", case, today=last_day) == []
    assert messages("sec-05", case, today=date.fromordinal(last_day.toordinal() + 1)) == [
        f"Kubernetes {version} left standard support on {last_day}"
    ]


@pytest.mark.parametrize(("skew", "found"), [(2, False), (1, True)])
def test_skew_is_a_setting(skew: int, *, found: bool) -> None:
    nodes = resource(tokens.EKS_NODE_GROUP, {"clusterName": "${cluster.name}", "version": "1.34"})
    case = example(nodes, cluster=resource(tokens.EKS_CLUSTER, {"version": "1.36"}))
    assert messages("sec-05", case, settings=Settings(max_node_skew=skew)) == (
        ["nodes run 1.34 under a control plane of 1.36: none to 1 minors behind is allowed"] if found else []
    )


def test_the_count_is_told() -> None:
    case = Example.of_inputs(tokens.EKS_CLUSTER, {"vpcConfig": {"publicAccessCidrs": ["203.0.113.0/24", "198.51.100.1/32"]}})
    assert messages("sec-02", case) == ["257 public addresses reach the endpoint, 256 are allowed"]


def test_the_limit_itself_is_allowed() -> None:
    case = Example.of_inputs(tokens.EKS_CLUSTER, {"vpcConfig": {"publicAccessCidrs": ["203.0.113.0/24"]}})
    assert messages("sec-02", case) == []
    assert messages("sec-02", case, settings=Settings(max_addresses=255)) == ["256 public addresses reach the endpoint, 255 are allowed"]


def test_what_is_missing_is_named() -> None:
    case = Example.of_inputs(tokens.EKS_CLUSTER, {"enabledClusterLogTypes": ["audit", "api"]})
    assert messages("sec-04", case) == ["log types are off: authenticator, controllerManager, scheduler"]
    assert messages("sec-01", Example.of_inputs(tokens.EKS_CLUSTER, {})) == ["the private endpoint is off", "the public endpoint is on"]
    assert messages("sec-06", Example.of_inputs(tokens.EKS_CLUSTER, {})) == [
        "whoever creates the cluster becomes its administrator",
        "authentication mode is CONFIG_MAP",
    ]
