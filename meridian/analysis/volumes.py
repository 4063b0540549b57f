"""Volumes against an earlier preview: no cloud makes a volume smaller, so a smaller number is a mistake or the loss of data."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from meridian.plan import Plan

SIZES = frozenset({"storage", "storageSize", "volumeSize", "allocatedStorage"})
"""Properties that hold the size of a volume: claims and pods of Kubernetes, TiDB's volumes, EBS, databases."""
UNITS = {
    "": 1,
    "Ki": 2**10,
    "Mi": 2**20,
    "Gi": 2**30,
    "Ti": 2**40,
    "Pi": 2**50,
    "K": 10**3,
    "M": 10**6,
    "G": 10**9,
    "T": 10**12,
    "P": 10**15,
}
"""Suffixes of Kubernetes quantities."""


class UnreadablePreview(Exception):
    """The earlier preview cannot be used; the message says why."""


class VolumesShrink(Exception):
    """Volumes would become smaller; the message has a line for each."""


def refuse_shrinking(earlier: Path, plan: Plan) -> None:
    """Compare the sizes of all volumes with those of an earlier `meridian preview --json`.

    Raises:
        UnreadablePreview: the file is missing or none of ours.
        VolumesShrink: a volume would be smaller than it was.
    """
    before = _inputs(earlier)
    faults = [
        f"{resource.urn.split('::', 2)[-1]}: {path}: {size} is less than {before_sizes[path]}: a volume never shrinks"
        for resource in plan
        if (before_sizes := dict(_sizes(before.get(resource.urn, {}), "")))
        for path, size in _sizes(resource.inputs, "")
        if path in before_sizes and _bytes(size) < _bytes(before_sizes[path])
    ]
    if faults:
        raise VolumesShrink("\n".join(faults))


def _inputs(earlier: Path) -> Mapping[str, Mapping[str, Any]]:
    try:
        document: Any = json.loads(earlier.read_text())
        return {resource["urn"]: resource["inputs"] for resource in document["resources"]}
    except OSError as error:
        raise UnreadablePreview(f"{earlier}: {error.strerror}; name a file that `meridian preview --json` wrote") from None
    except (ValueError, KeyError, TypeError):
        raise UnreadablePreview(f"{earlier}: no document of `meridian preview --json`; write one from the state you compare with") from None


def _sizes(value: Any, path: str) -> Iterator[tuple[str, str | int | float]]:
    if isinstance(value, Mapping):
        for key, below in cast("Mapping[str, Any]", value).items():
            at = f"{path}.{key}" if path else key
            if key in SIZES and isinstance(below, str | int | float):
                yield at, below
            else:
                yield from _sizes(below, at)
    elif isinstance(value, list):
        for at, below in enumerate(cast("list[Any]", value)):
            yield from _sizes(below, f"{path}[{at}]")


def _bytes(size: str | float) -> float:
    """A quantity as number of bytes; what is no quantity (an unknown value) is larger than all, so that it never counts as smaller."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([KMGTP]i?)?", str(size))
    return float(found[1]) * UNITS[found[2] or ""] if found else float("inf")
