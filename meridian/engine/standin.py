"""Stands in for the clouds: deterministic answers from a table, no account, no network."""

import functools
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from meridian.engine import sdk
from policies.core.verdict import UNKNOWN

ACCOUNT = "123456789012"
"""AWS's own example account; used where the program names none."""
REGION = "eu-west-1"
"""Used where neither the resource nor its provider names a region."""
AUTONAME = "{name}-{hex7}"
"""What a provider names by itself where the program did not (pulumi-terraform-bridge, auto-naming)."""
GENERIC = {"arn": "arn:aws:{service}:{region}:{account}:{name}-{hex8}", "name": AUTONAME}
"""What a type that is not in the table still answers, where its SDK class has such outputs."""


class NoAnswer(LookupError):
    """A function was invoked whose result the table does not hold."""


@dataclass(frozen=True)
class Answer:
    """What the cloud says of a new resource."""

    id: str
    outputs: Mapping[str, Any]
    """Computed properties only; inputs come back as they are."""


@functools.cache
def _table() -> Mapping[str, Any]:
    return yaml.load((Path(__file__).parent / "answers.yaml").read_text(), Loader=yaml.CSafeLoader)


def created(token: str, urn: str, inputs: Mapping[str, Any], provider: Mapping[str, Any]) -> Answer:
    """The answer to a creation. `provider` holds the inputs of the resource's provider: its region and account show in ARNs."""
    row, facts = _row(token), _Facts(token, urn, inputs, provider)
    facts["in"].update(_names(token, facts))
    facts["id"] = _fill(row["id"], facts)
    return Answer(facts["id"], dict(_computed(row["outputs"], inputs, facts)))


def named(token: str, urn: str, inputs: Mapping[str, Any], earlier: Mapping[str, Any]) -> Mapping[str, Any]:
    """`inputs` with the physical names that a provider gives by itself. A resource keeps the name of `earlier` inputs, if it had one."""
    given = {key: earlier.get(key, name) for key, name in _names(token, _Facts(token, urn, inputs, {})).items()}
    if not token.startswith("kubernetes:") or "metadata" not in inputs or "name" in inputs["metadata"]:
        return {**given, **inputs}
    name: str = earlier.get("metadata", {}).get("name") or _fill("{name}-{hex8}", _Facts(token, urn, inputs, {}))
    return {**given, **inputs, "metadata": {**inputs["metadata"], "name": name}}


def _names(token: str, facts: "_Facts") -> Mapping[str, str]:
    """Auto-named inputs that the program left out."""
    templates: Mapping[str, Any] = _row(token)["outputs"]
    inputs = sdk.input_names(token)
    left_out = [key for key in templates if key in inputs and key not in facts["in"]]
    return {key: _fill(templates[key], facts) for key in left_out if templates[key] == AUTONAME}


def announced(token: str, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a preview says of a new resource beyond its inputs: fields that the cloud adds to objects of the program are unknown.

    Properties that the program left out need no answer: the SDK takes what is missing for unknown, but inside an object for absent.
    """
    templates: Mapping[str, Any] = _table().get(token, {"outputs": {}})["outputs"]
    given = [key for key, template in templates.items() if isinstance(template, dict) and isinstance(inputs.get(key), dict)]
    return {key: {**dict.fromkeys(templates[key], UNKNOWN), **inputs[key]} for key in given}


def _computed(templates: Mapping[str, Any], inputs: Mapping[str, Any], facts: "_Facts") -> Iterator[tuple[str, Any]]:
    """What the cloud adds: properties that the program left out, and in objects that it gave the fields it left out."""
    for key, template in templates.items():
        given = inputs.get(key)
        if given is None:
            yield key, _fill(template, facts)
        elif isinstance(given, Mapping) and isinstance(template, Mapping):
            yield key, {**_fill(template, facts), **given}


def found(token: str, urn: str, inputs: Mapping[str, Any], provider: Mapping[str, Any], id_: str) -> Mapping[str, Any]:
    """The properties of an existing resource that is looked up by `id_`."""
    facts = _Facts(token, urn, inputs, provider)
    facts["id"] = id_
    return {**{key: _fill(value, facts) for key, value in _row(token)["outputs"].items()}, **inputs}


_FUNCTIONS: Mapping[str, Mapping[str, str]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": {
        "accountId": ACCOUNT,
        "arn": f"arn:aws:iam::{ACCOUNT}:root",
        "userId": ACCOUNT,
        "id": ACCOUNT,
    },
    "aws:s3/getObject:getObject": {"id": "stand-in", "body": "stand-in"},
    "cloudflare:index/getZeroTrustTunnelCloudflaredToken:getZeroTrustTunnelCloudflaredToken": {"id": "stand-in", "token": "c3RhbmQtaW4="},
}
"""Provider function -> its result, beside its arguments. A tunnel's token is no property of the tunnel
(cloudflare/terraform-provider-cloudflare#5009); the proof of a bucket's owner is a file that Cloudflare writes into it."""


def invoked(token: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """The result of a provider function.

    Raises:
        NoAnswer: for all that Meridian's own programs do not ask: a guess would be taken for a fact.
    """
    if (result := _FUNCTIONS.get(token)) is not None:
        return {**arguments, **result}
    raise NoAnswer(f"{token}({', '.join(sorted(arguments))}): the stand-in knows no answer; hand the value in as configuration instead")


def _row(token: str) -> Mapping[str, Any]:
    if (row := _table().get(token)) is not None:
        return row
    names = sdk.output_names(token)
    return {"id": "{name}-{hex8}", "outputs": {key: template for key, template in GENERIC.items() if key in names}}


class _Facts(dict[str, Any]):
    """The values a template may use. Digits are derived on demand."""

    def __init__(self, token: str, urn: str, inputs: Mapping[str, Any], provider: Mapping[str, Any]) -> None:
        accounts: list[str] = json.loads(provider.get("allowedAccountIds") or "[]")  # lists reach a provider as JSON text
        super().__init__(
            {
                "name": urn.rsplit("::", 1)[-1].partition("#")[0],  # what follows tells a replacement from its predecessor
                "region": inputs.get("region") or provider.get("region") or REGION,
                "account": next(iter(accounts), ACCOUNT),
                "service": token.split(":")[1].split("/", maxsplit=1)[0],
                "in": _Inputs(inputs),
            }
        )
        self._urn = urn

    def __missing__(self, key: str) -> str:
        if not key.startswith("hex"):
            raise KeyError(key)
        return hashlib.sha256(f"{self._urn}{key}".encode()).hexdigest()[: int(key.removeprefix("hex"))]


class _Inputs(dict[str, Any]):
    """Inputs as a template reads them: what the program left out is empty."""

    def __missing__(self, key: str) -> str:
        return ""


def _fill(template: Any, facts: _Facts) -> Any:
    if isinstance(template, str):
        return template.format_map(facts)
    if isinstance(template, dict):
        return {key: _fill(value, facts) for key, value in template.items()}  # pyright: ignore[reportUnknownVariableType]  (YAML)
    if isinstance(template, list):
        return [_fill(value, facts) for value in template]  # pyright: ignore[reportUnknownVariableType]  (YAML)
    return template
