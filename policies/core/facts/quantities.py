"""Amounts as Kubernetes writes them: `100m`, `16`, `2Gi` (Kubernetes API conventions, quantities)."""

import re

_SUFFIXES = {
    "": 1,
    "n": 1e-9,
    "u": 1e-6,
    "m": 1e-3,
    **{letter: 10.0 ** (3 * power) for power, letter in enumerate(("k", "M", "G", "T", "P", "E"), 1)},
    **{f"{letter}i": 1024.0**power for power, letter in enumerate(("K", "M", "G", "T", "P", "E"), 1)},
}
_QUANTITY = re.compile(r"([+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?)([a-zA-Z]*)")


def number(text: str) -> float:
    """The amount as a number.

    Raises:
        ValueError: the text is no quantity.
    """
    match = _QUANTITY.fullmatch(text.strip())
    if match is None or match[2] not in _SUFFIXES:
        raise ValueError(f"{text}: a Kubernetes quantity such as 500m or 2Gi")
    return float(match[1]) * _SUFFIXES[match[2]]
