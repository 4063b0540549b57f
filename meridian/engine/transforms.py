"""Transforms: callbacks into the program that may change a resource before it is taken down. The program's own event loop serves them."""

# Pulumi's protobuf stubs name modules that do not exist, so half of their fields have no type.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import threading
from collections.abc import Iterable

import grpc
from pulumi.runtime.proto import callback_pb2, callback_pb2_grpc
from pulumi.runtime.proto import resource_pb2 as pb

WHOLE_STACK = ""
"""Owner of the transforms that apply to every resource."""


class BlocksItsLoop(Exception):
    """A transform must be called, which the program's own event loop serves: the call has to come from another thread."""


class Transforms:
    """The transforms of one run, by the URN of the resource that carries them."""

    def __init__(self) -> None:
        self._callbacks: dict[str, list[callback_pb2.Callback]] = {}
        self._channels: dict[str, grpc.Channel] = {}
        self._loop_thread = threading.get_ident()
        self._lock = threading.Lock()

    def register(self, owner: str, callbacks: Iterable[callback_pb2.Callback]) -> None:
        """Remember the transforms of a resource, which apply to its children too."""
        self._callbacks.setdefault(owner, []).extend(callbacks)

    def apply(self, request: pb.RegisterResourceRequest, ancestors: Iterable[str]) -> None:
        """Change `request` by the resource's own transforms, then its ancestors', then the stack's: the engine's order.

        Raises:
            BlocksItsLoop: there are some, and the caller runs on the loop that must serve them. Nothing changed: call again from a thread.
        """
        callbacks = list(request.transforms)
        for owner in (*ancestors, WHOLE_STACK):
            callbacks += self._callbacks.get(owner, ())
        if callbacks and threading.get_ident() == self._loop_thread:
            raise BlocksItsLoop
        for callback in callbacks:
            _take_over(request, self._ask(callback, request))

    def close(self) -> None:
        """Close the channels that were needed."""
        for channel in self._channels.values():
            channel.close()

    def _ask(self, callback: callback_pb2.Callback, request: pb.RegisterResourceRequest) -> pb.TransformResponse:
        asked = pb.TransformRequest(
            type=request.type,
            name=request.name,
            custom=request.custom,
            parent=request.parent,
            properties=request.object,
            options=_options(request),
        )
        with self._lock:
            if callback.target not in self._channels:
                self._channels[callback.target] = grpc.insecure_channel(callback.target)
        stub = callback_pb2_grpc.CallbacksStub(self._channels[callback.target])
        reply = stub.Invoke(callback_pb2.CallbackInvokeRequest(token=callback.token, request=asked.SerializeToString()))
        return pb.TransformResponse.FromString(reply.response)


def _options(request: pb.RegisterResourceRequest) -> pb.TransformResourceOptions:
    options = pb.TransformResourceOptions(
        depends_on=request.dependencies,
        ignore_changes=request.ignoreChanges,
        replace_on_changes=request.replaceOnChanges,
        aliases=request.aliases,
        provider=request.provider,
        providers=request.providers,
        version=request.version,
        additional_secret_outputs=request.additionalSecretOutputs,
    )
    if request.HasField("protect"):
        options.protect = request.protect
    return options


def _take_over(request: pb.RegisterResourceRequest, answer: pb.TransformResponse) -> None:
    """Write what a transform changed into the request it was asked about."""
    if answer.HasField("properties"):
        request.object.CopyFrom(answer.properties)
    if not answer.HasField("options"):
        return
    changed = answer.options
    request.provider = changed.provider
    if changed.HasField("protect"):
        request.protect = changed.protect
    for theirs, ours in (
        ("depends_on", "dependencies"),
        ("ignore_changes", "ignoreChanges"),
        ("replace_on_changes", "replaceOnChanges"),
        ("aliases", "aliases"),
        ("additional_secret_outputs", "additionalSecretOutputs"),
    ):
        request.ClearField(ours)  # pyright: ignore[reportArgumentType]  (the stubs list the field names as literals)
        getattr(request, ours).extend(getattr(changed, theirs))
