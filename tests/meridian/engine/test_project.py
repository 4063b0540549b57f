"""Reading a project as the CLI does, and what is said of one that cannot be read."""

import json
from pathlib import Path

import pytest

from meridian.engine.project import Project, WrongProject


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\nstackConfigDir: stacks\n")
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks" / "Pulumi.dev.yaml").write_text(
        "config:\n  shop:size: 3\n  plain: text\n  shop:nested: {a: [1, true]}\n  shop:token: {secure: AAAB}\n"
        "  pulumi:disable-default-providers: ['*']\n"
    )
    (tmp_path / "__main__.py").write_text("import pulumi\npulumi.export('size', pulumi.Config('shop').require_int('size'))\n")
    return Project.at(tmp_path)


def test_values_are_text_and_structures_json(project: Project) -> None:
    config = project.config("dev")
    assert config.values["shop:size"] == "3"
    assert config.values["shop:plain"] == "text"
    assert json.loads(config.values["shop:nested"]) == {"a": [1, True]}
    assert config.disabled_default_providers == ("*",)


def test_an_encrypted_value_is_secret_and_never_shown(project: Project) -> None:
    config = project.config("dev")
    assert config.secret_keys == ("shop:token",)
    assert "AAAB" not in str(config)


def test_the_program_runs_as_it_is(project: Project) -> None:
    assert project.plan("dev").outputs == {"size": 3}


def test_a_missing_stack_file_is_told_with_the_nearest(project: Project) -> None:
    with pytest.raises(WrongProject, match=r"Pulumi\.def\.yaml: no such stack file; did you mean 'dev'\? there are: dev"):
        project.config("def")


def test_yaml_that_does_not_parse_is_told_with_its_line(project: Project) -> None:
    project.stack_file("dev").write_text("config:\n  a: [1\n  b: 2\n")
    with pytest.raises(WrongProject, match=r"Pulumi\.dev\.yaml:3: this is no YAML"):
        project.config("dev")


def test_a_file_that_is_no_mapping_is_told(project: Project) -> None:
    project.stack_file("dev").write_text("- a\n")
    with pytest.raises(WrongProject, match="holds list, a mapping is needed"):
        project.config("dev")


def test_a_folder_without_project_is_told(tmp_path: Path) -> None:
    with pytest.raises(WrongProject, match="--project"):
        Project.at(tmp_path / "nowhere")
