"""Namespaces with a Pod Security level."""

import pulumi
import pytest

from components.platform.namespace import NO_MESH, PodSecurity, secured_namespace
from tests.deploy import deploy


@pytest.mark.parametrize("level", ["restricted", "baseline", "privileged"])
def test_level_is_enforced_and_the_strictest_one_warned_of(level: PodSecurity) -> None:
    plan = deploy(lambda: secured_namespace("space", "databases", level, pulumi.ResourceOptions(), NO_MESH))
    assert plan["space"].inputs["metadata"] == {
        "name": "databases",
        "labels": {
            "pod-security.kubernetes.io/enforce": level,
            "pod-security.kubernetes.io/warn": "restricted",
            "pod-security.kubernetes.io/audit": "restricted",
            "istio-injection": "disabled",
        },
    }


@pytest.mark.parametrize("name", ["Upper", "a" * 64, "-a"])
def test_a_name_that_kubernetes_refuses_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f"name '{name}'"):
        secured_namespace("space", name, "restricted", pulumi.ResourceOptions())
