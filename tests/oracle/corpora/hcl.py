"""Resources in Terraform's language, with variables, locals, `jsonencode` and policy documents put in.

What cannot be computed here (functions, conditionals, modules, `dynamic` blocks) is unknown.
Parser: python-hcl2, which is no dependency of the project: `pip install python-hcl2==8.1.4`.
"""

import base64
import importlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from policies.core.verdict import UNKNOWN

REFERENCE = "@"
"""What the value of a reference begins with."""

_RESOURCE = re.compile(r"(data\.)?(aws_\w+)\.([\w-]+)((?:\.\w+|\[[^\]]*\])*)")
_DOCUMENT = re.compile(r"data\.aws_iam_policy_document\.([\w-]+)(?:\[\d+\])?\.json")
_HEREDOC = re.compile(r"<<-?\s*(\w+)\n(.*)\n\s*\1\s*$", re.DOTALL)
_TRANSPARENT = re.compile(r"(?:tostring|tolist|toset|file)\((.*)\)", re.DOTALL)
_LISTS = {"actions": "Action", "not_actions": "NotAction", "resources": "Resource", "not_resources": "NotResource"}
_PRINCIPALS = {"principals": "Principal", "not_principals": "NotPrincipal"}


@dataclass(frozen=True)
class Block:
    """One `resource` block."""

    type: str
    """E.g. `aws_kms_key`."""
    name: str
    """Local name."""
    values: Mapping[str, Any]
    """Attributes and blocks (lists of objects)."""
    references: Mapping[str, frozenset[str]]
    """Attribute -> addresses of the resources its value comes from."""

    @property
    def address(self) -> str:
        """`type.name`."""
        return f"{self.type}.{self.name}"


class Unparsable(Exception):
    """The parser refuses the text."""


def blocks(texts: Iterable[str]) -> tuple[Block, ...]:
    """Resources of one directory.

    Raises:
        Unparsable: of any of its files.
    """
    parsed = [_parsed(text) for text in texts]
    module = _Module(parsed)
    return tuple(
        module.block(_bare(type), _bare(name), body)
        for document in parsed
        for kind in document.get("resource", [])
        for type, named in kind.items()
        for name, body in named.items()
    )


def _parsed(text: str) -> dict[str, Any]:
    try:
        return importlib.import_module("hcl2").loads(text)
    except ImportError:
        raise
    except Exception as fault:  # lark's exceptions have no common base of python-hcl2's own
        raise Unparsable(type(fault).__name__) from None


