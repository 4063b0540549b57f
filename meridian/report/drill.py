"""Drills on a page: what is lost, who serves whom now, what gives way, how long it takes, which promises hold; or all in one table."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from rich.console import Console
from rich.table import Table
from rich.text import Text

from components.catalog.routing import MAINTENANCE
from meridian.analysis.capacity import ZoneLoss
from meridian.analysis.drill import Drill
from meridian.analysis.region_loss import RegionLoss

VERSION = 1
"""Of the JSON document; a change that breaks a reader raises it."""
SHOWN_COUNTRIES = 12
"""Countries named for each route; the rest are counted."""


def document(drills: Sequence[Drill]) -> dict[str, Any]:
    """The same as plain JSON."""
    shown = [{"lost": list(drill.lost), "survived": drill.survived, **_plain(drill)} for drill in drills]
    return {"version": VERSION, "drills": shown}


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {_camel(field.name): _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in cast("Mapping[Any, Any]", value).items()}
    return [_plain(part) for part in cast("tuple[Any, ...]", value)] if isinstance(value, tuple) else value


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)


def print_drill(drill: Drill, console: Console) -> None:
    """One loss, in full."""
    console.print(Text.assemble(("lost: ", "bold"), (", ".join(drill.lost), "bold red")))
    if drill.regions.lost:
        _print_regions(drill.regions, console)
    for region, loss in drill.zones.items():
        _print_zones(region, loss, console)
    for who, parts in drill.times.items():
        total = sum(part.seconds for part in parts)
        spelt = " + ".join(f"{part.name} {part.seconds} s" for part in parts)
        console.print(Text.assemble((f"{who} wait {total} s at most", "bold"), f": {spelt}"))
    for promise in drill.promises:
        found = "does not recover by itself" if promise.found is None else f"{promise.found} s"
        console.print(Text.assemble(_mark(good=promise.holds), f" {promise.name}: {found}, at most {promise.wanted} s ({promise.source})"))
    for line in drill.contradictions:
        console.print(Text.assemble(("contradiction ", "yellow"), line))
    console.print(Text.assemble(_mark(good=drill.survived), " the loss is survived" if drill.survived else " the loss is not survived"))


def _mark(*, good: bool) -> tuple[str, str]:
    return ("holds", "green") if good else ("fails", "red")


def _print_regions(loss: RegionLoss, console: Console) -> None:
    moves = _table("route", "countries", "sessions", "share", "from", "to")
    for move in loss.moves:
        countries = " ".join(move.countries[:SHOWN_COUNTRIES]) or "by data centre"
        more = len(move.countries) - SHOWN_COUNTRIES
        named = f"{countries} +{more}" if more > 0 else countries
        to = Text(move.after, style="red" if move.after == MAINTENANCE else "")
        moves.add_row(move.route, named, f"{move.sessions:,.0f}", f"{move.share:.1%}", move.before, to)
    console.print(moves)
    loads = _table("survivor", "sessions before", "after", "allowed", "of its capacity", "too many")
    for load in loss.loads:
        over = max(load.after - load.allowed, 0)
        numbers = (f"{load.before:,.0f}", f"{load.after:,.0f}", f"{load.allowed:,.0f}", f"{load.after / load.capacity:.1%}")
        loads.add_row(load.region, *numbers, Text(f"{over:,.0f}" if over else "", style="red"))
    console.print(loads)
    for overload in loss.overloads:
        console.print(Text(str(overload), style="red"))
    for route, classes in loss.unavailable.items():
        console.print(Text(f"{route}: {', '.join(classes)} data is unavailable", style="yellow"))


def _print_zones(region: str, loss: ZoneLoss, console: Console) -> None:
    console.print(
        f"{region} loses {loss.lost.nodes} of {loss.lost.nodes + loss.left.nodes} nodes, {loss.lost.vcpu} vCPU, "
        f"{loss.lost.memory_gib:,.0f} GiB, {loss.lost.gpus} GPUs; {len(loss.placement.bound)} pods move, "
        f"{len(loss.waiting)} wait for their volumes"
    )
    quorums = _table("quorum", "members", "left", "needed", "")
    for quorum in loss.quorums:
        quorums.add_row(quorum.name, str(quorum.members), str(quorum.left), str(quorum.needed), Text.assemble(_mark(good=quorum.holds)))
    console.print(quorums)
    for pod, why in loss.homeless.items():
        console.print(Text(f"{pod} finds no machine: {why}", style="red"))


def print_sweep(drills: Sequence[Drill], console: Console) -> None:
    """All losses, a line each, and how many are survived."""
    table = _table("lost", "moved", "worst survivor", "too many", "data unavailable", "quorums lost", "without room", "waits", "")
    for drill in drills:
        waits = [sum(part.seconds for part in parts) for parts in drill.times.values()]
        table.add_row(
            " + ".join(drill.lost), *_cells(drill), f"{max(waits, default=0)} s" if waits else "", Text.assemble(_mark(good=drill.survived))
        )
    console.print(table)
    for at_once, name in ((1, "one loss"), (2, "two losses")):
        of_size = [drill for drill in drills if len(drill.lost) == at_once]
        console.print(f"{name}: {sum(drill.survived for drill in of_size)} of {len(of_size)} are survived", highlight=False)
    for line in sorted({line for drill in drills for line in drill.contradictions if not line.startswith("C-19")}):
        console.print(Text.assemble(("contradiction ", "yellow"), line))


def _cells(drill: Drill) -> Iterator[Text | str]:
    if drill.zones:
        (loss,) = drill.zones.values()
        broken = [quorum.name for quorum in loss.quorums if not quorum.holds]
        yield from (f"{len(loss.placement.bound)} pods", "", "", "", Text(", ".join(broken), style="red"))
        yield Text(str(len(loss.homeless) or ""), style="red")
        return
    regions = drill.regions
    worst = max(regions.loads, key=lambda load: load.after / load.capacity, default=None)
    over = sum(overload.load - overload.allowed for overload in regions.overloads)
    classes = sorted({name for missing in regions.unavailable.values() for name in missing})
    yield f"{sum(move.sessions for move in regions.moves):,.0f} sessions"
    yield f"{worst.region} {worst.after / worst.capacity:.0%}" if worst else ""
    yield Text(f"{over:,.0f}" if over else "", style="red")
    yield from (", ".join(classes), "", "")


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in headings:
        numbers = {"sessions", "share", "sessions before", "after", "allowed", "of its capacity", "too many", "members", "left", "needed"}
        table.add_column(heading, justify="right" if heading in numbers else "left", no_wrap=heading == "lost")
    return table
