"""The packs as the engine runs them, over its wire protocol: the same findings as `judge` on the same resources."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import json_format
from google.protobuf.empty_pb2 import Empty
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import analyzer_pb2 as wire
from pulumi.runtime.proto import analyzer_pb2_grpc

from policies.core.judge import judge
from policies.core.registry import packs, rules
from policies.core.resource import Resource, Stack
from policies.core.rule import Scope
from policies.core.verdict import UNKNOWN, Judgement, Verdict

FOLDER = Path(__file__).parents[2] / "policies"
EXAMPLES = [(rule.id, example) for rule in rules() for example in (*rule.bad, *rule.good)]
BESIDE_RULES = {"residency": {"autotag"}}
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
"""How the wire marks a secret; its value stands beside, under `value` (pulumi_policy/deserialize.py)."""


@contextmanager
def served(pack: str) -> Iterator[Any]:
    """A stub of the pack's running server, as the engine starts it."""
    command = [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:0", str(FOLDER / pack)]
    with subprocess.Popen(command, cwd=FOLDER / pack, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        with grpc.insecure_channel(f"127.0.0.1:{process.stdout.readline().strip()}") as channel:
            stub = analyzer_pb2_grpc.AnalyzerStub(channel)
            stub.ConfigureStack(wire.AnalyzerStackConfigureRequest(stack="example", project="example", dry_run=True))
            yield stub
        process.terminate()


@pytest.fixture(scope="module", params=packs())
def pack(request: pytest.FixtureRequest) -> Iterator[tuple[str, Any]]:
    """A pack's name and its running server."""
    with served(request.param) as stub:
        yield request.param, stub


def properties(values: Any) -> Struct:
    return json_format.ParseDict(values, Struct())


def resource_request(resource: Resource) -> wire.AnalyzeRequest:
    return wire.AnalyzeRequest(
        type=resource.type,
        urn=resource.urn,
        name=resource.name,
        properties=properties(resource.inputs),
        options=options(resource),
    )


def options(resource: Resource) -> wire.AnalyzerResourceOptions:
    return wire.AnalyzerResourceOptions(
        protect=resource.protect,
        ignoreChanges=resource.ignore_changes,
        deleteBeforeReplace=resource.delete_before_replace,
        deleteBeforeReplaceDefined=resource.delete_before_replace,
    )


def stack_request(stack: Stack) -> wire.AnalyzeStackRequest:
    return wire.AnalyzeStackRequest(resources=[stack_resource(stack, resource) for resource in stack.resources])


def stack_resource(stack: Stack, resource: Resource) -> wire.AnalyzerResource:
    provider = stack.find(resource.provider)
    sent = wire.AnalyzerResource(
        type=resource.type,
        urn=resource.urn,
        name=resource.name,
        properties=properties(resource.inputs),
        options=options(resource),
        propertyDependencies={key: wire.AnalyzerPropertyDependencies(urns=urns) for key, urns in resource.property_dependencies.items()},
    )
    if provider:
        sent.provider.CopyFrom(
            wire.AnalyzerProviderResource(type=provider.type, urn=provider.urn, name=provider.name, properties=properties(provider.inputs))
        )
    return sent


Finding = tuple[str, str, str]


def answered(response: Any) -> tuple[set[Finding], dict[str, str]]:
    """Violations as (policy, urn, message), and what each undecided policy says."""
    violations = {(d.policyName, d.urn, d.message.split("\n", 1)[1]) for d in response.diagnostics if "\n" in d.message}
    undecided = {d.policyName: d.message for d in response.diagnostics if "\n" not in d.message}
    assert {d.enforcementLevel for d in response.diagnostics if "\n" not in d.message} <= {wire.ADVISORY}
    return violations, undecided


def expected(stack: Stack, pack: str, scope: Scope) -> tuple[set[Finding], dict[str, list[str]]]:
    judgements = judge(stack, [rule for rule in rules(pack) if rule.scope is scope], (), datetime.now(UTC).date())
    undecided: dict[str, list[str]] = {}
    for judgement in judgements:
        if judgement.verdict is Verdict.UNDECIDED:
            undecided.setdefault(judgement.rule, []).append(judgement.message)
    return {finding(judgement) for judgement in judgements if judgement.verdict is Verdict.FAIL}, undecided


def finding(judgement: Judgement) -> Finding:
    return judgement.rule, judgement.urn, judgement.message


def assert_same(response: Any, stack: Stack, pack: str, scope: Scope) -> None:
    violations, said = answered(response)
    expected_violations, undecided = expected(stack, pack, scope)
    assert violations == expected_violations
    assert set(said) == set(undecided)
    for policy, messages in undecided.items():
        assert all(message in said[policy] for message in messages)


@pytest.mark.parametrize("ids_known", [True, False])
def test_every_example_gets_the_same_findings(pack: tuple[str, Any], *, ids_known: bool) -> None:
    name, analyzer = pack
    for _, example in EXAMPLES:
        stack = example.stack(ids_known=ids_known)
        assert_same(analyzer.AnalyzeStack(stack_request(stack)), stack, name, Scope.STACK)
        for resource in stack.resources:
            assert_same(analyzer.Analyze(resource_request(resource)), Stack((resource,)), name, Scope.RESOURCE)


@pytest.mark.parametrize("pack", ["security"], indirect=True)
def test_an_unknown_leaf_costs_one_subject_only(pack: tuple[str, Any]) -> None:
    _, analyzer = pack
    open_to_all = {"ingress": [{"protocol": "tcp", "fromPort": 22, "toPort": 22, "cidrBlocks": ["0.0.0.0/0"]}]}
    unknown = {"ingress": [{"protocol": "tcp", "fromPort": 22, "toPort": 22, "cidrBlocks": UNKNOWN}]}
    stack = Stack(
        Resource(
            urn=f"urn:pulumi:a::b::aws:ec2/securityGroup:SecurityGroup::{name}",
            type="aws:ec2/securityGroup:SecurityGroup",
            name=name,
            inputs=inputs,
        )
        for name, inputs in (("first", unknown), ("second", open_to_all))
    )
    violations, undecided = answered(analyzer.AnalyzeStack(stack_request(stack)))
    assert {urn.rsplit("::", 1)[1] for policy, urn, _ in violations if policy == "sec-19"} == {"second"}
    assert "first.ingress[0].cidrBlocks is not known yet" in undecided["sec-19"]


@pytest.mark.parametrize("pack", ["security"], indirect=True)
def test_secret_values_are_judged_and_never_shown(pack: tuple[str, Any]) -> None:
    _, analyzer = pack
    key = Resource(
        urn="urn:pulumi:a::b::aws:kms/key:Key::k",
        type="aws:kms/key:Key",
        name="k",
        inputs={"enableKeyRotation": {**SECRET, "value": False}, "customerMasterKeySpec": {**SECRET, "value": "SYMMETRIC_DEFAULT"}},
    )
    response = analyzer.Analyze(resource_request(key))
    assert answered(response)[0] == {("sec-37", key.urn, "key rotation is off")}
    broken = Resource(urn=key.urn, type=key.type, name="k", inputs={"enableKeyRotation": True, "rotationPeriodInDays": "hunter2"})
    (diagnostic,) = analyzer.Analyze(resource_request(broken)).diagnostics
    assert "rule sec-37 crashed: ValueError in " in diagnostic.message
    assert "hunter2" not in diagnostic.message


def test_policies_carry_what_a_reader_needs(pack: tuple[str, Any]) -> None:
    name, analyzer = pack
    info = analyzer.GetAnalyzerInfo(Empty())
    assert info.name == name
    of_rules = [policy for policy in info.policies if "-" in policy.name and not policy.name.endswith("-none")]
    assert [policy.name for policy in of_rules] == [rule.id for rule in rules(name)]
    assert {policy.name for policy in info.policies if policy not in of_rules} == BESIDE_RULES.get(
        name, set() if of_rules else {f"{name}-none"}
    )
    for policy, rule in zip(of_rules, rules(name), strict=True):
        assert wire.PolicySeverity.Name(policy.severity) == f"POLICY_SEVERITY_{rule.severity.upper()}"
        assert policy.enforcementLevel == (wire.MANDATORY if rule.severity in {"critical", "high"} else wire.ADVISORY)
        assert policy.remediation_steps == rule.fix
        assert tuple(policy.tags) == rule.controls
        assert policy.framework.specification == (rule.controls[0].split(":", 1)[1] if rule.controls else "")
        assert policy.displayName == rule.title
        kind = wire.POLICY_TYPE_STACK if rule.scope is Scope.STACK else wire.POLICY_TYPE_RESOURCE
        assert policy.policy_type == kind


@pytest.mark.parametrize("pack", ["security"], indirect=True)
def test_settings_come_from_the_configuration(pack: tuple[str, Any]) -> None:
    _, analyzer = pack
    cluster = Resource(
        urn="urn:pulumi:a::b::aws:eks/cluster:Cluster::c",
        type="aws:eks/cluster:Cluster",
        name="c",
        inputs={"vpcConfig": {"publicAccessCidrs": ["203.0.113.0/24"]}},
    )
    schema = {policy.name: policy.configSchema for policy in analyzer.GetAnalyzerInfo(Empty()).policies}
    assert json_format.MessageToDict(schema["sec-02"].properties)["maxAddresses"]["default"] == 256

    def broken() -> set[str]:
        return {policy for policy, _, _ in answered(analyzer.Analyze(resource_request(cluster)))[0]}

    assert "sec-02" not in broken()
    level = wire.PolicyConfig(enforcementLevel=wire.MANDATORY, properties=properties({"maxAddresses": 255}))
    analyzer.Configure(wire.ConfigureAnalyzerRequest(policyConfig={"sec-02": level}))
    assert "sec-02" in broken()
    analyzer.Configure(wire.ConfigureAnalyzerRequest())
    assert "sec-02" not in broken()


@pytest.mark.parametrize("pack", ["reliability"], indirect=True)
def test_the_fleet_comes_from_the_configuration(pack: tuple[str, Any]) -> None:
    """4,000 and 4,001 sessions are one too many for 0.8 of 10,000; without a fleet nobody can say."""
    _, analyzer = pack
    small = next(example for rule in rules("reliability") if rule.id == "rel-04" for example in rule.bad)
    request = stack_request(small.stack(ids_known=True))

    def said() -> set[tuple[str, str]]:
        return {(policy, message.split(":")[0]) for policy, _, message in answered(analyzer.AnalyzeStack(request))[0] if policy == "rel-04"}

    assert said() == set()
    told = wire.PolicyConfig(enforcementLevel=wire.MANDATORY, properties=properties({"fleet": small.settings["fleet"]}))
    analyzer.Configure(wire.ConfigureAnalyzerRequest(policyConfig={"rel-04": told}))
    assert said() == {("rel-04", "losing eu-central-1")}
    analyzer.Configure(wire.ConfigureAnalyzerRequest())
