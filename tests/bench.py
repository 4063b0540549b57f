"""`make bench`: the embedded preview against the bare SDK, in the same run: CPU time, memory, growth with size.

Bare SDK = the same program under a monitor that only answers, with the SDK's default settings: what Pulumi's own runtime costs before any
engine does anything. Each figure comes from a process of its own; warm is the median of runs after the first.
"""

import asyncio
import contextvars
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests import bench_packs

ROOT = Path(__file__).parents[1]
STACK = "eu-west-1"
SIZES = (1, 3, 10)
"""Times the region's own number of resources."""
GROUPS_PER_REGION = 51
"""Node groups, of eight registrations each, that double eu-west-1."""
WARM_RUNS = 5


def main() -> None:
    """Measure every variant at every size and print the ratios."""
    table = Table(box=None, header_style="dim", pad_edge=False)
    for heading in ("size", "resources", "variant", "warm CPU", "ratio", "ms/resource", "cold CPU", "ratio", "peak MB"):
        table.add_column(heading, justify="left" if heading == "variant" else "right")
    for size in SIZES:
        measured = {variant: _measure(variant, size) for variant in VARIANTS}
        floor = measured["bare SDK"]
        for variant, found in measured.items():
            table.add_row(
                f"{size}x",
                str(found["resources"]),
                variant,
                f"{found['warm']:.2f} s",
                f"{found['warm'] / floor['warm']:.2f}",
                f"{1000 * found['warm'] / found['resources']:.2f}",
                f"{found['cold']:.2f} s",
                f"{found['cold'] / floor['cold']:.2f}",
                f"{found['megabytes']:.0f}",
            )
    Console(width=120).print(table)
    bench_packs.main()


def _measure(variant: str, size: int) -> Mapping[str, float]:
    """In a process of its own."""
    done = subprocess.run([sys.executable, "-m", "tests.bench", variant, str(size)], cwd=ROOT, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def measure(variant: str, size: int) -> None:
    """Print the figures of one variant as JSON. Cold = all CPU time of the process up to the first result."""
    from meridian.engine.project import Project

    project = Project.at(ROOT)
    config = dict(project.config(STACK).values)
    config["meridian:region"] = json.dumps(grown(json.loads(config["meridian:region"]), size))
    run = VARIANTS[variant](project, config)
    count = run()
    cold = time.process_time()
    warm: list[float] = []
    for _ in range(WARM_RUNS if size < max(SIZES) else 3):
        started = time.process_time()
        run()
        warm.append(time.process_time() - started)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps({"resources": count, "warm": statistics.median(warm), "cold": cold, "megabytes": peak}) + "\n")


def grown(region: dict[str, Any], size: int) -> dict[str, Any]:
    """The region with more node groups, until it is about `size` times as large."""
    extra = {f"extra-{number}": {"instance_types": ["m7i.xlarge"], "max_nodes": 6} for number in range(GROUPS_PER_REGION * (size - 1))}
    return {**region, "node_groups": {**region["node_groups"], **extra}}


def _embedded(project: Any, config: Mapping[str, str], *, judged: bool = False) -> Callable[[], int]:
    from meridian.analysis.verdicts import verdicts
    from meridian.engine import embedded
    from policies.core.settings import Settings

    def run() -> int:
        plan = embedded.plan(project.program(), project=project.name, stack=STACK, root=ROOT, config=config)
        if judged:
            verdicts(plan, waivers=(), today=date.today(), settings=Settings())
        return len(plan.resources)

    return run


def _with_policies(project: Any, config: Mapping[str, str]) -> Callable[[], int]:
    return _embedded(project, config, judged=True)


def _bare(project: Any, config: Mapping[str, str]) -> Callable[[], int]:
    import pulumi
    from google.protobuf import empty_pb2
    from pulumi.runtime import settings
    from pulumi.runtime.proto import resource_pb2 as pb

    class Answers:
        """A monitor that only answers."""

        count = 0

        def GetDeploymentInfo(self, request: Any) -> Any:
            off = {"OUTPUT_VALUES", "INVOKE_OUTPUT_VALUES", "CALL_OUTPUT_VALUES", "STATE_MIGRATIONS"}
            on = [code for name, code in pb.ResourceMonitorFeature.items() if name.removeprefix("RESOURCE_MONITOR_FEATURE_") not in off]
            return pb.DeploymentInfo(project=project.name, stack=STACK, dryRun=True, supportedFeatures=on)

        def RegisterResource(self, request: Any) -> Any:
            self.count += 1
            urn = f"urn:pulumi:{STACK}::{project.name}::{request.type}::{request.name}"
            return pb.RegisterResourceResponse(urn=urn, object=request.object)

        def _empty(self, request: Any) -> Any:
            return empty_pb2.Empty()

        RegisterResourceOutputs = Log = SignalAndWaitForShutdown = _empty

    def run() -> int:
        monitor = Answers()

        def go() -> None:
            settings.ROOT.set(None)
            settings.configure(
                settings.Settings(
                    project=project.name, stack=STACK, monitor=monitor, engine=monitor, dry_run=True, root_directory=str(ROOT)
                )
            )
            pulumi.runtime.set_all_config(dict(config))
            program = project.program()
            asyncio.run(pulumi.runtime.run_in_stack(lambda: program() and None))

        contextvars.copy_context().run(go)
        return monitor.count

    return run


VARIANTS: dict[str, Callable[[Any, Mapping[str, str]], Callable[[], int]]] = {
    "bare SDK": _bare,
    "embedded": _embedded,
    "with policies": _with_policies,
}

if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(sys.argv[1], int(sys.argv[2]))
    else:
        main()
