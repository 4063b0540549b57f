"""Workloads in their encodings: images, namespaces and label selectors."""

from typing import Any

import pytest

from policies.core import kinds
from policies.core.example import example, resource
from policies.core.facts import workloads
from policies.core.resource import Resource
from policies.core.verdict import UNKNOWN, Properties, Undecided, known_part

POD = {"metadata": {"labels": {"app": "api"}}, "spec": {"containers": [{"name": "main", "image": "a"}]}}


def made(token: str, inputs: dict[str, Any]) -> Resource:
    return example(resource(token, inputs)).stack(ids_known=True).resources[0]


def under(path: tuple[str, ...], value: Any) -> Any:
    """The value at the end of a path, each step an object."""
    return {path[0]: under(path[1:], value)} if path else value


@pytest.mark.parametrize(
    ("token", "path"),
    [(token, path) for kind, paths in workloads.TEMPLATES.items() for token in kinds.with_patches(kind) for path in paths],
    ids=str,
)
def test_every_kind_shows_its_images(token: str, path: tuple[str, ...]) -> None:
    assert [image.reference for image in workloads.images(made(token, under(path, POD)))] == ["a"]
    listed = under(path[:-1], {path[-1]: [POD, POD]}) if path else None
    if listed:
        assert [image.reference for image in workloads.images(made(token, listed))] == ["a", "a"]


def test_all_containers_count() -> None:
    spec = {key: [{"name": key, "image": key}] for key in ("containers", "initContainers", "ephemeralContainers")}
    assert {image.container for image in workloads.images(made(kinds.POD[0], {"spec": spec}))} == set(spec)


def test_a_tidb_part_has_the_clusters_version_unless_its_own() -> None:
    spec = {"version": "v8.5.7", "pd": {"baseImage": "pingcap/pd"}, "tiproxy": {"baseImage": "pingcap/tiproxy", "version": "v1.3.2"}}
    spec["tikv"] = {"image": "mirror/tikv:1"}
    found = {image.container: image.reference for image in workloads.images(made(kinds.TIDB_CLUSTER[0], {"spec": spec}))}
    assert found == {"pd": "pingcap/pd:v8.5.7", "tikv": "mirror/tikv:1", "tiproxy": "pingcap/tiproxy:v1.3.2"}


def test_an_unknown_image_hides_no_other() -> None:
    pod = {"spec": {"containers": [{"name": "a", "image": UNKNOWN}, {"name": "b", "image": "b"}]}}
    known, missing = known_part(workloads.images(made(kinds.POD[0], pod)))
    assert [image.reference for image in known] == ["b"]
    assert isinstance(missing, Undecided)


@pytest.mark.parametrize(
    ("selector", "chosen"),
    [
        ({}, True),
        ({"matchLabels": {"app": "api"}}, True),
        ({"matchLabels": {"app": "api", "tier": "front"}}, False),
        ({"matchExpressions": [{"key": "app", "operator": "In", "values": ["api", "web"]}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["api"]}]}, False),
        ({"matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["front"]}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "Exists"}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}, False),
    ],
)
def test_selectors_choose_as_kubernetes_says(selector: dict[str, Any], *, chosen: bool) -> None:
    """Kubernetes, labels and selectors: NotIn holds for pods without the label too."""
    assert workloads.selects(Properties(selector), {"app": "api"}) is chosen


@pytest.mark.parametrize("ids_known", [True, False])
@pytest.mark.parametrize(
    ("namespace", "inside"),
    [("shop", True), ("other", False), (None, False), ("${home.metadata.name}", True)],
)
def test_a_namespace_is_known_by_name_or_by_dependency(namespace: str | None, *, inside: bool, ids_known: bool) -> None:
    stack = example(
        resource(kinds.DEPLOYMENT[0], {"metadata": {"namespace": namespace} if namespace else {}}),
        home=resource(kinds.NAMESPACE[0], {"metadata": {"name": "shop"}}),
    ).stack(ids_known=ids_known)
    assert workloads.lies_in(stack, *stack.resources) is inside
