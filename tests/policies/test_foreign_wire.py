"""The packs on a program that is not ours, over the wire protocol: plain AWS resources as a TypeScript or YAML program registers them."""

from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from google.protobuf import json_format
from pulumi.runtime.proto import analyzer_pb2 as wire

from tests.meridian.saved import foreign
from tests.policies.test_wire import SECRET, answered, properties, served

LIVE = [entry for entry in foreign.resources() if not entry.get("delete") and not entry.get("external")]
"""What the program registers: the stack, its provider, security group, key, buckets, a parameter."""


@pytest.fixture(scope="module")
def security() -> Iterator[Any]:
    with served("security") as stub:
        yield stub


@pytest.fixture(scope="module")
def residency() -> Iterator[Any]:
    with served("residency") as stub:
        yield stub


def analysed(entry: dict[str, Any]) -> wire.AnalyzeRequest:
    provider = wire.AnalyzerProviderResource(type="pulumi:providers:aws", urn=foreign.PROVIDER, name="default_7_51_1")
    provider.properties.CopyFrom(properties({"region": "eu-west-1", "defaultTags": '{"tags": {"team": "shop"}}'}))
    inputs = {key: {**SECRET, "value": "s3cr3t"} if value == foreign.SECRET else value for key, value in entry.get("inputs", {}).items()}
    return wire.AnalyzeRequest(
        type=entry["type"],
        urn=entry["urn"],
        name=entry["urn"].rsplit("::", 1)[-1],
        properties=properties(inputs),
        options=wire.AnalyzerResourceOptions(parent=entry.get("parent", "")),
        provider=provider if "provider" in entry else None,
    )


def stack_of(entries: list[dict[str, Any]]) -> wire.AnalyzeStackRequest:
    return wire.AnalyzeStackRequest(
        resources=[
            wire.AnalyzerResource(type=each.type, urn=each.urn, name=each.name, properties=each.properties, options=each.options)
            for each in map(analysed, entries)
        ]
    )


def test_a_foreign_stream_gets_its_findings_and_nothing_crashes(security: Any) -> None:
    found: set[tuple[str, str]] = set()
    for response in (*(security.Analyze(analysed(entry)) for entry in LIVE), security.AnalyzeStack(stack_of(LIVE))):
        assert not any("crashed" in each.message or "could not run" in each.message for each in response.diagnostics)
        assert "s3cr3t" not in str(response)
        found |= {(policy, urn.rsplit("::", 1)[-1]) for policy, urn, _ in answered(response)[0]}
    assert {("sec-19", "ssh"), ("sec-37", "vault"), ("sec-40", "open")} <= found


def test_two_requests_do_not_share_what_was_read(security: Any) -> None:
    """Properties are read once per request, not once for good."""
    key = next(entry for entry in LIVE if entry["type"] == "aws:kms/key:Key")
    for rotates in (False, True, False):
        entry = {**key, "inputs": {"enableKeyRotation": rotates}}
        assert bool([policy for policy, *_ in answered(security.Analyze(analysed(entry)))[0] if policy == "sec-37"]) is not rotates


@pytest.mark.parametrize(
    ("name", "level", "options", "line"),
    [
        ("sec-2", wire.MANDATORY, {}, "sec-2: no such check; did you mean sec-"),
        ("res-23", wire.MANDATORY, {}, "res-23: no such check"),
        ("sec-02", wire.MANDATORY, {"maxAddress": 3}, "sec-02.maxAddress: 3.0: no such option; did you mean maxAddresses?"),
        ("sec-37", wire.ADVISORY, {"maxRotationDays": 1}, "sec-37.maxRotationDays: 1.0: Input should be greater than or equal to 90"),
        ("sec-02", 9, {}, "sec-02.enforcementLevel: 9: no such level"),
        ("autotag", wire.REMEDIATE, {"tag": {}}, "autotag.tag: {}: no such option; did you mean tags?"),
        ("autotag", wire.REMEDIATE, {"tags": {"owner": 1}}, "autotag.tags: {'owner': 1.0}: an object, tag -> text"),
    ],
)
def test_a_configuration_that_names_what_is_not_there_is_refused(
    security: Any, name: str, level: Any, options: dict[str, Any], line: str
) -> None:
    given = wire.PolicyConfig(enforcementLevel=level, properties=properties(options))
    with pytest.raises(grpc.RpcError) as refused:
        security.Configure(wire.ConfigureAnalyzerRequest(policyConfig={name: given}))
    error: Any = refused.value
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert error.details().startswith(line), error.details()
    assert len(error.details().splitlines()) == 1
    security.Configure(wire.ConfigureAnalyzerRequest())


def test_missing_tags_are_added_where_the_configuration_says_so(residency: Any) -> None:
    bucket = next(entry for entry in LIVE if entry["type"] == foreign.BUCKET)
    assert not residency.Remediate(analysed(bucket)).remediations
    tags = wire.PolicyConfig(enforcementLevel=wire.REMEDIATE, properties=properties({"tags": {"owner": "platform", "team": "x"}}))
    residency.Configure(wire.ConfigureAnalyzerRequest(policyConfig={"autotag": tags}))
    (remediation,) = residency.Remediate(analysed(bucket)).remediations
    made = json_format.MessageToDict(remediation.properties)
    assert made["tags"] == {"owner": "platform"}  # `team` is one of the provider's own
    assert made["bucket"] == "shop-open"
    owned = {**bucket, "inputs": {"tags": {"owner": "shop", "name": {**SECRET, "value": "s"}}}}
    assert not residency.Remediate(analysed(owned)).remediations
    other = {**bucket, "inputs": {"tags": {"name": {**SECRET, "value": "s"}}}}
    (remediation,) = residency.Remediate(analysed(other)).remediations
    assert json_format.MessageToDict(remediation.properties)["tags"] == {"owner": "platform", "name": {**SECRET, "value": "s"}}
    unknown = {**bucket, "inputs": {"tags": "dd056dcd-154b-4c76-9bd3-c8f88648b5ff"}}
    without = next(entry for entry in LIVE if "BlockPublic" in entry["type"] or "PublicAccessBlock" in entry["type"])
    assert not residency.Remediate(analysed(unknown)).remediations
    assert not residency.Remediate(analysed(without)).remediations
