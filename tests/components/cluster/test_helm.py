"""Helm releases: pinned, undone when they fail, from OCI or from a repository."""

import pulumi

from components.catalog import Chart
from components.cluster.helm import chart_release
from meridian.plan import Planned
from tests.deploy import deploy


def release(repository: str) -> Planned:
    chart = Chart(name="thing", version="1.2.3", repository=repository)
    return deploy(lambda: chart_release("x", chart, namespace="kube-system", values={"a": 1}, opts=pulumi.ResourceOptions()))["x"]


def test_an_oci_chart_is_its_own_address() -> None:
    made = release("oci://example.org/charts/thing")
    assert made.inputs["chart"] == "oci://example.org/charts/thing"
    assert "repositoryOpts" not in made.inputs


def test_a_repository_is_named_beside_the_chart() -> None:
    made = release("https://example.org/charts")
    assert (made.inputs["chart"], made.inputs["repositoryOpts"]) == ("thing", {"repo": "https://example.org/charts"})


def test_a_release_is_pinned_and_undone_when_it_fails() -> None:
    made = release("https://example.org/charts")
    expected = {"version": "1.2.3", "name": "thing", "namespace": "kube-system", "atomic": True, "cleanupOnFail": True, "timeout": 600}
    assert {key: made.inputs[key] for key in expected} == expected
    assert made.inputs["values"] == {"a": 1}
