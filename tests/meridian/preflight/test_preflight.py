"""Preflight on a pretended AWS: moto, and botocore's stubs for what it does not know. Every way to fail is seen, and no call writes."""

import functools
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from meridian import cli
from meridian.commands import preflight as command
from meridian.engine.project import Project
from meridian.plan import Plan
from meridian.preflight.checks import CHECKS, Finding, State, preflight
from meridian.preflight.names import NAMES
from meridian.preflight.needs import NAMED, Needs, needs
from meridian.preflight.reading import READING, Ask, NotReading, reader

ROOT = Path(__file__).parents[3]
ACCOUNT = "111122223333"


@functools.cache
def plan() -> Plan:
    return Project.at(ROOT).plan("eu-west-1")


@functools.cache
def wanted() -> Needs:
    return needs(plan(), account_id=ACCOUNT, region="eu-west-1")


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ask]:
    monkeypatch.setenv("MOTO_ACCOUNT_ID", ACCOUNT)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        yield reader("eu-west-1")


VERSIONS = {"clusterVersions": [{"clusterVersion": "1.35", "versionStatus": "STANDARD_SUPPORT"}]}


def offered(version: str) -> dict[str, Any]:
    return {"addons": [{"addonName": "any", "addonVersions": [{"addonVersion": version}]}]}


def with_stubs(ask: Ask, needed: Needs, *, quota: Callable[[str], float] = lambda code: 100000.0) -> Ask:
    """EKS and Service Quotas as AWS answers, in the order preflight asks; everything else by moto."""
    eks, quotas = ask("eks"), ask("service-quotas")
    answers = Stubber(eks)
    answers.add_response("describe_cluster_versions", VERSIONS)
    for version in needed.addons.values():
        answers.add_response("describe_addon_versions", offered(version))
    answers.add_response("list_clusters", {"clusters": []})
    answers.add_client_error("describe_cluster", "ResourceNotFoundException")
    answers.activate()

    class Quotas:
        """The account's values."""

        def get_service_quota(self, ServiceCode: str, QuotaCode: str) -> Mapping[str, Any]:
            assert quotas.meta.service_model.operation_model("GetServiceQuota").input_shape.required_members == ["ServiceCode", "QuotaCode"]
            return {"Quota": {"Value": quota(QuotaCode)}}

    given = {"eks": eks, "service-quotas": Quotas()}
    return lambda service, *where: given.get(service) or ask(service, *where)


def of(check: str, ask: Ask, needed: Needs) -> list[Finding]:
    return list(CHECKS[check](ask, needed))


def only(**changes: Any) -> Needs:
    nothing = replace(wanted(), zones=(), types={}, addons={}, services=frozenset(), at_once={}, at_most={}, names=())
    return replace(nothing, **changes)


def test_the_plan_says_what_it_needs() -> None:
    """By hand from stacks/Pulumi.eu-west-1.yaml: three system nodes of four vCPUs and, in each zone, data nodes of sixteen; six and one
    more in each zone at most. GPU groups begin at nothing.
    """
    per_zone = json.loads(Project.at(ROOT).config("eu-west-1").values["meridian:region"])["data"]["pool"]["nodes_per_zone"]
    needed = wanted()
    assert needed.zones == ("euw1-az1", "euw1-az2", "euw1-az3")
    assert needed.at_once["standard-on-demand"] == 3 * 4 + 3 * per_zone * 16
    assert needed.at_most["standard-on-demand"] == 6 * 4 + 3 * (per_zone + 1) * 16
    assert needed.at_once["gpu-on-demand"] == 0
    assert needed.at_most["accelerated-on-demand"] == 4 * 96
    assert (needed.at_once["vpcs"], needed.at_once["elastic-ips"], needed.at_once["nat-gateways-per-zone"]) == (1, 3, 1)
    assert needed.types["r7g.4xlarge"] == {"euw1-az1", "euw1-az2", "euw1-az3"}
    assert needed.types["p4d.24xlarge"] == {"euw1-az2"}
    assert needed.version == "1.35"
    assert needed.addons["vpc-cni"].startswith("v1.")
    assert {"eks", "ec2", "elasticache", "kms", "s3", "backup", "elb", "sqs", "logs"} <= needed.services
    assert ("aws:eks/cluster:Cluster", "meridian-eu-west-1") in needed.names
    assert ("aws:s3/bucket:Bucket", "meridian-eu-west-1-111122223333-data") in needed.names
    assert set(NAMED) == set(NAMES)


