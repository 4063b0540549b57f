"""One run of `meridian check`: what is judged, by what it is judged, and what came out."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from meridian.analysis.verdicts import Verdicts, judged
from meridian.engine.project import Project
from meridian.manifest import fleet_manifest
from meridian.plan import Mode
from meridian.saved.estate import Estate, estate_of
from meridian.saved.previews import read_preview
from meridian.saved.state import read_state
from policies.core.configuration import Configuration, read_configuration
from policies.core.meta import META
from policies.core.names import near
from policies.core.registry import packs, rules
from policies.core.waivers import WAIVERS_FILE, read_waivers


class WrongRequest(Exception):
    """The request cannot be met; the message says what can."""


@dataclass(frozen=True, kw_only=True)
class Material:
    """Where to find what is judged: exactly one."""

    stack: str | None = None
    """A stack of the project."""
    state: Path | None = None
    """A file of `pulumi stack export`."""
    plan: Path | None = None
    """A file of `meridian preview --json` or `pulumi preview --json`."""


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What a run found."""

    estate: Estate
    """What was judged."""
    verdicts: Verdicts
    """What was said of it."""


def check(
    project: Path,
    material: Material,
    *,
    today: date,
    mode: Mode = Mode.PREVIEW,
    chosen: Collection[str] = (),
    config: Path | None = None,
    waiver_file: Path = WAIVERS_FILE,
) -> Checked:
    """Judge material by the chosen packs, by all where none is chosen. Of a stack of the project its stack files tell the fleet, unless the
    configuration does.

    Raises:
        WrongRequest: unknown pack, or not exactly one material.
        Unreadable, WrongProject, ProgramFailed, pulumi.RunError: the material cannot be had.
        ConfigurationError, WaiverError: the configuration or the waivers cannot be used.
    """
    _refuse_wrong(material, chosen)
    configuration = read_configuration(config, rules(), [each.id for each in META]) if config else Configuration()
    if material.stack is not None:
        configuration = configuration.knowing(fleet_manifest(Project.at(project.resolve()).stack_directory))
    waivers = read_waivers(rules(), today, waiver_file)
    estate = _read(project, material, mode)
    return Checked(
        estate=estate, verdicts=judged(estate, waivers=waivers, today=today, configuration=configuration, packs=frozenset(chosen))
    )


def _refuse_wrong(material: Material, chosen: Collection[str]) -> None:
    places = {"STACK": material.stack, "--state": material.state, "--plan": material.plan}
    given = [name for name, value in places.items() if value is not None]
    faults = [f"--pack: {name}: no such pack; {near(name, packs())}" for name in chosen if name not in packs()]
    if len(given) != 1:
        faults.append(f"{' and '.join(given) or 'nothing to judge'}: exactly one of STACK, --state FILE and --plan FILE is judged")
    if faults:
        raise WrongRequest("\n".join(faults))


def _read(project: Path, material: Material, mode: Mode) -> Estate:
    if material.state is not None:
        return read_state(material.state)
    if material.plan is not None:
        return read_preview(material.plan)
    assert material.stack is not None
    return estate_of(Project.at(project.resolve()).plan(material.stack, mode))
