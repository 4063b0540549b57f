"""The engine's side of Pulumi's protocol, in this process: takes every registration down and answers as the clouds would.

`pulumi.runtime.Settings` accepts any object with the methods of the ResourceMonitor and Engine services, so the SDK runs unchanged.
"""

# Pulumi's protobuf stubs name modules that do not exist, so half of their fields have no type.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from google.protobuf import empty_pb2
from google.protobuf.message import Message
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import callback_pb2, engine_pb2, provider_pb2
from pulumi.runtime.proto import resource_pb2 as pb

from meridian.engine import references, registration, sdk, standin, wire
from meridian.engine.faults import Fault
from meridian.engine.transforms import WHOLE_STACK, Transforms
from meridian.plan import PROVIDER_PREFIX, STACK_TYPE, Diagnostic, Invoke, Level, Mode, Options, Plan, Planned

UNSUPPORTED = {"OUTPUT_VALUES", "INVOKE_OUTPUT_VALUES", "CALL_OUTPUT_VALUES", "STATE_MIGRATIONS"}
"""Monitor features that are not offered: output values would only repeat what the property dependencies say."""
NO_PROVIDER = "no provider was given, and default providers of '{package}' are disabled: pass one by its parent or `opts`"
LEVELS = {engine_pb2.INFO: Level.INFO, engine_pb2.WARNING: Level.WARNING, engine_pb2.ERROR: Level.ERROR}


