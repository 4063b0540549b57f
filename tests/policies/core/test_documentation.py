"""The page of rules says everything of every rule."""

import yaml

from policies.core.documentation import rules_page
from policies.core.registry import rules
from policies.core.settings import Settings

PAGE = rules_page(rules())


def test_every_rule_is_told_whole() -> None:
    for rule in rules():
        section = PAGE.split(f'### <a id="{rule.id}"></a>')[1].split("\n### ")[0]
        for text in (rule.title, rule.why, rule.fix, rule.severity, *(control.split(":", 1)[1] for control in rule.controls)):
            assert text in section
        assert ("cannot be waived" in section) is not rule.waivable
        assert f"[{rule.id}](#{rule.id})" in PAGE
        for setting in rule.settings:
            assert f"`{Settings.model_fields[setting].alias}`" in section


def test_examples_are_yaml_of_the_right_types() -> None:
    blocks = [yaml.safe_load(block.split("```")[0]) for block in PAGE.split("```yaml")[1:]]
    assert len(blocks) == 2 * len(rules())
    for rule, bad, good in zip(sorted(rules(), key=lambda rule: (rule.pack, rule.id)), blocks[::2], blocks[1::2], strict=True):
        for shown, proved in ((bad, rule.bad[0]), (good, rule.good[0])):
            assert {name: draft.type for name, draft in proved.drafts.items()} == {name: each["type"] for name, each in shown.items()}
            assert shown["subject"].get("properties", {}) == dict(proved.drafts["subject"].inputs)


def test_settings_are_shown_as_they_are() -> None:
    assert "`maxAddresses`: 64." in rules_page(rules(), Settings(max_addresses=64))
    assert "`disposableEnvironments`: development, staging." in PAGE
