"""Addresses from which Cloudflare connects to origins."""

import functools
from datetime import date

from pydantic import field_validator

from components.catalog.loader import Fact, read


class CloudflareRanges(Fact):
    """The published ranges, as read on one day."""

    read: date
    """Day they were compared with Cloudflare's list."""
    ipv4: tuple[str, ...]
    """CIDR blocks, in ascending order of their text."""
    ipv6: tuple[str, ...]
    """CIDR blocks, in ascending order of their text."""

    @field_validator("ipv4", "ipv6")
    @classmethod
    def _sorted(cls, blocks: tuple[str, ...]) -> tuple[str, ...]:
        """In order and each once, so that a change of the list shows as one line."""
        if list(blocks) != sorted(set(blocks)):
            raise ValueError("ranges of Cloudflare: list each once, in ascending order of their text")
        return blocks


@functools.cache
def cloudflare_ranges() -> CloudflareRanges:
    """The ranges."""
    return CloudflareRanges.model_validate(read("cloudflare_ranges"))
