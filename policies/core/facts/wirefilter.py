"""Expressions of Cloudflare's rules language, read as far as rules need it: which requests one cannot match.

Grammar: developers.cloudflare.com, ruleset-engine/rules-language. What is not understood counts as matching everything, so that a rule
which switches protection off is seen rather than missed.
"""

import re
from collections.abc import Iterator

from policies.core.facts.addresses import public_addresses

_STRING = re.compile(r'"(?:\\.|[^"\\])*"')
_NEGATION = re.compile(r"\bnot\b|!|\bne\b", re.IGNORECASE)
_PATH_FIELDS = r"(?:raw\.)?http\.request\.uri(?:\.path)?"
_PATHS = re.compile(
    rf"(?:starts_with|ends_with)\(\s*(?:lower\()?{_PATH_FIELDS}\)?\s*,\s*(\"[^\"]*\")"
    rf"|{_PATH_FIELDS}\)?\s+(?:eq|==|contains|matches|~|wildcard|strict wildcard)\s+r?(\"[^\"]*\")"
    rf"|{_PATH_FIELDS}\)?\s+in\s+\{{([^}}]*)\}}"
)
_BLOCK = re.compile(r"(?<![\w.:])[0-9a-fA-F:.]+/\d{1,3}\b")
_EXTENSION = re.compile(r"http\.request\.uri\.path\.extension\s+(?:in|eq|==)\s")


def matches_everything(expression: str) -> bool:
    """Whether no request is left out."""
    return expression.strip().strip("()").strip().lower() in ("true", "")


def disjuncts(expression: str) -> tuple[str, ...]:
    """The parts of which one is enough, parentheses around the whole removed; the expression itself where there is one part only."""
    bare = _unwrapped(expression.strip())
    masked = _STRING.sub(lambda text: "_" * len(text[0]), bare)
    cuts: list[str] = []
    depth = start = 0
    for match in re.finditer(r"[()]|\s+or\s+|\s*\|\|\s*", masked, re.IGNORECASE):
        if match[0] in "()":
            depth += 1 if match[0] == "(" else -1
        elif depth == 0:
            cuts.append(bare[start : match.start()])
            start = match.end()
    parts = (*cuts, bare[start:])
    return (bare,) if len(parts) == 1 else tuple(part for each in parts for part in disjuncts(each))


def _unwrapped(expression: str) -> str:
    masked = _STRING.sub(lambda text: "_" * len(text[0]), expression)
    while masked.startswith("(") and _closing(masked) == len(masked) - 1:
        expression, masked = expression[1:-1].strip(), masked[1:-1].strip()
    return expression


def _closing(masked: str) -> int:
    """Where the parenthesis closes that the text begins with."""
    depth = 0
    for at, letter in enumerate(masked):
        depth += (letter == "(") - (letter == ")")
        if depth == 0:
            return at
    return -1


def bound_by(expression: str, fields: tuple[str, ...]) -> bool:
    """Whether every alternative asks one of the fields for something, without a negation that would turn a list into all the rest."""
    return all(
        any(field in bare for field in fields) and not _NEGATION.search(bare)
        for part in disjuncts(expression)
        for bare in (_STRING.sub("", part),)
    )


def paths(expression: str) -> frozenset[str]:
    """Paths, or beginnings of paths, that an expression names; none where it speaks of none."""
    return frozenset(_paths(expression))


def _paths(expression: str) -> Iterator[str]:
    for match in _PATHS.finditer(expression):
        yield from (text[1:-1] for group in match.groups() if group for text in _STRING.findall(group))


def may_match_path(expression: str, prefix: str) -> bool:
    """Whether a request below the path may match: every alternative that names paths names others, or extensions of files."""
    return any(_part_may_match(part, prefix) for part in disjuncts(expression))


def surely_covers_path(expression: str, prefix: str) -> bool:
    """Whether requests below the path match for all that is understood: an alternative without a negation names it, or no path at all."""
    return any(not _NEGATION.search(_STRING.sub("", part)) and _part_may_match(part, prefix) for part in disjuncts(expression))


def _part_may_match(part: str, prefix: str) -> bool:
    if _NEGATION.search(_STRING.sub("", part)):
        return True
    if _EXTENSION.search(part):
        return False
    named = paths(part)
    return not named or any(_overlap(name, prefix) for name in named)


def _overlap(name: str, prefix: str) -> bool:
    one, other = name.rstrip("*/") or "/", prefix.rstrip("/")
    return one.startswith(other) or other.startswith(one)


def holds_most_addresses(expression: str) -> bool:
    """Whether it names blocks that together hold more addresses than any company has: more than an IPv4 /8 or an IPv6 /19."""
    blocks = _BLOCK.findall(_STRING.sub("", expression))
    ipv6 = [block for block in blocks if ":" in block]
    return public_addresses(set(blocks) - set(ipv6)) > 2**24 or public_addresses(ipv6) > 2**45
