"""What of a cluster the world can reach: services with a balancer on the internet, and what an ingress passes to (AWS LBC guide)."""

from collections.abc import Iterator

from policies.core import kinds
from policies.core.facts import workloads
from policies.core.resource import Resource, Stack
from policies.core.verdict import Properties, known_first

_AWS = "service.beta.kubernetes.io/aws-load-balancer"
SCHEME = f"{_AWS}-scheme"
"""Annotation of a Service: `internal`, the default of the AWS Load Balancer Controller, or `internet-facing`."""
_TYPE = f"{_AWS}-type"
_INTERNAL = f"{_AWS}-internal"
_RANGES = f"{_AWS}-source-ranges"
_CONTROLLER_TYPES = ("external", "nlb-ip")
_CONTROLLER_CLASSES = ("service.k8s.aws/", "eks.amazonaws.com/")
INGRESS_SCHEME = "alb.ingress.kubernetes.io/scheme"
"""Annotation of an Ingress: `internal`, the controller's default, or `internet-facing`."""


def annotations(resource: Resource) -> Properties:
    """`metadata.annotations`."""
    return resource.properties.section("metadata").section("annotations")


def is_public(service: Resource) -> bool:
    """Whether a Service's balancer faces the internet: where the controller makes it when told so, else unless told otherwise.

    The cloud provider built into Kubernetes makes public ones (cloud-provider-aws, service annotations).
    """
    spec, marks = service.properties.section("spec"), annotations(service)
    if spec.text("type") != "LoadBalancer":
        return False
    if SCHEME in marks:
        return marks.text(SCHEME) == "internet-facing"
    if marks.text(_TYPE) in _CONTROLLER_TYPES or spec.text("loadBalancerClass").startswith(_CONTROLLER_CLASSES):
        return False
    return marks.text(_INTERNAL) not in ("true", "0.0.0.0/0")


def source_ranges(service: Resource) -> Iterator[str]:
    """Networks that a Service's balancer lets in, in both spellings; none where it lets in everybody."""
    yield from service.properties.section("spec").texts("loadBalancerSourceRanges")
    yield from (each.strip() for each in annotations(service).text(_RANGES).split(",") if each.strip())


def exposed(stack: Stack, workload: Resource) -> bool:
    """Whether a public Service selects the workload's pods, or one that a public Ingress passes to."""
    mine = [each for each in stack.of_type(*kinds.SERVICE) if _selects(stack, each, workload)]
    return any(is_public(each) for each in mine) or any(_passes(stack, each, mine) for each in stack.of_type(*kinds.INGRESS))


def _selects(stack: Stack, service: Resource, workload: Resource) -> bool:
    selector = service.properties.section("spec").section("selector")
    labels = workloads.labels(workload)
    chosen = len(selector) > 0 and all(labels.get(key) == selector.text(key) for key in selector)
    return chosen and workloads.share_namespace(stack, service, workload)


def _passes(stack: Stack, ingress: Resource, services: list[Resource]) -> bool:
    if annotations(ingress).text(INGRESS_SCHEME, "internal") != "internet-facing":
        return False
    names = set(backends(ingress))
    return any(workloads.name(each) in names and workloads.share_namespace(stack, ingress, each) for each in services)


def backends(ingress: Resource) -> Iterator[str]:
    """Names of the services that an Ingress passes to."""
    spec = ingress.properties.section("spec")
    paths = known_first(spec.sections("rules"), lambda rule: rule.section("http").sections("paths"))
    yield from known_first(paths, lambda path: [path.section("backend").section("service").text("name")])
    yield spec.section("defaultBackend").section("service").text("name")
