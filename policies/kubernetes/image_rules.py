"""Images: what runs is what was reviewed."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from policies.core import kinds, tokens
from policies.core.example import Draft, Example, example, resource
from policies.core.facts.workloads import WORKLOADS, Image, images
from policies.core.resource import configuration
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Severity, known_first

ECR = re.compile(r"(?P<account>\d{12})\.dkr\.ecr(-fips)?\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/")
"""Start of an image in a private ECR (ECR user guide, private registry)."""

_OWN = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop/api"
_DIGEST = "@sha256:" + "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_ACCOUNT = resource(tokens.AWS_PROVIDER, {"allowedAccountIds": '["123456789012"]'})


def _pods(*references: str) -> dict[str, Any]:
    return {"spec": {"containers": [{"name": f"c{at}", "image": reference} for at, reference in enumerate(references)]}}


def _run(subject: Draft) -> Example:
    return example(subject, provider=_ACCOUNT)


def _deployment(*references: str, token: str = kinds.DEPLOYMENT[0]) -> Example:
    return _run(resource(token, {"spec": {"template": _pods(*references)}}))


@rule(
    "k8s-09",
    on=kinds.with_patches(WORKLOADS),
    scope=Scope.STACK,
    severity=Severity.HIGH,
    why="A tag can be moved to another image between two pods of one workload; a registry of somebody else's can serve anything.",
    fix=(
        "Name the image by digest in the account's own ECR, <account>.dkr.ecr.<region>.amazonaws.com/<repository>@sha256:…; "
        "repositories in listed_images may come from their makers, by digest or by a version, never by latest."
    ),
    controls=("cis-eks-1.4:5.1.4",),
    settings=("listed_images", "barred_images"),
    bad=(
        _deployment(f"{_OWN}:1.2.3"),
        _deployment(f"docker.io/library/nginx{_DIGEST}"),
        _deployment(f"{_OWN}{_DIGEST}", "nginx"),
        _deployment(f"210987654321.dkr.ecr.eu-west-1.amazonaws.com/shop/api{_DIGEST}"),
        _deployment("public.ecr.aws/eks/coredns:latest"),
        _deployment("public.ecr.aws/eks/coredns"),
        _deployment(f"public.ecr.aws/bitnami/redis{_DIGEST}"),
        _deployment(f"{_OWN}:1.2.3", token=kinds.ROLLOUT[0]),
        _deployment(f"{_OWN}:1.2.3", token=f"{kinds.STATEFUL_SET[1]}Patch"),
        _run(resource(kinds.POD[0], _pods(f"{_OWN}:1.2.3"))),
        _run(resource(kinds.CRON_JOB[0], {"spec": {"jobTemplate": {"spec": {"template": _pods("kubectl")}}}})),
        _run(resource(kinds.DAEMON_SET[0], {"spec": {"template": {"spec": {"initContainers": [{"name": "init", "image": "busybox"}]}}}})),
        _run(resource(kinds.RAY_CLUSTER[0], {"spec": {"workerGroupSpecs": [{"template": _pods("rayproject/ray:2.9")}]}})),
        _run(resource(kinds.INFERENCE_SERVICE[0], {"spec": {"predictor": _pods("vllm/vllm-openai:v0.6")["spec"]}})),
        _run(resource(kinds.CLICKHOUSE[0], {"spec": {"templates": {"podTemplates": [_pods("clickhouse/clickhouse-server:latest")]}}})),
        _run(resource(kinds.TIDB_CLUSTER[0], {"spec": {"version": "v8.5.7", "pd": {"baseImage": "mirror.example/pd"}}})),
        _run(resource(kinds.TIDB_CLUSTER[0], {"spec": {"pd": {"baseImage": "pingcap/pd"}}})),
        _run(resource(kinds.TIDB_BACKUP[0], {"spec": {"toolImage": "pingcap/br:latest"}})),
    ),
    good=(
        _deployment(f"{_OWN}{_DIGEST}"),
        _deployment(f"{_OWN}:1.2.3{_DIGEST}", "public.ecr.aws/eks/coredns:v1.12.1"),
        example(resource(kinds.POD[0], _pods(f"{_OWN}{_DIGEST}"))),
        _run(resource(kinds.CLICKHOUSE[0], {"spec": {"templates": {"podTemplates": [_pods("clickhouse/clickhouse-server:26.3.9.1")]}}})),
        _run(resource(kinds.TIDB_CLUSTER[0], {"spec": {"version": "v8.5.7", "pd": {"baseImage": "pingcap/pd"}, "tikv": {"replicas": 3}}})),
        _run(resource(f"{kinds.DEPLOYMENT[0]}Patch", {"metadata": {"name": "api"}, "spec": {"replicas": 3}})),
    ),
)
def image_is_the_one_reviewed(workload: Subject) -> Iterator[str]:
    yield from known_first(images(workload.resource), lambda image: _faults(workload, image))


def _faults(workload: Subject, image: Image) -> Iterator[str]:
    repository, tag, by_digest = _parts(image.reference)
    listed = _any(repository, workload.settings.listed_images)
    if _any(repository, workload.settings.barred_images):
        yield f"{image.container} runs {repository}, which nobody patches"
    elif not listed and not _is_ours(workload, repository):
        yield f"{image.container} runs {image.reference or 'no image'}, which is neither in the account's own registry nor listed"
    if not by_digest and (not listed or tag in {"", "latest"}):
        yield f"{image.container} runs {repository} by {f'the tag {tag}' if tag else 'no tag'}, which may be another image tomorrow"


def _parts(reference: str) -> tuple[str, str, bool]:
    """Repository, tag and whether there is a digest: `host:port/path:tag@digest` (distribution, reference grammar)."""
    named, _, digest = reference.partition("@")
    path, _, tag = named.rpartition(":")
    return (path, tag, bool(digest)) if path and "/" not in tag else (named, "", bool(digest))


def _any(repository: str, globs: frozenset[str]) -> bool:
    plain = repository.removeprefix("docker.io/").removeprefix("library/")
    return any(fnmatchcase(plain, glob) for glob in globs)


def _is_ours(workload: Subject, repository: str) -> bool:
    registry = ECR.match(repository)
    if registry is None:
        return False
    own = {account for each in workload.stack.of_type(tokens.AWS_PROVIDER) for account in configuration(each).texts("allowedAccountIds")}
    return not own or registry["account"] in own
