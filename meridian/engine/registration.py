"""Reading a registration request: what its fields mean for a Plan."""

# Pulumi's protobuf stubs name modules that do not exist, so half of their fields have no type.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import functools
import linecache
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import pulumi
from google.protobuf.json_format import MessageToDict
from pulumi.runtime.proto import resource_pb2 as pb

from meridian.plan import Options, SourceLine

LIBRARIES = (str(Path(__file__).parent), str(Path(pulumi.__file__).parents[1]), str(Path(functools.__file__).parent))
"""Where code lies that is nobody's program: the engine, installed packages, Python itself."""


def options(request: pb.RegisterResourceRequest, above: Options) -> Options:
    """The options as they take effect; `above` are the parent's, which children inherit in part (pkg/resource/deploy/source_eval.go)."""
    return Options(
        protect=request.protect if request.HasField("protect") else above.protect,
        retain_on_delete=request.retainOnDelete if request.HasField("retainOnDelete") else above.retain_on_delete,
        deleted_with=request.deletedWith or above.deleted_with,
        delete_before_replace=request.deleteBeforeReplace if request.deleteBeforeReplaceDefined else None,
        ignore_changes=tuple(request.ignoreChanges),
        replace_on_changes=tuple(request.replaceOnChanges),
        additional_secret_outputs=tuple(request.additionalSecretOutputs),
        aliases=(*({"urn": urn} for urn in request.aliasURNs), *(_alias(alias) for alias in request.aliases)),
        custom_timeouts=MessageToDict(request.customTimeouts),
        import_id=request.importId,
    )


def trace(request: pb.RegisterResourceRequest) -> tuple[SourceLine, ...]:
    """The program's lines that led to the resource, outermost first: no library's, and no constructor calling its base.

    The SDK's own answer is right for classes right below its own ones only. Paths are relative below the folder the command runs in, so
    that documents of two machines agree.
    """
    lines = (SourceLine(_path(frame.pc.uri), frame.pc.line) for frame in reversed(request.stackTrace.frames))
    own = (line for line in lines if not line.path.startswith(LIBRARIES) and not _calls_base(line))
    here = f"{Path.cwd()}/"
    return tuple(SourceLine(line.path.removeprefix(here), line.line) for line in own)


@functools.cache
def _path(uri: str) -> str:
    return unquote(urlparse(uri).path)


def urn_of(provider_reference: str) -> str:
    """A provider reference is `urn::id`."""
    return provider_reference.rpartition("::")[0]


def _calls_base(line: SourceLine) -> bool:
    return linecache.getline(line.path, line.line).lstrip().startswith("super().__init__(")


def _alias(alias: Any) -> Mapping[str, Any]:
    return {"urn": alias.urn} if alias.urn else MessageToDict(alias.spec)
