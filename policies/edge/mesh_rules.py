"""The mesh: who may speak to whom, and that nobody speaks in clear text."""

from collections.abc import Iterator
from typing import Any

from policies.core import kinds
from policies.core.example import Draft, Example, example, resource
from policies.core.facts.workloads import lies_in, namespace
from policies.core.resource import Resource
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Properties, Severity, known_first

ROOT = "istio-system"
"""Namespace whose policies hold for the whole mesh (Istio, mesh config, rootNamespace)."""
ISTIOD = "istiod"
"""Chart that installs the mesh's control plane."""

_STRICT: dict[str, Any] = {"mtls": {"mode": "STRICT"}}


def _peers(namespace: str = "shop", **spec: Any) -> Draft:
    return resource(kinds.PEER_AUTHENTICATION[0], {"metadata": {"namespace": namespace}, "spec": spec})


_CONTROL_PLANE = resource(kinds.HELM_RELEASE[0], {"chart": ISTIOD, "namespace": ROOT})


@rule(
    "edge-18",
    on=(*kinds.PEER_AUTHENTICATION, *kinds.HELM_RELEASE),
    scope=Scope.STACK,
    severity=Severity.CRITICAL,
    why="A permissive mesh takes clear text as well: whoever is on the network reads it, and says to be whom he likes.",
    fix="Set spec.mtls.mode: STRICT for the whole mesh in istio-system, and no other mode for a namespace, workload or port.",
    controls=("pci-dss-4.0:4.2.1", "hipaa:164.312(e)(1)"),
    bad=(
        example(_peers(mtls={"mode": "PERMISSIVE"})),
        example(_peers(mtls={"mode": "DISABLE"})),
        example(_peers(**_STRICT, portLevelMtls={"8080": {"mode": "PERMISSIVE"}}, selector={"matchLabels": {"app": "api"}})),
        example(_CONTROL_PLANE),
        example(_CONTROL_PLANE, strict=_peers("shop", **_STRICT)),
        example(_CONTROL_PLANE, strict=_peers(ROOT, **_STRICT, selector={"matchLabels": {"app": "api"}})),
    ),
    good=(
        example(_peers(**_STRICT)),
        example(_peers(mtls={"mode": "UNSET"})),
        example(_peers()),
        example(_CONTROL_PLANE, strict=_peers(ROOT, **_STRICT)),
        example(resource(kinds.HELM_RELEASE[0], {"chart": "ztunnel", "namespace": ROOT})),
    ),
)
def mesh_speaks_in_cipher_only(subject: Subject) -> Iterator[str]:
    if subject.resource.type in kinds.PEER_AUTHENTICATION:
        yield from _modes(subject.properties.section("spec"))
    elif subject.properties.text("chart").rsplit("/", 1)[-1] == ISTIOD:
        home = subject.properties.text("namespace", ROOT)
        rules = subject.stack.of_type(*kinds.PEER_AUTHENTICATION)
        if not any(known_first(rules, lambda each: [each] if _is_mesh_wide(each, home) else [])):
            yield f"no PeerAuthentication in {home} makes the whole mesh STRICT"


def _modes(spec: Properties) -> Iterator[str]:
    if (mode := spec.section("mtls").text("mode")) in ("PERMISSIVE", "DISABLE"):
        yield f"its mode is {mode}"
    ports = spec.section("portLevelMtls")
    yield from known_first(
        ports, lambda port: [f"port {port} is {mode}"] if (mode := ports.section(port).text("mode")) in ("PERMISSIVE", "DISABLE") else []
    )


def _is_mesh_wide(each: Resource, home: str) -> bool:
    spec = each.properties.section("spec")
    return namespace(each) == home and "selector" not in spec and spec.section("mtls").text("mode") == "STRICT"


INJECTED = {"istio-injection": "enabled", "istio.io/dataplane-mode": "ambient"}
"""Labels by which a namespace joins the mesh: with sidecars, or without (Istio, add workloads to the mesh)."""


def _authorization(namespace: str = "shop", **spec: Any) -> Draft:
    return resource(kinds.AUTHORIZATION_POLICY[0], {"metadata": {"namespace": namespace}, "spec": spec})


def _namespace(**labels: str) -> Draft:
    return resource(kinds.NAMESPACE[0], {"metadata": {"name": "shop", "labels": labels}})


def _joined(**others: Draft) -> Example:
    return example(_namespace(**{"istio.io/dataplane-mode": "ambient"}), **others)


_TOKENS = resource(kinds.REQUEST_AUTHENTICATION[0], {"metadata": {"namespace": "shop"}, "spec": {"jwtRules": [{"issuer": "https://id"}]}})
_FROM_SHOP: dict[str, Any] = {"from": [{"source": {"namespaces": ["shop"]}}]}


