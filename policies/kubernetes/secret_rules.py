"""Credentials: in Secrets, and read from files."""

import re
from collections.abc import Iterator
from typing import Any

from policies.core import kinds
from policies.core.example import Example, example, resource
from policies.core.facts.pods import PODS, WRITTEN, Container, containers
from policies.core.facts.secret_text import credentials
from policies.core.rule import Subject, rule
from policies.core.verdict import Properties, Severity, known_first

SENSITIVE = re.compile(r"(?i)passw(or)?d|secret|token|api_?key|access_?key|private_?key|credential")
"""Names of what is not to be read by others."""
ABOUT = re.compile(
    r"(?i)(file|path|dir|name|arn|id|ids|url|uri|host|endpoint|ttl|expiry|expiration|seconds|minutes|days|enabled|namespace|"
    r"header|issuer|type|audience|algorithm|length|size|limit|limits|max|count|store|provider|region|manager|ref|mode|"
    r"policy|format|prefix|pattern|rotation|version|scope|scopes|class|source|backend|engine|required|field)$"
)
"""Ends of names that say something about a credential and are none."""
FILE = re.compile(r"(?i)\.(json|ya?ml|xml|conf|cnf|properties|sh|sql|ini|toml|txt|tpl|md)$")
"""Ends of keys of a ConfigMap that hold a file: what is in it counts, not what it is called."""
REFERENCE = re.compile(r"^(\$[({].*|/.*|(vault|secretref|arn|ref\+[a-z]+):.*|true|false|\d{0,4}|)$", re.IGNORECASE)
"""Values that say where a credential is, or that there is none."""


def _pod(token: str = kinds.POD[0], **container: Any) -> Example:
    template = {"spec": {"containers": [{"name": "main", "image": "a", **container}]}}
    return example(resource(token, template if token in kinds.POD else {"spec": {"template": template}}))


def _variable(name: str, value: str) -> Example:
    return _pod(kinds.DEPLOYMENT[0], env=[{"name": name, "value": value}])


def _map(**data: str) -> Example:
    return example(resource(kinds.CONFIG_MAP[0], {"data": data}))


_FROM_SECRET = {"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "database", "key": "password"}}}
_KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----"


@rule(
    "k8s-13",
    on=(*kinds.with_patches(PODS), *kinds.with_patches(kinds.CONFIG_MAP)),
    severity=Severity.MEDIUM,
    why="What stands in a manifest is in the state and in the API for all to read; an environment is in crash reports and child processes.",
    fix="Keep the value in a Secret and mount it as a volume (env *_FILE, or the program's own option for a file).",
    controls=("cis-eks-1.4:4.4.1", "cis-kubernetes-2.0:5.4.1"),
    bad=(
        _variable("DATABASE_PASSWORD", "correct-horse"),
        _variable("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY12"),
        _variable("OPTIONS", "--password=correct-horse"),
        _variable("awsKey", "AKIAIOSFODNN7EXAMPLE"),
        _pod(env=[_FROM_SECRET]),
        _pod(kinds.JOB[0], envFrom=[{"secretRef": {"name": "database"}}]),
        _pod(f"{kinds.DEPLOYMENT[0]}Patch", env=[_FROM_SECRET]),
        _map(**{"api.key": _KEY}),
        _map(password="correct-horse"),
        _map(**{"server.pem": _KEY}),
        _map(**{"app.properties": "db.user=shop\ndb_password=correct-horse\n"}),
    ),
    good=(
        _pod(),
        _variable("DATABASE_PASSWORD_FILE", "/run/secrets/database"),
        _variable("DATABASE_PASSWORD", "$(PASSWORD)"),
        _variable("TOKEN_TTL", "3600"),
        _variable("SECRET_NAME", "database"),
        _variable("PRIMARY_KEY", "order"),
        _variable("PASSWORD_POLICY", "strong"),
        _map(**{"password-rules.json": '{"length": 12}'}),
        example(
            resource(kinds.RAY_CLUSTER[0], {"spec": {"headGroupSpec": {"template": {"spec": {"containers": [{"env": [_FROM_SECRET]}]}}}}})
        ),
        _pod(envFrom=[{"configMapRef": {"name": "settings"}}]),
        _pod(env=[{"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}]),
        _map(**{"app.properties": "db.user=shop\ndb_password=${PASSWORD}\n"}),
        _map(tokens_url="https://example.com/token"),
        example(resource(kinds.CONFIG_MAP[0])),
    ),
)
def credential_is_a_file_of_a_secret(subject: Subject) -> Iterator[str]:
    if subject.resource.type.removesuffix("Patch") in kinds.CONFIG_MAP:
        yield from _literals(subject.properties.section("data"), "the configuration")
    else:
        reads = (_values, _references) if subject.resource.type.removesuffix("Patch") in WRITTEN else (_values,)
        yield from known_first(containers(subject.resource), lambda each: known_first(reads, lambda read: read(each)))


def _values(container: Container) -> Iterator[str]:
    variables = container.properties.sections("env")
    yield from known_first(variables, lambda each: _literal(each.text("name"), each, "value", container.name) if "value" in each else [])


def _references(container: Container) -> Iterator[str]:
    variables, sources = container.properties.sections("env"), container.properties.sections("envFrom")
    yield from known_first(
        variables,
        lambda each: (
            [f"{container.name} has {each.text('name')} of a Secret in its environment"]
            if "secretKeyRef" in each.section("valueFrom")
            else []
        ),
    )
    yield from known_first(
        sources, lambda each: [f"{container.name} has all of a Secret in its environment"] if "secretRef" in each else []
    )


def _literals(data: Properties, holder: str) -> Iterator[str]:
    return known_first(data, lambda key: _literal(key, data, key, holder))


def _literal(name: str, holding: Properties, key: str, holder: str) -> Iterator[str]:
    says_about, is_one = ABOUT.search(name), SENSITIVE.search(name) and not FILE.search(name)
    if says_about and not is_one:
        return
    value = holding.text(key)
    found = list(credentials(value))
    yield from (f"{holder} holds {kind} in {name}" for kind in found)
    if not found and is_one and not says_about and "\n" not in value and not REFERENCE.match(value):
        yield f"{holder} holds the value of {name}"
