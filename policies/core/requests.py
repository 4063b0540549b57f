"""Makes the SDK read a request once instead of once per policy.

pulumi_policy 1.21 turns the protocol's message into properties for every policy, before the policy says whether it cares: 44 policies cost
3.9 ms a resource, 30 stack policies over 1,000 resources 5 s (measured on 2026-11-20; policy/sdk/python/lib/pulumi_policy/policy.py,
Analyze). The functions it calls are private, so they are replaced only in the version that was read; any other runs as it is, and says so.
"""

import gc
import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, TypeVar, cast

from google.protobuf import json_format
from pulumi_policy import policy as sdk
from pulumi_policy.version import VERSION

PINNED = "1.21.0"
"""Version whose inner workings were read."""
STEPS = ("deserialize_properties", "unknown_checking_proxy")
"""Functions of the SDK's module that turn a message into properties."""
READS = ("_get_resource_options", "_get_provider_resource")
"""Methods of its servicer that read the rest of a message."""
CALLS = ("Analyze", "AnalyzeStack")
GARBAGE = 200_000
"""Objects made before the collector looks for cycles. A request makes hardly any, but a stack of 1,000 has it look 700 times by default."""

T = TypeVar("T")


class _Memory(threading.local):
    """What was made in the request at hand. The server answers four at a time, each in a thread of its own."""

    held: dict[tuple[str, int], tuple[Any, Any]] | None = None


_memory = _Memory()


def once(step: str, subject: Any, make: Callable[[], T]) -> T:
    """What `make` gives, made once for the same object within a request; made anew each time outside of one."""
    held = _memory.held
    if held is None:
        return make()
    key = (step, id(subject))
    if key not in held:
        held[key] = (subject, make())  # the subject is held too, so that nothing else can take its id
    return cast("T", held[key][1])


def install() -> str:
    """Replace what is slow; why not, where the SDK is not the one that was read."""
    reason = misfit()
    if reason:
        return reason
    servicer: Any = getattr(sdk, "_PolicyAnalyzerServicer")  # noqa: B009  (a private name; pyright accepts it no other way)
    sdk_names = cast("Any", sdk)
    sdk_names.json_format = SimpleNamespace(MessageToDict=_by_subject("message", json_format.MessageToDict))
    for name in STEPS:
        setattr(sdk_names, name, _by_subject(name, getattr(sdk_names, name)))
    for name in READS:
        setattr(servicer, name, _method(name, getattr(servicer, name)))
    for name in CALLS:
        setattr(servicer, name, _request(getattr(servicer, name)))
    gc.freeze()  # what was loaded stays for good
    gc.set_threshold(GARBAGE)
    return ""


def misfit() -> str:
    """Why the SDK cannot be made faster; empty where it can."""
    if VERSION != PINNED:
        return f"pulumi_policy is {VERSION}, its inner workings are known for {PINNED}: policies run as the SDK runs them, slower"
    servicer = getattr(sdk, "_PolicyAnalyzerServicer", None)
    places = ((sdk, ("json_format", *STEPS)), (servicer, (*READS, *CALLS)))
    lost = [name for place, names in places for name in names if not hasattr(place, name)]
    return f"pulumi_policy {VERSION} has no {', '.join(lost)}: policies run as the SDK runs them, slower" if lost else ""


def _by_subject(step: str, stock: Callable[..., Any]) -> Callable[..., Any]:
    def made(subject: Any, *more: Any) -> Any:
        return stock(subject, *more) if more else once(step, subject, lambda: stock(subject))

    return made


def _method(step: str, stock: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda servicer, message: once(step, message, lambda: stock(servicer, message))


def _request(stock: Callable[[Any, Any, Any], Any]) -> Callable[[Any, Any, Any], Any]:
    def answered(servicer: Any, request: Any, context: Any) -> Any:
        _memory.held = {}
        try:
            return stock(servicer, request, context)
        finally:
            _memory.held = None

    return answered