@rule(
    "edge-19",
    on=(*kinds.AUTHORIZATION_POLICY, *kinds.NAMESPACE, *kinds.REQUEST_AUTHENTICATION),
    scope=Scope.STACK,
    severity=Severity.HIGH,
    why="Without a policy every workload may call every other; an empty rule allows all; one without a token passes a check of tokens.",
    fix=(
        "Add an AuthorizationPolicy with an empty spec to the namespace or istio-system; name sources under from or operations under to; "
        "beside a RequestAuthentication demand source.requestPrincipals."
    ),
    controls=("soc2:CC6.1", "nsa:2.0"),
    bad=(
        example(_authorization(rules=[{}])),
        example(_authorization(action="ALLOW", rules=[_FROM_SHOP, {"from": [{"source": {}}]}])),
        example(_authorization(rules=[{"from": [{"source": {"principals": ["*"]}}]}])),
        _joined(),
        _joined(other=_authorization("other")),
        _joined(some=_authorization(ROOT, selector={"matchLabels": {"app": "api"}})),
        example(
            _namespace(**{"istio-injection": "enabled"}), allow=_authorization(rules=[_FROM_SHOP], selector={"matchLabels": {"a": "b"}})
        ),
        example(_TOKENS),
        example(_TOKENS, allow=_authorization(rules=[_FROM_SHOP])),
    ),
    good=(
        example(_authorization()),
        example(_authorization(rules=[_FROM_SHOP])),
        example(_authorization(rules=[{"to": [{"operation": {"ports": ["443"]}}]}])),
        example(_authorization(action="DENY", rules=[{}])),
        _joined(closed=_authorization(ROOT)),
        _joined(closed=_authorization()),
        _joined(allow=_authorization(rules=[_FROM_SHOP])),
        example(_namespace(**{"istio.io/dataplane-mode": "none"})),
        example(_namespace()),
        example(_TOKENS, allow=_authorization(rules=[{"from": [{"source": {"requestPrincipals": ["*"]}}]}])),
        example(_TOKENS, deny=_authorization(action="DENY", rules=[{"from": [{"source": {"notRequestPrincipals": ["*"]}}]}])),
    ),
)
def mesh_lets_in_whom_it_names(subject: Subject) -> Iterator[str]:
    kind = subject.resource.type
    faults = _namespace_faults if kind in kinds.NAMESPACE else _token_faults if kind in kinds.REQUEST_AUTHENTICATION else _open_rules
    yield from faults(subject)


def _open_rules(policy: Subject) -> Iterator[str]:
    spec = policy.properties.section("spec")
    if spec.text("action", "ALLOW") == "ALLOW":
        rules = spec.sections("rules")
        yield from known_first(range(len(rules)), lambda at: [f"rules[{at}] allows everybody everything"] if _is_open(rules[at]) else [])


def _is_open(rule: Properties) -> bool:
    """Whether a rule names no source, no operation and no condition; any principal at all is anybody of the mesh."""
    if len(rule.sections("when")) or any(len(each.section("operation")) for each in rule.sections("to")):
        return False
    sources = list(rule.sections("from"))
    return not sources or any(_is_anybody(each.section("source")) for each in sources)


def _is_anybody(source: Properties) -> bool:
    return not len(source) or (set(source) == {"principals"} and "*" in tuple(source.texts("principals")))


def _namespace_faults(home: Subject) -> Iterator[str]:
    labels = home.properties.section("metadata").section("labels")
    if any(labels.text(key) == value for key, value in INJECTED.items()):
        policies = home.stack.of_type(*kinds.AUTHORIZATION_POLICY)
        if not any(known_first(policies, lambda each: [each] if _closes(home, each) else [])):
            yield "no AuthorizationPolicy is about all its workloads: each may be called by all"


def _closes(home: Subject, policy: Resource) -> bool:
    """Whether the policy is one of ALLOW for all workloads of the namespace: what it does not allow is denied (Istio, authorization)."""
    spec = policy.properties.section("spec")
    whole = not len(spec.section("selector")) and not len(spec.sections("targetRefs")) and "targetRef" not in spec
    return whole and spec.text("action", "ALLOW") == "ALLOW" and (namespace(policy) == ROOT or lies_in(home.stack, policy, home.resource))


def _token_faults(check: Subject) -> Iterator[str]:
    policies = check.stack.of_type(*kinds.AUTHORIZATION_POLICY)
    if not any(known_first(policies, lambda each: [each] if _demands_token(check.resource, each) else [])):
        yield "no AuthorizationPolicy beside it refuses a request without a token"


def _demands_token(check: Resource, policy: Resource) -> bool:
    if namespace(policy) not in (namespace(check), ROOT):
        return False
    spec = policy.properties.section("spec")
    wanted = "notRequestPrincipals" if spec.text("action", "ALLOW") == "DENY" else "requestPrincipals"
    sources = known_first(spec.sections("rules"), lambda rule: rule.sections("from"))
    return any(known_first(sources, lambda each: [each] if wanted in each.section("source") else []))
