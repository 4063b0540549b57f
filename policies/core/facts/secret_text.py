"""Whether a text holds a credential, by the shapes that credentials have. What is found is named by kind, never shown."""

import base64
import binascii
import gzip
import re
import zlib
from collections.abc import Iterator, Mapping

SHAPES: Mapping[str, re.Pattern[str]] = {
    # IAM user guide, IAM identifiers: unique id prefixes of access keys.
    "an AWS access key": re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    # 40 characters of base64 behind the name that AWS's SDKs and CLI read it by.
    "an AWS secret key": re.compile(r"(?i)aws_?secret_?(?:access_?)?key[\"']?\s*[=:]\s*[\"']?[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+])"),
    "a private key": re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----"),  # RFC 7468
    # docs.github.com, about authentication: token formats.
    "a GitHub token": re.compile(r"\bgh[pousr]_[A-Za-z0-9]{36,}\b|\bgithub_pat_[A-Za-z0-9_]{22,}\b"),
    # A literal, not a reference to a variable or a command.
    "a password": re.compile(
        r"(?i)\b(?:[a-z0-9]+_)*(?:password|passwd|pwd|api_?key|auth_?token)[\"']?\s*[=:]\s*\\?[\"']?(?![\"'$<{(%*\s])[^\s\"';&|]{8,}"
    ),
}
"""Kind of credential -> what it looks like."""


def credentials(text: str) -> Iterator[str]:
    """Kinds of credentials in the text, in plain or behind base64 and gzip, as cloud-init takes it (cloud-init, user data formats)."""
    plain = decoded(text)
    yield from (kind for kind, shape in SHAPES.items() if shape.search(plain) or shape.search(text))


def decoded(text: str) -> str:
    """The text behind base64 and gzip; the text itself where it is neither."""
    try:
        raw = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return text
    if raw[:2] == b"\x1f\x8b":
        try:
            raw = gzip.decompress(raw)
        except (OSError, EOFError, zlib.error):
            return text
    return raw.decode("utf-8", errors="replace")
