"""A resource provider over the stand-in clouds: the methods of Pulumi's protocol (proto/pulumi/provider.proto)."""
# Pulumi's protobuf stubs name modules that do not exist, so half of their fields have no type.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

import grpc
from google.protobuf import empty_pb2
from google.protobuf.message import Message
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2

from meridian.engine import standin, wire
from meridian.engine.difference import Difference, difference
from meridian.engine.world import Existing, Failed, HalfMade, World, moved
from policies.core.verdict import UNKNOWN

STATUS_KEY = "grpc-status-details-bin"
"""Trailing metadata in which a provider says that a resource exists but is not ready (sdk/go/common/util/rpcutil/rpcerror)."""


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """One provider instance."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._config: Mapping[str, Any] = {}

    def Handshake(self, request: Any, context: Any) -> Message:  # noqa: N802  (gRPC method names, here and below)
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True, accept_resources=True, accept_outputs=True)

    def GetPluginInfo(self, request: Any, context: Any) -> Message:  # noqa: N802
        return plugin_pb2.PluginInfo(version="999.0.0")  # the folder's name says the version; an older one here is a warning

    def Cancel(self, request: Any, context: Any) -> empty_pb2.Empty:  # noqa: N802
        return empty_pb2.Empty()

    def CheckConfig(self, request: Any, context: Any) -> Message:  # noqa: N802
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: Any) -> Message:  # noqa: N802
        return _answer(_difference("", request))

    def Configure(self, request: Any, context: Any) -> Message:  # noqa: N802
        self._config = wire.decode(request.args).values
        return provider_pb2.ConfigureResponse(acceptSecrets=True, acceptResources=True, acceptOutputs=True, supportsPreview=True)

    def Check(self, request: Any, context: Any) -> Message:  # noqa: N802
        response = provider_pb2.CheckResponse(inputs=request.news)
        given, earlier = wire.decode(request.news).values, wire.decode(request.olds).values
        checked = self._world.checked(token_of(request.urn), request.urn, given, earlier)
        wire.encode({key: value for key, value in checked.items() if given.get(key) != value}, response.inputs)
        return response

    def Diff(self, request: Any, context: Any) -> Message:  # noqa: N802
        return _answer(_difference(token_of(request.urn), request))

    def Create(self, request: Any, context: Any) -> Message:  # noqa: N802
        response = provider_pb2.CreateResponse(properties=request.properties)
        token, inputs = token_of(request.urn), wire.decode(request.properties).values
        if request.preview:
            wire.encode(standin.announced(token, inputs), response.properties)
            return response
        with _faults(context):
            made = self._world.created(token, request.urn, inputs, self._config)
            response.id = made.id
            wire.encode(_computed(made), response.properties)
        return response

    def Update(self, request: Any, context: Any) -> Message:  # noqa: N802
        token, inputs = token_of(request.urn), wire.decode(request.news).values
        response = provider_pb2.UpdateResponse(properties=request.news)
        if request.preview:
            before = Existing(
                request.urn, token, request.id, wire.decode(request.old_inputs).values, dict(wire.decode(request.olds).values)
            )
            wire.encode(_foreseen(before, inputs), response.properties)
            return response
        with _faults(context):
            wire.encode(_computed(self._world.changed(token, request.urn, request.id, inputs)), response.properties)
        return response

    def Invoke(self, request: Any, context: Any) -> Message:  # noqa: N802
        try:
            result = standin.invoked(request.tok, wire.decode(request.args).values)
        except standin.NoAnswer as none:
            return provider_pb2.InvokeResponse(failures=[provider_pb2.CheckFailure(reason=str(none))])
        response = provider_pb2.InvokeResponse()
        wire.encode(result, getattr(response, "return"))  # a word of Python's own
        return response

    def Read(self, request: Any, context: Any) -> Message:  # noqa: N802
        found = self._world.read(token_of(request.urn), request.id)
        if found is None:
            return provider_pb2.ReadResponse()
        response = provider_pb2.ReadResponse(id=found.id)
        wire.encode(found.outputs, response.properties)
        wire.encode(found.inputs, response.inputs)
        return response

    def Delete(self, request: Any, context: Any) -> empty_pb2.Empty:  # noqa: N802
        with _faults(context):
            self._world.deleted(token_of(request.urn), request.urn, request.id)
        return empty_pb2.Empty()


def token_of(urn: str) -> str:
    """The type at the end of a URN's chain of types."""
    return urn.split("::")[2].rpartition("$")[2]


def _computed(resource: Existing) -> dict[str, Any]:
    """What the cloud added to the inputs."""
    return {key: value for key, value in resource.outputs.items() if key not in resource.inputs or resource.inputs[key] != value}


def _foreseen(before: Existing, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """What a preview says of a change in place beyond the inputs: what counts up is unknown until it is done."""
    after = moved(before, inputs)
    counted = {key: UNKNOWN for key, value in after.items() if key not in inputs and value != before.outputs.get(key)}
    return {**{key: value for key, value in after.items() if inputs.get(key) != value}, **counted}


def _difference(token: str, request: Any) -> Difference:
    return difference(token, wire.decode(request.old_inputs).values, wire.decode(request.news).values)


def _answer(found: Difference) -> Message:
    kinds = {path: f"{kind}_REPLACE" if path in found.replacing else kind.value for path, kind in found.changed.items()}
    return provider_pb2.DiffResponse(
        changes=provider_pb2.DiffResponse.DIFF_SOME if found.changed else provider_pb2.DiffResponse.DIFF_NONE,
        diffs=found.properties,
        replaces=sorted({path.partition(".")[0].partition("[")[0] for path in found.replacing}),
        deleteBeforeReplace=found.in_turn,
        hasDetailedDiff=True,
        detailedDiff={path: provider_pb2.PropertyDiff(kind=kind, inputDiff=True) for path, kind in kinds.items()},  # pyright: ignore[reportArgumentType]  (an enum's name)
    )


@contextmanager
def _faults(context: Any) -> Generator[None]:
    """What the world refuses becomes the protocol's error; a half-made resource is told with it, so that the engine keeps it."""
    try:
        yield
    except Failed as failed:
        status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=str(failed))  # pyright: ignore[reportAttributeAccessIssue]  (the stubs name a module that does not exist)
        if isinstance(failed, HalfMade):
            status.details.add().Pack(_half_made(failed))
        context.set_trailing_metadata(((STATUS_KEY, status.SerializeToString()),))
        context.abort(grpc.StatusCode.UNKNOWN, str(failed))


def _half_made(failed: HalfMade) -> Message:
    detail = provider_pb2.ErrorResourceInitFailed(id=failed.made.id, reasons=[str(failed)])
    wire.encode(failed.made.outputs, detail.properties)
    wire.encode(failed.made.inputs, detail.inputs)
    return detail
