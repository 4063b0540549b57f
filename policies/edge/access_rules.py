"""Who passes Access, after proving what, and for how long."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from policies.core import edge_tokens as edge
from policies.core.example import Draft, Example, example, resource
from policies.core.resource import Resource
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Properties, Severity, Undecided, known_first

IDENTITY = frozenset(
    {
        *("email", "emails", "emailDomain", "emailDomains", "emailList", "emailLists", "group", "groups", "authContext", "authContexts"),
        *("azureAd", "azures", "githubOrganization", "githubs", "gsuite", "gsuites", "loginMethod", "loginMethods"),
        *("oidc", "oidcs", "okta", "oktas", "saml", "samls"),
    }
)
"""Selectors that ask who somebody is, in the provider's spellings of today and before (Cloudflare, Access selectors)."""
MACHINE = frozenset({"serviceToken", "serviceTokens", "anyValidServiceToken", "certificate", "commonName", "commonNames", "linkedAppToken"})
"""Selectors that a machine proves."""
WITHOUT_SESSION = frozenset({"app_launcher", "bookmark", "dash_sso", "infrastructure", "proxy_endpoint", "saas", "warp"})
"""Types of applications whose sessions are elsewhere."""
FACTORS = frozenset({"authMethod", "authMethods", "authContext", "authContexts"})
"""Requirements that ask how somebody signed in."""
POSTURE = frozenset({"devicePosture", "devicePostures"})
GROUP = frozenset({"group", "groups"})
_UNITS = {"h": 1.0, "m": 1 / 60, "s": 1 / 3600, "ms": 0.0, "us": 0.0, "µs": 0.0, "ns": 0.0}
_ACCOUNT = "01a7362d577a6c3019a474fd6f485823"


def policies(resource: Resource) -> Iterator[Properties]:
    """What the resource lets in itself: a policy, or those written into an application. One that an application names has only an id."""
    if resource.type in edge.ACCESS_POLICY:
        yield resource.properties
    elif resource.type in edge.ACCESS_APPLICATION:
        yield from known_first(resource.properties.sections("policies"), lambda each: (each,) if "decision" in each else ())


def _policy(decision: str, include: Mapping[str, object] | None, *, token: str = edge.ACCESS_POLICY[0], **more: Any) -> Draft:
    includes = {} if include is None else {"includes": [include]}
    return resource(token, {"accountId": _ACCOUNT, "name": "admins", "decision": decision, **includes, **more})


def _application(**inputs: object) -> Draft:
    return resource(edge.ACCESS_APPLICATION[0], {"accountId": _ACCOUNT, "name": "grafana", "type": "self_hosted", **inputs})


_ADMINS = {"group": {"id": "aa0a4aab-672b-4bdb-bc33-a59f1130a11f"}}
_EVERYONE: dict[str, object] = {"everyone": {}}


