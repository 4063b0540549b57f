"""The page of rules says everything of every rule."""

from collections.abc import Iterator

import pytest
import yaml

from policies.core.documentation import rules_page
from policies.core.example import example, resource
from policies.core.meta import META
from policies.core.registry import rules
from policies.core.rule import Rule, Scope, Subject, rule
from policies.core.settings import Settings
from policies.core.verdict import Severity


def vault_is_kept(subject: Subject) -> Iterator[str]:
    yield from ()


def bucket_is_small(subject: Subject) -> Iterator[str]:
    yield from ()


KEPT = rule(
    "rel-18",
    on=("aws:backup/vault:Vault", "aws:s3/bucket:Bucket"),
    scope=Scope.STACK,
    severity=Severity.HIGH,
    why="What is gone is gone.",
    fix="Set protect.",
    controls=("soc2:A1.2", "hipaa:164.308(a)(7)"),
    waivable=False,
    settings=("disposable_environments", "min_zones"),
    bad=({}, {"name": "second"}),
    good=(
        example(resource("aws:backup/vault:Vault", {"kmsKeyArn": "${key.arn}"}, protect=True), key=resource("aws:kms/key:Key")),
        {"name": "second"},
    ),
)(vault_is_kept)
SMALL = rule(
    "sec-90",
    on=("aws:s3/bucket:Bucket",),
    severity=Severity.LOW,
    why="Space costs.",
    fix="Delete.",
    controls=(),
    bad=({"bucket": "large", "forceDestroy": True},),
    good=({"bucket": None},),
)(bucket_is_small)

WHOLE = """
Every rule says of every resource it is about **pass**, **fail**, **waived** or **undecided**: the value that decides is not known
before the update. A finding of severity critical or high stops an update, any other is reported. Exceptions are entries of
policies/waivers.yaml, for 90 days at most. The same rules run in `meridian preview` and in the engine:
`pulumi preview --policy-pack policies/reliability --policy-pack policies/security`. Every example below is a test.

| rule | what holds | severity | judges |
| --- | --- | --- | --- |
| [sec-90](#sec-90) | bucket is small | low | s3.Bucket |
| [rel-18](#rel-18) | vault is kept | high | backup.Vault, s3.Bucket |

## Reliability

### <a id="rel-18"></a>rel-18 vault is kept

What is gone is gone.

- **Fix:** Set protect.
- **Severity:** high, mandatory; cannot be waived; looks at a resource and those around it
- **Controls:** [SOC 2 Trust Services Criteria 2017](\
https://www.aicpa-cima.com/resources/download/2017-trust-services-criteria-with-revised-points-of-focus-2022\
) A1.2; [HIPAA Security Rule, 45 CFR](https://www.ecfr.gov/current/title-45/subtitle-A/subchapter-C/part-164) 164.308(a)(7)
- **Setting** `disposableEnvironments`: development, staging. Values of the `environment` tag of stacks that may be deleted as a whole.
- **Setting** `minZones`: 3. Availability zones that must share a load: with three, losing one leaves two thirds and a quorum.

Found:
```yaml
subject:
  type: aws:backup/vault:Vault
```
Passes:
```yaml
subject:
  type: aws:backup/vault:Vault
  properties: {"kmsKeyArn": "${key.arn}"}
  options: {"protect": true}
key:
  type: aws:kms/key:Key
```

## Security

### <a id="sec-90"></a>sec-90 bucket is small

Space costs.

- **Fix:** Delete.
- **Severity:** low, advisory; can be waived; looks at one resource at a time

Found:
```yaml
subject:
  type: aws:s3/bucket:Bucket
  properties: {"bucket": "large", "forceDestroy": true}
```
Passes:
```yaml
subject:
  type: aws:s3/bucket:Bucket
  properties: {"bucket": null}
```
"""


def test_the_page_as_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vault_is_kept, "__module__", "policies.reliability.stateful_rules")
    monkeypatch.setattr(bucket_is_small, "__module__", "policies.security.compute_rules")
    assert rules_page((SMALL, KEPT)).split("change the rule, not this page. -->\n", 1)[1] == WHOLE


def test_the_checks_of_the_checks_stand_last() -> None:
    page = rules_page((SMALL,), meta=META)
    last = page.split("## Checks of the checks\n", 1)[1]
    assert [f'<a id="{check.id}"></a>{check.id} {check.title}' in last and check.fix in last for check in META] == [True] * 3
    assert "Checks of the checks" not in rules_page((SMALL,))


def section(rule: Rule) -> str:
    return rules_page(rules()).split(f'### <a id="{rule.id}"></a>')[1].split("\n### ")[0]


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.id)
def test_every_rule_is_told_whole(rule: Rule) -> None:
    told = section(rule)
    for text in (rule.title, rule.why, rule.fix, rule.severity, *(control.split(":", 1)[1] for control in rule.controls)):
        assert text in told
    assert ("cannot be waived" in told) is not rule.waivable
    assert f"[{rule.id}](#{rule.id})" in rules_page(rules())
    for setting in rule.settings:
        assert f"`{Settings.model_fields[setting].alias}`" in told


def test_examples_are_yaml_of_the_right_types() -> None:
    blocks = [yaml.safe_load(block.split("```")[0]) for block in rules_page(rules()).split("```yaml")[1:]]
    assert len(blocks) == 2 * len(rules())
    for each, bad, good in zip(sorted(rules(), key=lambda each: (each.pack, each.id)), blocks[::2], blocks[1::2], strict=True):
        for shown, proved in ((bad, each.bad[0]), (good, each.good[0])):
            assert {name: draft.type for name, draft in proved.drafts.items()} == {name: entry["type"] for name, entry in shown.items()}
            assert shown["subject"].get("properties", {}) == dict(proved.drafts["subject"].inputs)


def test_settings_are_shown_as_they_are() -> None:
    assert "`maxAddresses`: 64." in rules_page(rules(), Settings(max_addresses=64))
    assert "A finding of severity low stops" in rules_page((), Settings(mandatory_severities=frozenset({Severity.LOW})))
