"""What a user sets, check by check: how much a finding weighs, and what the check must be told. The format is that of Pulumi's packs.

    all: advisory                                         # or an object: what every check is told
    sec-02: {enforcementLevel: mandatory, maxAddresses: 64}
    cost-07: disabled

The engine takes misspelt names in silence (research: pulumi 3.260, `ReconcilePolicyPackConfig`), so they are refused here.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self, cast

import yaml

from policies.core.fleet import Fleet
from policies.core.names import near
from policies.core.rule import Rule
from policies.core.settings import Level, Settings, SettingsError, aliases

ALL = "all"
LEVEL = "enforcementLevel"


class ConfigurationError(ValueError):
    """The configuration holds faults; the message lists all, one line each, as `check.option: value: what is allowed`."""


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """Levels and settings of all checks. What is not named has its default."""

    settings: Settings = field(default_factory=Settings)
    """What every check is told."""
    own_settings: Mapping[str, Settings] = field(default_factory=dict[str, Settings])
    """Check -> what it is told instead."""
    level: Level | None = None
    """Level of every check; None where severity decides."""
    levels: Mapping[str, Level] = field(default_factory=dict[str, Level])
    """Check -> its level."""

    @classmethod
    def of(cls, document: Any, rules: Iterable[Rule], others: Iterable[str] = ()) -> Self:
        """The configuration of a parsed document: an object, or nothing at all. `others` are checks that have levels but no options.

        Raises:
            ConfigurationError: all faults at once.
        """
        known = {rule.id: rule for rule in rules} | dict.fromkeys(others)
        faults = list(_faults(document, known))
        if faults:
            raise ConfigurationError("\n".join(faults))
        entries = {name: _options(entry) for name, entry in cast("Mapping[str, Any]", document or {}).items()}
        shared = _told(entries.get(ALL, {}))
        own = {name: entry for name, entry in entries.items() if name != ALL}
        levels = {name: Level(entry[LEVEL]) for name, entry in entries.items() if LEVEL in entry}
        return cls(
            settings=Settings.of(shared),
            own_settings={name: Settings.of(shared | _told(entry)) for name, entry in own.items()},
            level=levels.pop(ALL, None),
            levels=levels,
        )

    def knowing(self, fleet: Fleet) -> Self:
        """The same, where every check that nobody told of a fleet knows this one."""

        def told(settings: Settings) -> Settings:
            return settings if settings.fleet.regions else settings.model_copy(update={"fleet": fleet})

        return replace(self, settings=told(self.settings), own_settings={name: told(own) for name, own in self.own_settings.items()})

    def settings_of(self, rule: str) -> Settings:
        """What a check is told."""
        return self.own_settings.get(rule, self.settings)

    def level_of(self, rule: str, severity: Any) -> Level:
        """What a finding of a check does."""
        return self.levels.get(rule) or self.level or self.settings.level(severity)


def read_configuration(file: Path, rules: Sequence[Rule], others: Iterable[str] = ()) -> Configuration:
    """The configuration in a YAML or JSON file.

    Raises:
        ConfigurationError: all faults at once, each with the file's name.
    """
    try:
        return Configuration.of(yaml.safe_load(file.read_text(encoding="utf-8")), rules, others)
    except OSError as fault:
        raise ConfigurationError(f"{file}: {fault.strerror}: a readable YAML or JSON file") from None
    except yaml.MarkedYAMLError as fault:
        line = fault.problem_mark.line + 1 if fault.problem_mark else 1
        raise ConfigurationError(f"{file}, line {line}: {fault.problem}: YAML or JSON that parses") from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise ConfigurationError(f"{file}: characters that are no text: YAML or JSON in UTF-8") from None
    except ConfigurationError as faults:
        raise ConfigurationError("\n".join(f"{file.name}: {line}" for line in str(faults).splitlines())) from None


def _faults(document: Any, known: Mapping[str, Rule | None]) -> Iterator[str]:
    if document is not None and not isinstance(document, dict):
        yield f"(document): {type(document).__name__}: an object, check -> level or options"
        return
    for name, entry in cast("Mapping[Any, Any]", document or {}).items():
        if name != ALL and name not in known:
            yield f"{name}: no such check; {near(name, known)}"
        elif isinstance(entry, dict):
            yield from _option_faults(str(name), cast("dict[str, Any]", entry), _settings_allowed(str(name), known))
        else:
            yield from _level_faults(str(name), entry)


def _settings_allowed(name: str, known: Mapping[str, Rule | None]) -> tuple[str, ...]:
    rule = known.get(name)
    return tuple(aliases(Settings.model_fields)) if name == ALL else tuple(aliases(rule.settings)) if rule else ()


def _option_faults(name: str, entry: Mapping[str, Any], allowed: Sequence[str]) -> Iterator[str]:
    if LEVEL in entry:
        yield from _level_faults(f"{name}.{LEVEL}", entry[LEVEL])
    strangers = [key for key in entry if key != LEVEL and key not in allowed]
    yield from (f"{name}.{key}: {entry[key]!r}: no such option; {near(key, (LEVEL, *allowed))}" for key in strangers)
    try:
        Settings.of({key: value for key, value in _told(entry).items() if key not in strangers})
    except SettingsError as faults:
        yield from (f"{name}.{line}" for line in str(faults).splitlines())


def _level_faults(path: str, value: Any) -> Iterator[str]:
    if value not in tuple(Level):
        yield f"{path}: {value!r}: no such level; {near(value, Level)}"


def _options(entry: Any) -> dict[str, Any]:
    return dict(cast("dict[str, Any]", entry)) if isinstance(entry, dict) else {LEVEL: entry}


def _told(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key != LEVEL}