@rule(
    "edge-15",
    on=(*edge.ACCESS_POLICY, *edge.ACCESS_GROUP, *edge.ACCESS_APPLICATION),
    severity=Severity.CRITICAL,
    why="A policy that asks nobody who they are is an open door with a sign on it.",
    fix='Use decision "allow" with includes of groups, addresses or mail domains, "non_identity" for service tokens, and no everyone.',
    controls=("soc2:CC6.1", "pci-dss-4.0:8.2.1"),
    bad=(
        example(_policy("bypass", _EVERYONE)),
        example(_policy("bypass", _ADMINS)),
        example(_policy("allow", _EVERYONE)),
        example(_policy("allow", {"everyone": True}, token=edge.ACCESS_POLICY[1])),
        example(_policy("allow", {"ip": {"ip": "203.0.113.0/24"}})),
        example(_policy("allow", {"geo": {"countryCode": "DE"}})),
        example(_policy("allow", None)),
        example(_policy("non_identity", {"ip": {"ip": "0.0.0.0/0"}})),
        example(_policy("allow", None, includes=[_ADMINS, _EVERYONE])),
        example(resource(edge.ACCESS_GROUP[0], {"accountId": _ACCOUNT, "name": "all", "includes": [_EVERYONE]})),
        example(_application(policies=[{"decision": "bypass", "precedence": 1, "includes": [_EVERYONE]}])),
    ),
    good=(
        example(_policy("allow", _ADMINS)),
        example(_policy("allow", {"emailDomain": {"domain": "example.com"}})),
        example(_policy("allow", {"email": {"email": "admin@example.com"}}, token=edge.ACCESS_POLICY[1])),
        example(_policy("non_identity", {"serviceToken": {"tokenId": "aa0a4aab-672b-4bdb-bc33-a59f1130a11f"}})),
        example(_policy("deny", _EVERYONE)),
        example(resource(edge.ACCESS_GROUP[0], {"accountId": _ACCOUNT, "name": "ops", "includes": [{"devicePosture": {}}]})),
        example(_application(policies=[{"id": "aa0a4aab-672b-4bdb-bc33-a59f1130a11f", "precedence": 1}])),
    ),
)
def access_asks_who_somebody_is(gate: Subject) -> Iterator[str]:
    if gate.resource.type in edge.ACCESS_GROUP:
        if any("everyone" in include for include in gate.properties.sections("includes")):
            yield "everyone is a member of the group"
        return
    yield from known_first(policies(gate.resource), _unasked)


def _unasked(policy: Properties) -> Iterator[str]:
    decision = policy.text("decision", "allow")
    if decision == "bypass":
        yield "the policy switches Access off for whom it includes"
    if decision not in ("allow", "non_identity"):
        return
    if not policy.sections("includes"):
        yield "the policy names nobody"
    asked = IDENTITY if decision == "allow" else MACHINE
    for include in policy.sections("includes"):
        if not any(selector in include for selector in asked):
            yield f"the policy lets in by {', '.join(sorted(include)) or 'nothing'} alone"


_HEALTHY = {"devicePosture": {"integrationUid": "aa0a4aab-672b-4bdb-bc33-a59f1130a11f"}}
_FACTOR = {"allowedAuthenticators": ["security_key"]}


def _strict(**more: Any) -> Draft:
    inputs: dict[str, Any] = {"requires": [_HEALTHY], "mfaConfig": _FACTOR, "sessionDuration": "8h", **more}
    return _policy("allow", _ADMINS, **inputs)


def _passed(**inputs: object) -> Example:
    return example(_strict(requires=[{"group": {"id": "${group.id}"}}]), group=resource(edge.ACCESS_GROUP[0], {"name": "passed", **inputs}))


def _token(duration: str | None) -> Example:
    lifetime = {} if duration is None else {"duration": duration}
    return example(resource(edge.ACCESS_SERVICE_TOKEN[0], {"accountId": _ACCOUNT, "name": "pipeline", **lifetime}))


