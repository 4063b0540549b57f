"""The policy part of `make bench`: packs as the engine calls them, against the bare SDK; all packs on the Plan, against preview, Checkov.

Every figure is CPU time of a process of its own (Checkov's of its children), so that neighbours on the machine do not count.
"""

import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import date
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parents[1]
STACK = "eu-west-1"
STACK_SIZE = 1000
"""Resources of the request that ends an update."""
SOME = 400
"""Resources analysed one by one."""


def main() -> None:
    """Print what each part costs, and against what."""
    table = Table(box=None, header_style="dim", pad_edge=False)
    for heading in ("policies", "what", "ours", "against", "theirs", "ratio"):
        table.add_column(heading, justify="left" if heading in {"policies", "what", "against"} else "right")
    for pack in ("security", "reliability"):
        ours, stock = (_measured("pack", pack, kind) for kind in ("ours", "stock"))
        for what, unit, scale in (("a resource", "ms", 1000 / SOME), (f"stack of {STACK_SIZE}", "s", 1)):
            _row(table, f"{pack}, {int(ours['policies'])}", what, "bare SDK", (ours[what] * scale, stock[what] * scale), unit)
    plan = _measured("plan")
    policies = f"all, {int(plan['policies'])}"
    _row(table, policies, STACK, "its preview", (plan["judging"], plan["planning"]))
    if shutil.which("checkov"):
        _row(table, policies, STACK, f"Checkov, {int(plan['resources'])} resources", (plan["judging"], _checkov()))
    Console(width=120).print(table)
    if not shutil.which("checkov"):
        Console(width=120).print("Checkov is not on PATH: not measured")


def _row(table: Table, policies: str, what: str, against: str, cost: tuple[float, float], unit: str = "s") -> None:  # noqa: PLR0917  (a row)
    ours, theirs = cost
    table.add_row(policies, what, f"{ours:.2f} {unit}", against, f"{theirs:.2f} {unit}", f"{ours / theirs:.2f}")


def _measured(*arguments: str) -> Mapping[str, float]:
    command = [sys.executable, "-m", "tests.bench_packs", *arguments]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def _checkov() -> float:
    """CPU seconds of Checkov on the exported Plan, its start included: it has no other way to be called."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "plan.json"
        subprocess.run([sys.executable, "-m", "meridian", "export", "terraform", STACK, "-o", str(file)], cwd=ROOT, check=True)
        before = _children()
        command = ["checkov", "-f", str(file), "--framework", "terraform_plan", "--skip-download", "--compact", "--quiet"]
        subprocess.run(command, check=False, capture_output=True)
        return _children() - before


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measure_plan() -> dict[str, float]:
    """CPU seconds of a warm preview and of judging it."""
    from meridian.engine.project import Project
    from policies.core.registry import rules

    project = Project.at(ROOT)
    _judge(project.plan(STACK))
    started = time.process_time()
    plan = project.plan(STACK)
    planned = time.process_time()
    _judge(plan)
    return {
        "planning": planned - started,
        "judging": time.process_time() - planned,
        "policies": len(rules()),
        "resources": len(plan.made),
    }


def _judge(plan: Any) -> None:
    from meridian.analysis.verdicts import judged
    from meridian.saved.estate import estate_of
    from policies.core.configuration import Configuration

    judged(estate_of(plan), waivers=(), today=date.today(), configuration=Configuration())


def measure_pack(pack: str, kind: str) -> dict[str, float]:
    """CPU seconds of a pack's answers, with the SDK as it is or reading each request once."""
    from pulumi_policy import EnforcementLevel
    from pulumi_policy import policy as sdk

    from policies.core import requests
    from policies.core.pack import policy
    from policies.core.registry import rules

    if kind == "ours":
        assert requests.install() == ""
    servicer = vars(sdk)["_PolicyAnalyzerServicer"](pack, "1", [policy(rule, ()) for rule in rules(pack)], EnforcementLevel.ADVISORY)
    whole, some = _requests()
    started = time.process_time()
    for request in some:
        servicer.Analyze(request, None)
    one_by_one = time.process_time()
    servicer.AnalyzeStack(whole, None)
    return {
        "a resource": one_by_one - started,
        f"stack of {STACK_SIZE}": time.process_time() - one_by_one,
        "policies": len(rules(pack)),
    }


def _requests() -> tuple[Any, list[Any]]:
    """The region's resources, as often as it takes."""
    from google.protobuf import json_format
    from google.protobuf.struct_pb2 import Struct
    from pulumi.runtime.proto import analyzer_pb2 as wire

    from meridian.engine.project import Project
    from meridian.saved.estate import estate_of

    estate = estate_of(Project.at(ROOT).plan(STACK))
    copies = [(each, f"-{at // len(estate.resources)}") for at, each in enumerate(islice(cycle(estate.resources), STACK_SIZE))]
    sent = [
        wire.AnalyzerResource(
            type=each.type,
            urn=f"{each.urn}{suffix}",
            name=each.name,
            parent=f"{each.parent}{suffix}",
            properties=json_format.ParseDict(dict(each.inputs), Struct()),
            dependencies=[f"{urn}{suffix}" for urn in each.dependencies],
            propertyDependencies={
                key: wire.AnalyzerPropertyDependencies(urns=[f"{urn}{suffix}" for urn in urns])
                for key, urns in each.property_dependencies.items()
            },
        )
        for each, suffix in copies
    ]
    some = [wire.AnalyzeRequest(type=each.type, urn=each.urn, name=each.name, properties=each.properties) for each in sent[:SOME]]
    return wire.AnalyzeStackRequest(resources=sent), some


if __name__ == "__main__":
    if len(sys.argv) > 1:
        found = measure_plan() if sys.argv[1] == "plan" else measure_pack(*sys.argv[2:])
        sys.stdout.write(json.dumps(found) + "\n")
    else:
        main()
