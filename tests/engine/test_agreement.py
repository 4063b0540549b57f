"""The embedded engine against the real one, and a region's life on the real one with stand-in clouds. Needs the Pulumi CLI on PATH."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from meridian.engine.project import Project
from meridian.engine.pulumi import Engine, NoEngine, engine
from meridian.plan import Planned

ROOT = Path(__file__).parents[2]
PROJECT = Project.at(ROOT)

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module", params=PROJECT.stacks)
def real(request: pytest.FixtureRequest) -> Iterator[Engine]:
    try:
        with engine(ROOT, request.param) as found:
            yield found
    except NoEngine as error:
        pytest.skip(str(error))


def _known(resource: Planned) -> dict[str, Any]:
    """What both engines say of a resource; an empty list of dependencies and none are the same."""
    return {
        "type": resource.type,
        "parent": resource.parent,
        "provider": resource.provider,
        "inputs": resource.inputs,
        "dependencies": resource.dependencies,
        "property dependencies": {key: urns for key, urns in resource.property_dependencies.items() if urns},
        "protect": resource.options.protect,
        "retain on delete": resource.options.retain_on_delete,
        "ignore changes": resource.options.ignore_changes,
    }


def test_both_engines_take_down_the_same(real: Engine) -> None:
    embedded = {resource.urn: _known(resource) for resource in PROJECT.plan(real.stack)}
    assert {resource.urn: _known(resource) for resource in real.preview()} == embedded


def test_a_region_lives_and_leaves_nothing_behind(real: Engine) -> None:
    real.run("up", "--yes", "--skip-preview")
    made = len(real.world.existing)
    assert made == len(PROJECT.plan(real.stack).made)
    real.run("preview", "--expect-no-changes")
    real.run("refresh", "--yes", "--expect-no-changes")
    real.run("state", "unprotect", "--all", "--yes")
    real.run("destroy", "--yes", "--skip-preview")
    assert real.world.existing == {}
    deleted = [urn for operation, urn in real.world.journal if operation == "delete"]
    assert len(deleted) == made
    assert _in_turn(
        deleted,
        [
            "karpenter.sh/v1:NodePool",
            "karpenter.k8s.aws/v1:EC2NodeClass",
            "::karpenter-chart",
            "::system-nodes",
            "-vpc-cni",
            "eks/cluster:Cluster",
        ],
    )


def _in_turn(deleted: list[str], parts: list[str]) -> bool:
    """Whether everything with the first part in its URN went before anything with the second, and so on."""
    at = [
        [turn for turn, urn in enumerate(deleted) if part in urn and not (part == "-vpc-cni" and "eks/addon" not in urn)] for part in parts
    ]
    return all(at) and all(max(sooner) < min(later) for sooner, later in pairwise(at))