class Monitor:
    """Records one run of one program. Not to be used twice."""

    def __init__(
        self,
        *,
        project: str,
        stack: str,
        mode: Mode,
        config: Mapping[str, str],
        disabled_default_providers: Iterable[str],
        watch: Callable[[int], None],
        referenced: Mapping[str, Plan],
    ) -> None:
        self.project, self.stack, self.mode, self.config = project, stack, mode, config
        self.watch, self.referenced = watch, referenced
        self.disabled_default_providers = frozenset(disabled_default_providers)
        self.planned: dict[str, Planned] = {}
        self.faults: list[Fault] = []
        self.invokes: list[Invoke] = []
        self.diagnostics: list[Diagnostic] = []
        self.outputs = wire.Decoded({}, (), ())
        self._transforms = Transforms()
        self._lock = threading.RLock()

    # -- ResourceMonitor --------------------------------------------------------------------------------------------

    def GetDeploymentInfo(self, request: Message) -> pb.DeploymentInfo:  # noqa: N802  (gRPC method names, here and below)
        offered = [
            code for name, code in pb.ResourceMonitorFeature.items() if name.removeprefix("RESOURCE_MONITOR_FEATURE_") not in UNSUPPORTED
        ]
        return pb.DeploymentInfo(
            project=self.project, stack=self.stack, config=self.config, dryRun=self.mode is Mode.PREVIEW, supportedFeatures=offered
        )

    def RegisterResource(self, request: pb.RegisterResourceRequest) -> pb.RegisterResourceResponse:  # noqa: N802
        if request.type != STACK_TYPE:
            self._transforms.apply(request, self._ancestors(request.parent))
        with self._lock:
            urn = self._new_urn(request)
            self._transforms.register(urn, request.transforms)
            resource = self._planned(urn, request)
            answer = self._answer(resource)
            self.planned[urn] = replace(resource, id=answer.id, outputs={**resource.inputs, **answer.outputs})
            self.watch(len(self.planned))
        response = pb.RegisterResourceResponse(urn=urn, id=answer.id, object=request.object)
        wire.encode(answer.outputs, response.object)
        return response

    def RegisterResourceOutputs(self, request: pb.RegisterResourceOutputsRequest) -> empty_pb2.Empty:  # noqa: N802
        outputs = wire.decode(request.outputs)
        with self._lock:
            resource = self.planned[request.urn]
            self.planned[request.urn] = replace(resource, outputs=outputs.values)
            if resource.type == STACK_TYPE:
                self.outputs = outputs
        return empty_pb2.Empty()

    def ReadResource(self, request: pb.ReadResourceRequest) -> pb.ReadResourceResponse:  # noqa: N802
        asked = pb.RegisterResourceRequest(
            type=request.type,
            name=request.name,
            parent=request.parent,
            custom=True,
            object=request.properties,
            provider=request.provider,
            dependencies=request.dependencies,
            additionalSecretOutputs=request.additionalSecretOutputs,
            stackTrace=request.stackTrace,
        )
        with self._lock:
            urn = self._new_urn(asked)
            resource = self._planned(urn, asked, read=True)
            outputs = self._found(resource, request.id)
            self.planned[urn] = replace(resource, id=request.id, outputs=outputs)
        response = pb.ReadResourceResponse(urn=urn, id=request.id, properties=request.properties)
        wire.encode(outputs, response.properties)
        return response

    def Invoke(self, request: pb.ResourceInvokeRequest) -> pb.ResourceInvokeResponse:  # noqa: N802
        arguments = wire.decode(request.args).values
        with self._lock:
            self.invokes.append(Invoke(token=request.tok, arguments=arguments, provider=registration.urn_of(request.provider)))
        if not request.provider and self.disabled_default_providers & {"*", package := request.tok.partition(":")[0]}:
            return pb.ResourceInvokeResponse(failures=[provider_pb2.CheckFailure(reason=NO_PROVIDER.format(package=package))])
        result = Struct()
        try:
            wire.encode(standin.invoked(request.tok, arguments), result)
        except standin.NoAnswer as missing:
            return pb.ResourceInvokeResponse(failures=[provider_pb2.CheckFailure(reason=str(missing))])
        return pb.ResourceInvokeResponse(**{"return": result})  # pyright: ignore[reportArgumentType]  (a keyword of Python)

    def Call(self, request: pb.ResourceCallRequest) -> provider_pb2.CallResponse:  # noqa: N802
        raise NotImplementedError(f"{request.tok}: methods of remote components need the real engine: run `pulumi preview`")

    def RegisterStackTransform(self, request: callback_pb2.Callback) -> empty_pb2.Empty:  # noqa: N802
        self._transforms.register(WHOLE_STACK, [request])
        return empty_pb2.Empty()

    def RegisterPackage(self, request: pb.RegisterPackageRequest) -> pb.RegisterPackageResponse:  # noqa: N802
        return pb.RegisterPackageResponse(ref=request.name)

    def _nothing(self, request: Message) -> empty_pb2.Empty:
        return empty_pb2.Empty()

    RegisterResourceHook = RegisterErrorHook = RegisterStackInvokeTransform = SignalAndWaitForShutdown = _nothing
    """Hooks run around operations and invoke transforms around look-ups: a Plan has neither."""

    # -- Engine -----------------------------------------------------------------------------------------------------

    def Log(self, request: engine_pb2.LogRequest) -> empty_pb2.Empty:  # noqa: N802
        if (level := LEVELS.get(request.severity)) is not None:
            self.diagnostics.append(Diagnostic(level=level, message=request.message, urn=request.urn))
        return empty_pb2.Empty()

    def close(self) -> None:
        """Free what transforms needed."""
        self._transforms.close()

    # -- what a registration becomes --------------------------------------------------------------------------------

    def _ancestors(self, urn: str) -> Iterator[str]:
        while urn:
            yield urn
            urn = self.planned[urn].parent

    def _new_urn(self, request: pb.RegisterResourceRequest) -> str:
        """The engine's URN: types of the ancestors (but the stack's), own type, name."""
        parent = self.planned.get(request.parent)
        ancestors = "" if parent is None or parent.type == STACK_TYPE else parent.urn.split("::")[2] + "$"
        urn = f"urn:pulumi:{self.stack}::{self.project}::{ancestors}{request.type}::{request.name}"
        if (taken := self.planned.get(urn)) is not None:
            self._fault(request, f"this URN is taken by the resource of {taken.source}: give one of them another name ({urn})")
        return urn

    def _planned(self, urn: str, request: pb.RegisterResourceRequest, *, read: bool = False) -> Planned:
        bag = wire.decode(request.object)
        is_provider = request.type.startswith(PROVIDER_PREFIX)
        if request.custom and not read:
            for fault in sdk.input_faults(request.type, bag.values):
                self._fault(request, fault)
        if request.remote:
            self._fault(request, "components of other languages need the real engine: run `pulumi preview`")
        if is_provider and request.version:
            bag.values["version"] = request.version
        return Planned(
            urn=urn,
            type=request.type,
            name=request.name,
            parent=request.parent,
            custom=request.custom,
            provider="" if is_provider or not request.custom else registration.urn_of(request.provider) or self._default_provider(request),
            id="",
            inputs=bag.values,
            outputs={},
            unknown=bag.unknown,
            secret=bag.secret,
            dependencies=tuple(sorted(request.dependencies)),
            property_dependencies={key: tuple(sorted(value.urns)) for key, value in sorted(request.propertyDependencies.items())},
            options=registration.options(request, self._options_above(request)),
            trace=registration.trace(request),
            read=read,
        )

    def _options_above(self, request: pb.RegisterResourceRequest) -> Options:
        return self.planned[request.parent].options if request.parent in self.planned else Options()

    def _answer(self, resource: Planned) -> standin.Answer:
        """In a preview only what the program itself said is known; the SDK takes everything else for unknown."""
        if not resource.custom:
            return standin.Answer("", {})
        if self.mode is Mode.PREVIEW:
            return standin.Answer("", standin.announced(resource.type, resource.inputs))
        return standin.created(resource.type, resource.urn, resource.inputs, self._provider_inputs(resource))

    def _found(self, resource: Planned, id_: str) -> Mapping[str, Any]:
        """What is looked up exists, so its properties are known; of another stack its outputs, as far as its own Plan knows them."""
        told = references.properties(id_, self.referenced) if resource.type == references.TOKEN else {}
        if told or (resource.type == references.TOKEN and self.mode is Mode.PREVIEW):
            return {**resource.inputs, **told}
        return standin.found(resource.type, resource.urn, resource.inputs, self._provider_inputs(resource), id_)

    def _provider_inputs(self, resource: Planned) -> Mapping[str, Any]:
        return self.planned[resource.provider].inputs if resource.provider in self.planned else {}

    def _default_provider(self, request: pb.RegisterResourceRequest) -> str:
        package = request.type.split(":")[0]
        if package == "pulumi":
            return ""
        if self.disabled_default_providers & {"*", package}:
            self._fault(request, NO_PROVIDER.format(package=package))
        version = request.version.replace(".", "_")
        type_, name = PROVIDER_PREFIX + package, f"default_{version}" if version else "default"
        urn = f"urn:pulumi:{self.stack}::{self.project}::{type_}::{name}"
        if urn not in self.planned:
            prefix = f"{package}:"
            inputs: dict[str, Any] = {key.removeprefix(prefix): value for key, value in self.config.items() if key.startswith(prefix)}
            self.planned[urn] = Planned(
                urn=urn,
                type=type_,
                name=name,
                parent="",
                custom=True,
                provider="",
                id="",
                inputs={**inputs, **({"version": request.version} if request.version else {})},
                outputs={},
                unknown=(),
                secret=(),
                dependencies=(),
                property_dependencies={},
                options=Options(),
                trace=(),
            )
        return urn

    def _fault(self, request: pb.RegisterResourceRequest, message: str) -> None:
        self.faults.append(Fault(f"{request.type} {request.name}", message, next(reversed(registration.trace(request)), None)))