def test_a_sound_account_passes_and_nothing_is_written(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[str] = []
    make = boto3.Session

    def watched(**said: Any) -> Any:
        session = make(**said)
        session.events.register("before-call", lambda model, **_: called.append(model.name))
        return session

    monkeypatch.setattr(boto3, "Session", watched)
    needed = wanted()
    found = preflight(with_stubs(reader("eu-west-1"), needed), needed)
    assert [finding for finding in found if finding.state is not State.OK] == []
    assert {finding.check for finding in found} == {"account", "region", *CHECKS}
    assert len(called) > 15
    assert [name for name in called if not name.startswith(READING)] == []
    again = preflight(with_stubs(reader("eu-west-1"), needed), needed)
    assert again == found


def test_a_call_that_writes_never_leaves(ask: Ask) -> None:
    with pytest.raises(NotReading, match="CreateBucket does not"):
        ask("s3").create_bucket(Bucket="something")
    with pytest.raises(NotReading, match="RequestServiceQuotaIncrease"):
        ask("service-quotas").request_service_quota_increase(ServiceCode="ec2", QuotaCode="L-0263D0A3", DesiredValue=9)
    assert ask("s3").list_buckets()["Buckets"] == []


def test_the_wrong_account_ends_it(ask: Ask) -> None:
    found = preflight(ask, replace(wanted(), account_id="444455556666"))
    assert [finding.check for finding in found] == ["account", "region"]
    assert found[0].state is State.FAIL
    assert found[0].seen == f"credentials of {ACCOUNT}"


def test_a_region_that_is_not_enabled_ends_it(ask: Ask) -> None:
    """Hong Kong is an opt-in region; moto says so of an account that did nothing."""
    found = preflight(ask, replace(wanted(), region="ap-east-1"))
    assert (found[1].state, found[1].seen) == (State.FAIL, "ap-east-1 is not-opted-in")
    assert "aws account enable-region --region-name ap-east-1" in found[1].remedy
    assert len(found) == 2


def test_a_zone_that_is_not_there(ask: Ask) -> None:
    found = of("zones", ask, only(zones=("euw1-az1", "euw1-az9")))
    assert [finding.state for finding in found] == [State.OK, State.FAIL]
    assert found[1].remedy == "network.zones: take others of euw1-az1, euw1-az2, euw1-az3"


def test_instance_types_by_zone(ask: Ask) -> None:
    """moto ships EC2's own offerings: A100 in one zone of Ireland, H100 in none."""
    zones = frozenset({"euw1-az1", "euw1-az2", "euw1-az3"})
    found = of("offerings", ask, only(types={"m7i.xlarge": zones, "p4d.24xlarge": zones, "p5.48xlarge": zones}))
    assert [finding.state for finding in found] == [State.OK, State.WARN, State.FAIL]
    assert found[1].seen == "p4d.24xlarge is not offered in euw1-az1, euw1-az3"


@pytest.mark.parametrize(
    ("status", "state"), [("STANDARD_SUPPORT", State.OK), ("EXTENDED_SUPPORT", State.WARN), ("UNSUPPORTED", State.FAIL)]
)
def test_a_version_by_its_support(status: str, state: State, ask: Ask) -> None:
    eks = ask("eks")
    rows = [{"clusterVersion": "1.35", "versionStatus": status}, {"clusterVersion": "1.36", "versionStatus": "STANDARD_SUPPORT"}]
    with Stubber(eks) as stubbed:
        stubbed.add_response("describe_cluster_versions", {"clusterVersions": rows})
        [found] = CHECKS["eks version"](lambda service: eks, wanted())
    assert found.state is state
    assert ("1.36" in found.remedy) is (state is not State.OK)


def test_a_version_that_eks_does_not_have(ask: Ask) -> None:
    eks = ask("eks")
    with Stubber(eks) as stubbed:
        stubbed.add_response("describe_cluster_versions", VERSIONS)
        [found] = CHECKS["eks version"](lambda service: eks, only(version="9.99"))
    assert (found.state, found.seen) == (State.FAIL, "9.99 is in unknown")


def test_an_addon_version_that_is_not_offered(ask: Ask) -> None:
    eks = ask("eks")
    with Stubber(eks) as stubbed:
        for version in ("v1.0.0-eksbuild.1", "v2.0.0-eksbuild.1"):
            stubbed.add_response("describe_addon_versions", offered("v1.0.0-eksbuild.1"))
            assert version
        found = list(CHECKS["add-ons"](lambda service: eks, only(addons={"coredns": "v1.0.0-eksbuild.1", "vpc-cni": "v2.0.0-eksbuild.1"})))
    assert [finding.state for finding in found] == [State.OK, State.FAIL]
    assert found[1].remedy == "components/catalog/eks_versions.yaml: take one of v1.0.0-eksbuild.1"


def test_a_service_that_is_not_there(ask: Ask) -> None:
    found = of("services", ask, only(services=frozenset({"eks", "teleportation"})))
    assert [finding.state for finding in found] == [State.OK, State.FAIL]


@pytest.mark.parametrize(
    ("allowed", "state", "told"),
    [(100, State.FAIL, "252 at once, 312 at most, 100 allowed"), (300, State.WARN, "300 allowed"), (312, State.OK, "312 allowed")],
)
def test_quotas_against_the_first_update_and_full_groups(allowed: float, state: State, told: str, ask: Ask) -> None:
    needed = only(at_once={"standard-on-demand": 252}, at_most={"standard-on-demand": 312})
    [found] = CHECKS["quotas"](with_stubs(ask, needed, quota=lambda code: allowed), needed)
    assert found.state is state
    assert told in found.seen
    assert ("--quota-code L-1216C47A --desired-value 312 --region eu-west-1" in found.remedy) is (state is not State.OK)


def test_what_is_there_already_counts(ask: Ask) -> None:
    """Five VPCs are a new account's quota, and one is there by default."""
    [found] = CHECKS["quotas"](ask, only(at_once={"vpcs": 4}))
    assert (found.state, found.seen) == (State.OK, "VPCs per Region: 5 at once, 5 allowed")
    [found] = CHECKS["quotas"](ask, only(at_once={"vpcs": 5}))
    assert found.state is State.FAIL


def test_a_quota_that_cannot_be_read_is_a_new_accounts(ask: Ask) -> None:
    """moto knows none of EC2's. Of GPUs no published value was found: none is assumed."""
    found = of("quotas", ask, only(at_once={"elastic-ips": 3, "gpu-on-demand": 8}))
    assert [(finding.state, finding.seen.partition(": ")[2]) for finding in found] == [
        (State.WARN, "3 at once, 5 allowed to a new account; this one's value could not be read"),
        (State.FAIL, "8 at once, 0 allowed to a new account; this one's value could not be read"),
    ]


TAKEN: Mapping[str, Callable[[], object]] = {
    "aws:s3/bucket:Bucket": lambda: boto3.client("s3", "eu-west-1").create_bucket(
        Bucket="taken", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    ),
    "aws:iam/role:Role": lambda: boto3.client("iam").create_role(RoleName="taken", AssumeRolePolicyDocument="{}"),
    "aws:sqs/queue:Queue": lambda: boto3.client("sqs", "eu-west-1").create_queue(QueueName="taken"),
    "aws:cloudwatch/logGroup:LogGroup": lambda: boto3.client("logs", "eu-west-1").create_log_group(logGroupName="taken"),
    "aws:eks/cluster:Cluster": lambda: boto3.client("eks", "eu-west-1").create_cluster(
        name="taken", roleArn=f"arn:aws:iam::{ACCOUNT}:role/cluster", resourcesVpcConfig={}
    ),
}


@pytest.mark.parametrize("token", TAKEN)
def test_a_name_that_is_taken(token: str, ask: Ask) -> None:
    """Another name that begins alike is not in the way."""
    needed = only(names=((token, "taken"), (token, "take")))
    assert {finding.state for finding in of("names", ask, needed)} == {State.OK}
    TAKEN[token]()
    found = of("names", ask, needed)
    assert [finding.state for finding in found] == [State.FAIL, State.OK]
    assert "taken exists already" in found[0].seen


def test_an_alias_that_is_taken(ask: Ask) -> None:
    kms = boto3.client("kms", "eu-west-1")
    kms.create_alias(AliasName="alias/taken", TargetKeyId=kms.create_key()["KeyMetadata"]["KeyId"])
    found = of("names", ask, only(names=(("aws:kms/alias:Alias", "alias/taken"), ("aws:kms/alias:Alias", "alias/free"))))
    assert [finding.state for finding in found] == [State.FAIL, State.OK]


def test_a_bucket_of_somebody_else(ask: Ask) -> None:
    s3 = ask("s3")
    with Stubber(s3) as stubbed:
        stubbed.add_client_error("head_bucket", "403")
        [found] = CHECKS["names"](lambda service: s3, only(names=(("aws:s3/bucket:Bucket", "theirs"),)))
    assert (found.state, found.seen) == (State.FAIL, "Bucket theirs belongs to another account or region")


def test_what_may_not_be_read_is_a_warning_of_its_own(ask: Ask) -> None:
    eks = ask("eks")

    def refusing(service: str, *where: str) -> Any:
        return eks if service == "eks" else ask(service, *where)

    with Stubber(eks) as stubbed:
        stubbed.add_client_error("describe_cluster_versions", "AccessDeniedException", "not allowed")
        found = preflight(refusing, only())
    assert [(finding.check, finding.state) for finding in found if finding.state is not State.OK] == [("eks version", State.WARN)]


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["meridian", "preflight", *arguments, "--project", str(ROOT)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


def test_the_command(monkeypatch: pytest.MonkeyPatch, ask: Ask, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(command, "reader", lambda region, profile: with_stubs(ask, wanted()))
    assert run(monkeypatch, "eu-west-1") == 0
    assert "0 warn, 0 fail" in capsys.readouterr().out
    monkeypatch.setattr(command, "reader", lambda region, profile: with_stubs(ask, wanted(), quota=lambda code: 1.0))
    assert run(monkeypatch, "eu-west-1", "--json", "-") == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["version"], told["stack"]) == (1, "eu-west-1")
    assert {finding["check"] for finding in told["findings"] if finding["state"] == "fail"} == {"quotas"}
    assert run(monkeypatch, "global") == 2
    assert "global: is no stack of a region" in capsys.readouterr().err
