"""Whatever brings a pod is judged as the pod itself would be: same meaning, other encoding, same verdict."""

from datetime import date
from typing import Any

import pytest

from policies.core import kinds
from policies.core.example import example, resource
from policies.core.facts import workloads
from policies.core.judge import judge
from policies.core.registry import rules
from policies.core.verdict import Verdict

IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/api@sha256:" + "0" * 64
ABOUT_PODS = ("k8s-01", "k8s-02", "k8s-03", "k8s-04", "k8s-05", "k8s-07", "k8s-08", "k8s-10")
"""Rules that hold for every kind with a pod."""

CLOSED: dict[str, Any] = {
    "automountServiceAccountToken": False,
    "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
    "containers": [
        {
            "name": "main",
            "image": IMAGE,
            "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"memory": "64Mi"}},
            "securityContext": {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}},
        }
    ],
}
OPEN: dict[str, Any] = {
    "hostNetwork": True,
    "securityContext": {"runAsUser": 0, "seccompProfile": {"type": "Unconfined"}},
    "containers": [
        {"name": "main", "image": "nginx", "ports": [{"containerPort": 80, "hostPort": 80}], "securityContext": {"privileged": True}}
    ],
}

PLACES = [
    pytest.param(token, (*path, "spec") if table is workloads.TEMPLATES else path, id=f"{token}-{'.'.join(path)}")
    for table in (workloads.TEMPLATES, workloads.BARE_SPECS)
    for tokens, paths in table.items()
    for token in tokens
    for path in paths
]


def under(path: tuple[str, ...], value: Any) -> Any:
    """The value at the end of a path, each step an object."""
    return {path[0]: under(path[1:], value)} if path else value


def found(token: str, inputs: dict[str, Any]) -> set[str]:
    stack = example(resource(token, inputs)).stack(ids_known=True)
    chosen = [rule for rule in rules("kubernetes") if rule.id in ABOUT_PODS]
    return {each.rule for each in judge(stack, chosen, (), date(2026, 11, 20)) if each.verdict is Verdict.FAIL}


@pytest.mark.parametrize(("token", "path"), PLACES)
def test_an_open_pod_is_found_wherever_it_comes_from(token: str, path: tuple[str, ...]) -> None:
    assert found(token, under(path, OPEN)) == set(ABOUT_PODS)
    assert found(f"{token}List", {"items": [under(path, OPEN)]}) == set(ABOUT_PODS)


@pytest.mark.parametrize(("token", "path"), PLACES)
def test_a_closed_pod_is_let_be(token: str, path: tuple[str, ...]) -> None:
    assert found(token, under(path, CLOSED)) == set()


@pytest.mark.parametrize("key", ["initContainers", "ephemeralContainers"])
def test_no_container_is_overlooked(key: str) -> None:
    spec = {**CLOSED, key: [{"name": "other", "image": IMAGE}]}
    wanted = {"k8s-03", "k8s-05"} | ({"k8s-10"} if key == "initContainers" else set())
    assert found(kinds.POD[0], {"spec": spec}) == wanted


def test_what_a_pod_says_counts_for_a_container_that_says_nothing_and_for_no_other() -> None:
    (container,) = CLOSED["containers"]
    own = {**container["securityContext"], "runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    told = {**CLOSED, "securityContext": {}, "containers": [{**container, "securityContext": own}]}
    assert found(kinds.POD[0], {"spec": told}) == set()
    assert found(kinds.POD[0], {"spec": {**told, "containers": [*told["containers"], container]}}) == {"k8s-04", "k8s-07"}
