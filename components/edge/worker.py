"""Edge compute: a Worker from a file of the repository, with the bucket it reads and the route it answers on."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_cloudflare as cloudflare
from pydantic import Field

from components.base import Component, Spec
from components.edge.regional import host_faults
from components.edge.site import EdgeSite
from components.edge.storage import EdgeBucket

ROOT = Path(__file__).parents[2]
"""The project's folder, where Pulumi's providers run."""
SCRIPTS = Path(__file__).parent / "scripts"
"""Where the scripts are."""


class WorkerSpec(Spec):
    """Knobs of a Worker."""

    script: str = Field(default="units.js", pattern=r"[a-z0-9-]+\.js")
    """File in components/edge/scripts."""
    route: str
    """Host name and path it answers on, e.g. `app.example.com/units/*`."""
    compatibility_date: str = Field(default="2026-08-01", pattern=r"\d{4}-\d{2}-\d{2}")
    """Day whose behaviour of the runtime it was written for (workers/configuration/compatibility-dates)."""
    cpu_ms: int | None = Field(default=None, ge=1, le=300_000)
    """Milliseconds of CPU a request may take; the plan's own limit if none."""
    smart_placement: bool = False
    """Whether it runs near its origin instead of near the visitor; not with Regional Services, and of no use to one that reads R2 only."""
    logpush: bool = False
    """Whether its traces go to Logpush."""

    @property
    def regional_conflicts(self) -> tuple[str, ...]:
        """Names, for Regional Services, of what is switched on."""
        return ("smart-placement",) * self.smart_placement


def worker_faults(spec: WorkerSpec, site: EdgeSite) -> Iterator[str]:
    """A line for each knob that the plan refuses, a missing script, and a route outside the zone."""
    if not (SCRIPTS / spec.script).is_file():
        known = ", ".join(sorted(path.name for path in SCRIPTS.glob("*.js")))
        yield f"script: {spec.script}: no such file in components/edge/scripts; there are {known}"
    if not re.fullmatch(r"[a-z0-9.*-]+/[^?#]*", spec.route):
        yield f"route: {spec.route}: host name and path without scheme or query, e.g. app.{site.domain}/units/*"
    else:
        yield from host_faults(site, "route", [spec.route.split("/")[0]])
    if spec.cpu_ms and (lacking := site.lacks("workers.cpu-limit")):
        yield f"cpu_ms: {lacking}"
    if spec.logpush and (lacking := site.lacks("workers.logpush")):
        yield f"logpush: {lacking}"


@dataclass(frozen=True, kw_only=True)
class WorkerArgs:
    """Wires of a Worker."""

    spec: WorkerSpec
    """Knobs."""
    site: EdgeSite
    """Account and zone."""
    worker_name: str
    """Physical name in the account."""
    bucket: EdgeBucket
    """Bucket it reads, bound as `UNITS`."""
    signing_key: pulumi.Input[str]
    """Secret that the application signs links with, bound as `SIGNING_KEY`."""


class Worker(Component, token="meridian:edge:Worker"):
    """Script, bindings and route; no address under `workers.dev`, where none of the zone's rules would hold.

    Raises:
        ValueError: the plan refuses a knob, the script does not exist, or the route is of another zone.
    """

    worker_name: str
    """Physical name."""
    route: str
    """Host name and path it answers on."""

    def __init__(self, name: str, args: WorkerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        spec, site = args.spec, args.site
        if faults := list(worker_faults(spec, site)):
            raise ValueError(f"worker '{name}': {'; '.join(faults)}")
        super().__init__(name, opts)
        self.worker_name, self.route = args.worker_name, spec.route
        script = cloudflare.WorkersScript(f"{name}-script", _script(args), self.after(*args.bucket.resources))
        cloudflare.WorkersScriptSubdomain(
            f"{name}-workers-dev",
            account_id=site.account_id,
            script_name=script.script_name,
            enabled=False,
            previews_enabled=False,
            opts=self.child,
        )
        cloudflare.WorkersRoute(
            f"{name}-route", zone_id=site.zone_id, pattern=spec.route, script=script.script_name, opts=self.after(script)
        )
        self._seal()


def _script(args: WorkerArgs) -> cloudflare.WorkersScriptArgs:
    """The file is named from the project's folder, so that states and previews of two machines are the same; its hash tells of changes."""
    spec, path = args.spec, SCRIPTS / args.spec.script
    return cloudflare.WorkersScriptArgs(
        account_id=args.site.account_id,
        script_name=args.worker_name,
        main_module=spec.script,
        content_file=path.relative_to(ROOT).as_posix(),
        content_sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        compatibility_date=spec.compatibility_date,
        bindings=_bindings(args),
        observability=cloudflare.WorkersScriptObservabilityArgs(enabled=True, head_sampling_rate=1),
        placement=cloudflare.WorkersScriptPlacementArgs(mode="smart") if spec.smart_placement else None,
        limits=cloudflare.WorkersScriptLimitsArgs(cpu_ms=spec.cpu_ms) if spec.cpu_ms else None,
        logpush=spec.logpush,
    )


def _bindings(args: WorkerArgs) -> list[cloudflare.WorkersScriptBindingArgs]:
    """In alphabetical order, which is the one the API gives back."""
    key = cloudflare.WorkersScriptBindingArgs(name="SIGNING_KEY", type="secret_text", text=pulumi.Output.secret(args.signing_key))
    units = cloudflare.WorkersScriptBindingArgs(
        name="UNITS", type="r2_bucket", bucket_name=args.bucket.bucket_name, jurisdiction=args.bucket.jurisdiction
    )
    return [key, units]
