"""ElastiCache's own API model, as botocore ships it: what values its parameters take."""

import functools
import re
from typing import Any

import botocore.loaders


@functools.cache
def _shapes() -> dict[str, Any]:
    return botocore.loaders.Loader().load_service_model("elasticache", "service-2")["shapes"]


def values(shape: str) -> set[str]:
    """The values of an enumeration."""
    return set(_shapes()[shape]["enum"])


def matches(shape: str, value: str) -> bool:
    """Whether a string has the form that the shape asks for."""
    return re.fullmatch(_shapes()[shape]["pattern"], value) is not None
