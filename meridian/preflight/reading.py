"""The way to AWS for whoever only looks: a call that is no reading one is stopped before it leaves the machine."""

from collections.abc import Callable
from typing import Any

import boto3

READING = ("Describe", "Get", "List", "Head")
"""How the names of operations begin that change nothing, in every service that is asked."""

Ask = Callable[..., Any]
"""Service, and a region where it is another -> its boto3 client."""


class NotReading(Exception):
    """A call that could change something: a fault of Meridian."""


def reader(region: str, profile: str | None = None) -> Ask:
    """Clients by the credentials that boto3 finds, or those of a named profile; none of them can write."""
    session: Any = boto3.Session(profile_name=profile, region_name=region)
    session.events.register("before-call", refuse_writing)

    def ask(service: str, where: str = region) -> Any:
        return session.client(service, region_name=where)

    return ask


def refuse_writing(model: Any, **_: object) -> None:
    """Stop whatever does not read.

    Raises:
        NotReading: it does not.
    """
    if not model.name.startswith(READING):
        raise NotReading(f"preflight only reads, and {model.name} does not: please report it")