@rule(
    "edge-16",
    on=(*edge.ACCESS_POLICY, *edge.ACCESS_APPLICATION, *edge.ACCESS_SERVICE_TOKEN),
    scope=Scope.STACK,
    severity=Severity.HIGH,
    why="A password can be phished and a laptop be stolen or ill; a session of a day gives the thief a day.",
    fix="Give policies mfaConfig.allowedAuthenticators and requires of devicePosture, sessions 8h at most, service tokens 8760h.",
    controls=("soc2:CC6.1", "pci-dss-4.0:8.4.2", "hipaa:164.312(d)"),
    settings=("max_session_hours", "max_token_days"),
    bad=(
        example(_strict(mfaConfig={})),
        example(_strict(mfaConfig={**_FACTOR, "mfaDisabled": True})),
        example(_strict(requires=[])),
        example(_strict(sessionDuration="24h")),
        example(_strict(sessionDuration="8h1m")),
        example(_policy("allow", _ADMINS)),
        _passed(includes=[{"emailDomain": {"domain": "example.com"}}]),
        example(_application(sessionDuration="24h")),
        example(_application()),
        example(_application(sessionDuration="8h", policies=[{"decision": "allow", "precedence": 1, "includes": [_ADMINS]}])),
        _token("forever"),
        _token("17520h"),
    ),
    good=(
        example(_strict()),
        example(_strict(mfaConfig={}, requires=[_HEALTHY, {"authMethod": {"authMethod": "hwk"}}])),
        example(
            _policy("allow", _ADMINS, requires=[_HEALTHY]),
            organization=resource(edge.ACCESS_ORGANIZATION[0], {"accountId": _ACCOUNT, "mfaRequiredForAllApps": True}),
        ),
        _passed(includes=[_HEALTHY]),
        example(_policy("non_identity", {"serviceToken": {"tokenId": "aa0a4aab"}})),
        example(_application(sessionDuration="30m")),
        example(resource(edge.ACCESS_APPLICATION[1], {"accountId": _ACCOUNT, "name": "wiki", "type": "bookmark"})),
        _token("8760h"),
        _token(None),
    ),
)
def access_asks_for_two_proofs_and_asks_again(gate: Subject) -> Iterator[str]:
    if gate.resource.type in edge.ACCESS_SERVICE_TOKEN:
        if hours(gate.properties.text("duration", "8760h")) > gate.settings.max_token_days * 24:
            yield f"the token lives for {gate.properties.text('duration')}"
        return
    yield from _long_session(gate)
    yield from known_first(policies(gate.resource), lambda policy: _unproved(gate, policy))


def _long_session(gate: Subject) -> Iterator[str]:
    """An application's session is a day unless told otherwise; a policy's is that of its application (Cloudflare, session management)."""
    of_application = gate.resource.type in edge.ACCESS_APPLICATION
    if of_application and gate.properties.text("type", "self_hosted") in WITHOUT_SESSION:
        return
    session = gate.properties.text("sessionDuration", "24h" if of_application else "0s")
    if hours(session) > gate.settings.max_session_hours:
        yield f"a session lasts {session}, {gate.settings.max_session_hours}h at most"


def _unproved(gate: Subject, policy: Properties) -> Iterator[str]:
    if policy.text("decision") != "allow":
        return
    if not _asks_factor(gate, policy):
        yield "no second factor is asked for"
    if not _asks_posture(gate, policy):
        yield "the state of the device is not asked for"


def _asks_factor(gate: Subject, policy: Properties) -> bool:
    config = policy.section("mfaConfig")
    if config.flag("mfaDisabled"):
        return False
    if config.texts("allowedAuthenticators") or any(_has(each, FACTORS) for each in policy.sections("requires")):
        return True
    return any(each.properties.flag("mfaRequiredForAllApps") for each in gate.stack.of_type(*edge.ACCESS_ORGANIZATION))


def _asks_posture(gate: Subject, policy: Properties) -> bool:
    """By itself, or by a group whose members are known by their device's state."""
    requires = policy.sections("requires")
    if any(_has(each, POSTURE) for each in requires):
        return True
    groups = gate.referents("requires" if gate.resource.type in edge.ACCESS_POLICY else "policies", *edge.ACCESS_GROUP)
    if any(_is_posture(group.properties) for group in groups):
        return True
    if not groups and any(_has(each, GROUP) for each in requires):
        raise Undecided(f"{gate.resource.name}.requires (a group outside this stack)")
    return False


def _is_posture(group: Properties) -> bool:
    return any(_has(each, POSTURE) for key in ("includes", "requires") for each in group.sections(key))


def _has(selector: Properties, keys: frozenset[str]) -> bool:
    return any(key in selector for key in keys)


def hours(duration: str) -> float:
    """Hours of a Go duration such as `1h30m`; without end for what is none, such as `forever`."""
    parts = re.findall(r"([\d.]+)(h|ms|us|µs|ns|m|s)", duration)
    return sum(float(number) * _UNITS[unit] for number, unit in parts) if parts else float("inf")
