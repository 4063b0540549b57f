"""Findings as SARIF 2.1.0, which code hosts show beside the line at fault.

Source: OASIS sarif-schema-2.1.0; GitHub, "SARIF support for code scanning" (security-severity, suppressions), read on 2026-11-20.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from meridian.analysis.verdicts import Verdicts
from meridian.saved.estate import Estate
from policies.core.meta import MetaCheck
from policies.core.rule import Rule
from policies.core.settings import Level
from policies.core.verdict import Judgement, Severity, Verdict

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
SCORES: Mapping[Severity, str] = {Severity.CRITICAL: "9.5", Severity.HIGH: "8.0", Severity.MEDIUM: "5.0", Severity.LOW: "2.0"}
"""The middle of the bands that GitHub reads severities by: over 9.0 critical, 7.0 high, 4.0 medium, 0.1 low."""
LEVELS = {Level.MANDATORY: "error", Level.REMEDIATE: "error", Level.ADVISORY: "warning", Level.DISABLED: "none"}
REPORTED = (Verdict.FAIL, Verdict.WAIVED, Verdict.UNDECIDED)


def sarif(estate: Estate, verdicts: Verdicts) -> str:
    """The document: failures as results, waived ones suppressed, undecided ones as open questions."""
    checks = list(verdicts.checks.values())
    index = {check.id: at for at, check in enumerate(checks)}
    found = [judgement for judgement in verdicts.judgements if judgement.verdict in REPORTED]
    run = {
        "tool": {"driver": {"name": "meridian", "rules": [_rule(check) for check in checks]}},
        "results": [_result(estate, verdicts, judgement, index[judgement.rule]) for judgement in found],
        "columnKind": "unicodeCodePoints",
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(check: Rule | MetaCheck) -> dict[str, Any]:
    controls = list(check.controls) if isinstance(check, Rule) else []
    return {
        "id": check.id,
        "name": check.title,
        "shortDescription": {"text": check.title},
        "fullDescription": {"text": check.why},
        "help": {"text": check.fix},
        "properties": {"security-severity": SCORES[check.severity], "tags": controls},
    }


def _result(estate: Estate, verdicts: Verdicts, judgement: Judgement, index: int) -> dict[str, Any]:
    failed = judgement.verdict is not Verdict.UNDECIDED
    result: dict[str, Any] = {
        "ruleId": judgement.rule,
        "ruleIndex": index,
        "kind": "fail" if failed else "open",
        "level": LEVELS[verdicts.level(judgement)] if failed else "none",  # section 3.27.10: none wherever kind is not fail
        "message": {"text": judgement.message},
        "locations": [_location(estate, judgement.urn)],
        "partialFingerprints": {"urn/v1": f"{judgement.rule}:{judgement.urn}"},
    }
    if judgement.verdict is Verdict.WAIVED:
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": judgement.message}]
    return result


def _location(estate: Estate, urn: str) -> dict[str, Any]:
    location: dict[str, Any] = {"logicalLocations": [{"fullyQualifiedName": urn, "kind": "resource"}]}
    source = estate.sources.get(urn)
    if source is not None:
        location["physicalLocation"] = {"artifactLocation": _artifact(source.path), "region": {"startLine": source.line}}
    return location


def _artifact(path: str) -> dict[str, str]:
    """A path within the repository goes by the repository's root, which the reader knows."""
    return {"uri": Path(path).as_uri()} if Path(path).is_absolute() else {"uri": path, "uriBaseId": "%SRCROOT%"}
