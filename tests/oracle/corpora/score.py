"""Our verdicts, and Checkov's, on the labels of other tools."""

import csv
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from pathlib import Path

from policies.core import tokens
from policies.core.judge import judge
from policies.core.registry import rules
from policies.core.resource import Stack
from policies.core.rule import Rule
from policies.core.verdict import Judgement, Verdict
from tests.oracle.corpora import kubernetes_corpora, terraform_corpora
from tests.oracle.corpora.case import Case, Fixture
from tests.oracle.corpora.topics import HERE, Topic, corpora, topics

TODAY = date(2026, 11, 20)
READERS: Mapping[str, Callable[[], Iterator[Case]]] = {
    "checkov-terraform": terraform_corpora.checkov_resources,
    "checkov-graph": terraform_corpora.checkov_graph,
    "trivy": terraform_corpora.trivy,
    "checkov-kubernetes": kubernetes_corpora.checkov,
    "kyverno": kubernetes_corpora.kyverno,
    "polaris": kubernetes_corpora.polaris,
    "kube-linter": kubernetes_corpora.kube_linter,
    "gatekeeper": kubernetes_corpora.gatekeeper,
}
TABLE = HERE / "verdicts.csv"
_RULES_OF_GROUPS = (tokens.SECURITY_GROUP_RULE, tokens.SECURITY_GROUP_INGRESS_RULE, tokens.SECURITY_GROUP_EGRESS_RULE)
_PARENTS = {**dict.fromkeys(_RULES_OF_GROUPS, "securityGroupId"), tokens.NETWORK_ACL_RULE: "networkAclId"}


@dataclass(frozen=True, order=True)
class Row:
    """What three parties say of one thing: the label, our rule, Checkov."""

    corpus: str
    directory: str
    name: str
    unit: str
    check: str
    rule: str
    aspect: str
    label: str
    """`bad` or `good`."""
    ours: str
    """`found`, `clean`, `undecided`, or `silent` where the rule judges nothing of it."""
    checkov: str
    """`found` or `clean`; `silent` where it has no such rule, or does not judge it."""


def cases(corpus: str) -> Iterator[tuple[Topic, Case]]:
    """Labels of a corpus that a rule of ours speaks of too."""
    tool, registered = corpora()[corpus].ids, {rule.id for rule in rules()}
    for case in READERS[corpus]():
        yield from ((topic, case) for topic in topics() if topic.rule in registered and topic.names(tool, case.check, case.unit))


def rows(corpus: str, executable: str | None) -> list[Row]:
    """Verdicts on a corpus; Checkov's too where it is at hand."""
    found = list(cases(corpus))
    theirs = checkov([case.fixture for _, case in found], executable) if executable and found else {}
    return sorted(
        {
            Row(
                corpus,
                case.fixture.directory,
                case.fixture.name,
                case.unit,
                case.check,
                topic.rule,
                topic.aspect,
                "bad" if case.bad else "good",
                ours(topic, case),
                said(theirs, topic, case),
            )
            for topic, case in found
        }
    )


def ours(topic: Topic, case: Case) -> str:
    """Our verdict: of the resources labelled, or of the group that a rule labelled belongs to (we judge a group with all that is on it)."""
    chosen = [rule for rule in rules() if rule.id in topic.rules]
    labelled = _judged_for(case)
    return _sum(_counted(topic, each) for rule in chosen for each in _judged(rule, case.fixture.stack) if each.urn in labelled)


def _judged_for(case: Case) -> frozenset[str]:
    stack = case.fixture.stack
    parts = [resource for resource in stack.resources if resource.urn in case.urns]
    groups = {urn for each in parts for urn in each.property_dependencies.get(_PARENTS.get(each.type, ""), ()) if case.bad}
    return case.urns | groups


_CACHE: dict[tuple[str, int], Sequence[Judgement]] = {}


def _judged(rule: Rule, stack: Stack) -> Sequence[Judgement]:
    key = (rule.id, id(stack))
    if key not in _CACHE:
        _CACHE[key] = judge(stack, (rule,), (), TODAY)
    return _CACHE[key]


def _counted(topic: Topic, judgement: Judgement) -> str:
    if judgement.verdict is Verdict.FAIL:
        return "found" if re.search(topic.aspect, judgement.message) else "clean"
    return {Verdict.PASS: "clean", Verdict.UNDECIDED: "undecided"}[judgement.verdict]


def _sum(verdicts: Iterable[str]) -> str:
    said = set(verdicts)
    return next((each for each in ("found", "undecided", "clean") if each in said), "silent")


Said = Mapping[tuple[int, str], Mapping[str, set[str]]]
"""(Fixture, check) -> verdict -> resources."""


def checkov(fixtures: Iterable[Fixture], executable: str) -> Said:
    """What Checkov says of the fixtures, each in a folder of its own. It reads nothing from the network."""
    distinct = list({id(fixture): fixture for fixture in fixtures}.values())
    wanted = sorted({check for topic in topics() for check in topic.checks.get("checkov", ())})
    with tempfile.TemporaryDirectory() as folder:
        for number, fixture in enumerate(distinct):
            (at := Path(folder, str(number))).mkdir()
            for name, text in fixture.files.items():
                (at / name).write_text(text)
        command = [
            executable,
            "-d",
            folder,
            "--framework",
            distinct[0].framework,
            "--skip-download",
            "--compact",
            "-o",
            "json",
            "-c",
            ",".join(wanted),
        ]
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}  # its environment is its own
        done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    if not done.stdout.startswith("{"):
        raise SystemExit(f"checkov: {done.stderr or done.stdout[:500]}")
    answer = json.loads(done.stdout)
    found: defaultdict[tuple[int, str], dict[str, set[str]]] = defaultdict(lambda: {"found": set(), "clean": set()})
    for verdict, key in (("found", "failed_checks"), ("clean", "passed_checks")):
        for each in answer.get("results", {}).get(key, ()):
            fixture = distinct[int(each["file_path"].split("/")[1])]
            found[id(fixture), each["check_id"]][verdict].add(each["resource"])
    return found


def said(theirs: Said, topic: Topic, case: Case) -> str:
    """Checkov's verdict by any of its rules on the topic; by the very one on its own fixtures."""
    own = topic.checks.get("checkov", frozenset())
    ids = {case.check} & own or own
    answers = [theirs[id(case.fixture), check] for check in ids if (id(case.fixture), check) in theirs]
    return _sum(verdict for answer in answers for verdict, names in answer.items() if any(_is_of(case, name) for name in names))


def _is_of(case: Case, name: str) -> bool:
    """`aws_kms_key.a` and `aws_kms_key.a[0]`, or `Deployment.<namespace>.<name>`."""
    if case.unit == "*":
        return True
    if case.fixture.framework == "terraform":
        return name.split("[", maxsplit=1)[0] == case.unit
    kind, _, rest = case.unit.split(" ")[0].partition("/")
    return name.split(".", maxsplit=1)[0] == kind and rest in name.split(".", 2)[-1].split(" ", maxsplit=1)[0]


def write(found: Sequence[Row]) -> None:
    """The committed table."""
    with TABLE.open("w", newline="") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(Row)], lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(row) for row in found)


def read() -> list[Row]:
    """What was written."""
    with TABLE.open(newline="") as file:
        return [Row(**row) for row in csv.DictReader(file)]


def executable() -> str | None:
    """Checkov on PATH."""
    return shutil.which("checkov")