def _bare(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text


def _named(documents: Iterable[Mapping[str, Any]], kind: str) -> Iterator[tuple[str, Any]]:
    for document in documents:
        for each in document.get(kind, []):
            yield from ((_bare(name), body) for name, body in each.items() if name != "__is_block__")


@dataclass
class _Module:
    documents: list[dict[str, Any]]
    variables: Mapping[str, Any] = field(init=False)
    local: Mapping[str, Any] = field(init=False)
    policies: Mapping[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self.variables = {name: body.get("default") for name, body in _named(self.documents, "variable")}
        self.local = dict(_named(self.documents, "locals"))
        data = [found for type, found in _named(self.documents, "data") if type == "aws_iam_policy_document"]
        self.policies = {_bare(name): body for found in data for name, body in found.items()}

    def block(self, type: str, name: str, body: Mapping[str, Any]) -> Block:
        values: dict[str, Any] = {}
        references: dict[str, frozenset[str]] = {}
        for key, value in body.items():
            if key == "dynamic":
                values |= {_bare(block): UNKNOWN for each in value for block in each if not block.startswith("__")}
            elif not key.startswith("__"):
                found: set[str] = set()
                values[key] = self.value(value, found)
                references[key] = frozenset(found)
        return Block(type, name, values, references)

    def value(self, value: Any, found: set[str]) -> Any:
        if isinstance(value, Mapping):
            return {_bare(key): self.value(part, found) for key, part in value.items() if not key.startswith("__")}
        if isinstance(value, list):
            return [self.value(part, found) for part in value]
        return self.text(_bare(value), found) if isinstance(value, str) else value

    def text(self, value: str, found: set[str]) -> Any:
        heredoc = _HEREDOC.match(value)
        plain = heredoc[2] if heredoc else value.replace('\\"', '"').replace("\\n", "\n")
        whole = re.fullmatch(r"\$\{(.*)\}", plain, re.DOTALL)
        if whole and ("${" not in whole[1] or whole[1].startswith("jsonencode")):
            return self.expression(whole[1].strip(), found)

        def inserted(match: re.Match[str]) -> str:
            part = self.expression(match[1].strip(), found)
            return part if isinstance(part, str) else json.dumps(part)

        filled = re.sub(r"\$\{([^{}]*)\}", inserted, plain)
        return UNKNOWN if filled != UNKNOWN and UNKNOWN in filled and not filled.lstrip().startswith("{") else filled

    def expression(self, text: str, found: set[str]) -> Any:
        if text in ("true", "false"):
            return text == "true"
        if (document := _DOCUMENT.fullmatch(text)) and document[1] in self.policies:
            return self.document(self.policies[document[1]], found)
        if reference := _RESOURCE.fullmatch(text):
            if not reference[1]:
                found.add(f"{reference[2]}.{reference[3]}")
            return f"{REFERENCE}{text}"
        return self.computed(text, found)

    def computed(self, text: str, found: set[str]) -> Any:
        if variable := re.fullmatch(r"var\.(\w+)", text):
            default = self.variables.get(variable[1])
            return UNKNOWN if default is None else self.value(default, found)
        if (local := re.fullmatch(r"local\.(\w+)", text)) and local[1] in self.local:
            return self.value(self.local[local[1]], found)
        if encoded := re.fullmatch(r"jsonencode\((.*)\)", text, re.DOTALL):
            inner = self.argument(encoded[1], found)
            return inner if inner == UNKNOWN else json.dumps(inner)
        if encoded := re.fullmatch(r"base64encode\((.*)\)", text, re.DOTALL):
            inner = self.argument(encoded[1], found)
            return base64.b64encode(inner.encode()).decode() if isinstance(inner, str) and inner != UNKNOWN else UNKNOWN
        if wrapped := _TRANSPARENT.fullmatch(text):
            return self.argument(wrapped[1], found) if not text.startswith("file") else UNKNOWN
        found |= {f"{match[2]}.{match[3]}" for match in _RESOURCE.finditer(text) if not match[1]}
        return UNKNOWN

    def argument(self, text: str, found: set[str]) -> Any:
        try:
            return self.value(_parsed(f"x = {text.strip()}\n")["x"], found)
        except Unparsable:
            return UNKNOWN

    def document(self, body: Mapping[str, Any], found: set[str]) -> str:
        """What the data source `aws_iam_policy_document` writes."""
        statements = [_statement(self.value(each, found)) for each in body.get("statement", [])]
        return json.dumps({"Version": "2012-10-17", "Statement": statements})


def _statement(given: Mapping[str, Any]) -> dict[str, Any]:
    statement: dict[str, Any] = {"Effect": given.get("effect", "Allow")}
    statement |= {theirs: given[name] for name, theirs in _LISTS.items() if name in given}
    for name, theirs in _PRINCIPALS.items():
        if name in given:
            statement[theirs] = _principals(given[name])
    conditions: dict[str, dict[str, Any]] = {}
    for each in given.get("condition", []):
        conditions.setdefault(each["test"], {})[each["variable"]] = each["values"]
    return {**statement, "Condition": conditions} if conditions else statement


def _principals(given: Iterable[Mapping[str, Any]]) -> Any:
    kinds: dict[str, list[Any]] = {}
    for each in given:
        if each["type"] == "*":
            return "*"
        identifiers = each["identifiers"]
        kinds.setdefault(each["type"], []).extend(identifiers if isinstance(identifiers, list) else [identifiers])
    return kinds
