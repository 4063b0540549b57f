"""Containers as they would run: what is inherited, what stays, what is compared."""

from typing import Any

import pytest

from policies.core import kinds
from policies.core.example import example, resource
from policies.core.facts import pods
from policies.core.resource import Resource
from policies.core.verdict import UNKNOWN, Properties, Undecided, known_part


def made(spec: dict[str, Any], token: str = kinds.POD[0]) -> Resource:
    return example(resource(token, {"spec": spec})).stack(ids_known=True).resources[0]


def only(spec: dict[str, Any]) -> pods.Container:
    (container,) = pods.containers(made(spec))
    return container


@pytest.mark.parametrize(
    ("pod", "own", "effective"),
    [
        ({"runAsUser": 1}, {}, 1),
        ({"runAsUser": 1}, {"runAsUser": 2}, 2),
        ({}, {"runAsUser": 2}, 2),
        ({}, {}, None),
        ({}, {"runAsUser": 0}, 0),
    ],
)
def test_a_container_wins_over_its_pod(pod: dict[str, int], own: dict[str, int], effective: int | None) -> None:
    container = only({"securityContext": pod, "containers": [{"name": "a", "securityContext": own}]})
    assert container.inherited("runAsUser") == effective


def test_an_unknown_field_of_the_container_is_not_taken_from_the_pod() -> None:
    container = only({"securityContext": {"runAsUser": 1}, "containers": [{"securityContext": {"runAsUser": UNKNOWN}}]})
    with pytest.raises(Undecided):
        container.inherited("runAsUser")


def test_sidecars_stay_and_other_init_containers_do_not() -> None:
    spec = {"initContainers": [{"name": "a"}, {"name": "b", "restartPolicy": "Always"}], "containers": [{"name": "c"}]}
    assert [each.name for each in pods.containers(made(spec)) if each.stays()] == ["b", "c"]


def test_windows_pods_have_no_containers_on_linux() -> None:
    assert list(pods.on_linux(made({"os": {"name": "windows"}, "containers": [{"name": "a"}]}))) == []
    assert [each.name for each in pods.on_linux(made({"os": {"name": "linux"}, "containers": [{"name": "a"}]}))] == ["a"]


def test_an_unknown_list_hides_no_other() -> None:
    known, missing = known_part(pods.containers(made({"initContainers": UNKNOWN, "containers": [{"name": "a"}]})))
    assert [each.name for each in known] == ["a"]
    assert isinstance(missing, Undecided)


def test_items_of_a_list_of_pods_are_pods() -> None:
    pod_list = example(resource("kubernetes:core/v1:PodList", {"items": [{"spec": {"containers": [{"name": "a"}]}}]}))
    assert [each.name for each in pods.containers(pod_list.stack(ids_known=True).resources[0])] == ["a"]


@pytest.mark.parametrize(("spec", "name"), [({}, "default"), ({"serviceAccountName": "a"}, "a"), ({"serviceAccount": "b"}, "b")])
def test_a_pod_has_an_account(spec: dict[str, str], name: str) -> None:
    assert pods.account(Properties(spec)) == name


def test_a_plain_value_is_all_that_is_below_it() -> None:
    value = {"exec": {"command": ["a", {"b": 1}]}}
    assert pods.plain(Properties(value)) == value
    with pytest.raises(Undecided):
        pods.plain(Properties({"exec": {"command": ["a", UNKNOWN]}}))
