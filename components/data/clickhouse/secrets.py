"""Passwords of ClickHouse: made in the cluster by External Secrets' generator, so that they stand in no Plan, no state and no file."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from components.data.clickhouse.contract import NAMESPACE, OPERATOR_SECRET, USERS_SECRET, hash_key
from components.data.clickhouse.operator import OPERATOR_USER
from components.platform.external_secrets import API_VERSION

GENERATOR = "clickhouse-password"
"""Generator of all of them."""
GENERATOR_API = "generators.external-secrets.io/v1alpha1"
"""API of the generator."""
GENERATED = "password"
"""Key under which a generator hands its password out (External Secrets, Password generator)."""
LENGTH = 40
"""Characters, of 62 kinds: no symbol, as passwords stand in URLs too. Over 230 bits."""


def passwords(name: str, users: Sequence[str], opts: pulumi.ResourceOptions) -> list[pulumi.Resource]:
    """The generator and the two secrets. `CreatedOnce`: a password that changed by itself would lock its users out."""
    generator = kubernetes.apiextensions.CustomResource(
        f"{name}-password",
        api_version=GENERATOR_API,
        kind="Password",
        metadata=kubernetes.meta.v1.ObjectMetaArgs(name=GENERATOR, namespace=NAMESPACE),
        spec={"length": LENGTH, "digits": 8, "symbols": 0, "noUpper": False, "allowRepeat": True},
        opts=opts,
    )
    after = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[generator]))
    hashed = {user: f"{{{{ .{user} }}}}" for user in users} | {hash_key(user): f"{{{{ .{user} | sha256sum }}}}" for user in users}
    operator = {"username": OPERATOR_USER, "password": f"{{{{ .{GENERATED} }}}}"}
    return [
        generator,
        _secret(f"{name}-users", USERS_SECRET, [_one(user) for user in users], hashed, after),
        _secret(f"{name}-operator-access", OPERATOR_SECRET, [_one(GENERATED)], operator, after),
    ]


def _one(key: str) -> dict[str, Any]:
    """A password of its own under `key`."""
    reference = {"apiVersion": GENERATOR_API, "kind": "Password", "name": GENERATOR}
    return {"sourceRef": {"generatorRef": reference}, "rewrite": [{"regexp": {"source": f"^{GENERATED}$", "target": key}}]}


def _secret(
    name: str, secret: str, sources: list[dict[str, Any]], template: Mapping[str, str], opts: pulumi.ResourceOptions
) -> kubernetes.apiextensions.CustomResource:
    return kubernetes.apiextensions.CustomResource(
        name,
        api_version=API_VERSION,
        kind="ExternalSecret",
        metadata=kubernetes.meta.v1.ObjectMetaArgs(name=secret, namespace=NAMESPACE, annotations={"pulumi.com/waitFor": "condition=Ready"}),
        spec={
            "refreshPolicy": "CreatedOnce",
            "target": {
                "name": secret,
                "creationPolicy": "Owner",
                "deletionPolicy": "Retain",
                "template": {"engineVersion": "v2", "data": dict(template)},
            },
            "dataFrom": sources,
        },
        opts=opts,
    )
