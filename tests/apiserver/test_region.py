"""A real Kubernetes API server takes everything that the region puts into its cluster: strict fields, CEL, references between fields."""

import pytest

from meridian.plan import Plan
from tests.apiserver.client import Client
from tests.apiserver.judgement import Judgement

pytestmark = pytest.mark.apiserver


def test_every_object_is_accepted(judgements: tuple[Judgement, ...]) -> None:
    refused = [str(judgement) for judgement in judgements if judgement.refusal]
    assert judgements
    assert not refused, f"{len(refused)} of {len(judgements)} objects are refused\n\n" + "\n\n".join(refused)


def test_no_two_resources_are_one_object(judgements: tuple[Judgement, ...]) -> None:
    assert [str(judgement.of) for judgement in judgements if judgement.existed] == []


def test_nothing_is_deprecated_and_no_pod_template_breaks_its_namespace_s_level(judgements: tuple[Judgement, ...]) -> None:
    assert [f"{judgement.of}: {warning}" for judgement in judgements for warning in judgement.warnings] == []


def test_objects_name_a_namespace_exactly_where_their_kind_lives_in_one(client: Client, judgements: tuple[Judgement, ...]) -> None:
    """The server would put the one into `default`, and drop the other's."""
    wrong = [
        str(judgement.of)
        for judgement in judgements
        if (served := client.kind(judgement.of.manifest)) and served[1] != ("namespace" in judgement.of.manifest["metadata"])
    ]
    assert wrong == []


def test_a_namespace_comes_before_all_that_lives_in_it(region: Plan) -> None:
    """The server was told in the Plan's order, in which neighbours without a dependency stand by chance."""
    namespaces = {resource.inputs["metadata"]["name"]: resource.urn for resource in region.of_type("kubernetes:core/v1:Namespace")}
    early = [
        f"{resource.name} in {name}"
        for resource in region.made
        if resource.type.startswith("kubernetes:")
        and (name := resource.inputs.get("namespace") or resource.inputs.get("metadata", {}).get("namespace")) in namespaces
        and namespaces[name] not in region.depends(resource)
    ]
    assert early == []
