"""A whole life on the real engine: of a project of four resources, and of a region from the command line. Needs the Pulumi CLI on PATH."""

import sys
from pathlib import Path

import pytest

from meridian import cli
from meridian.engine.command import NoEngine
from meridian.rehearsal.life import rehearse
from meridian.rehearsal.record import Rehearsal
from tests.engine.selected import ROOT, SMALLEST

pytestmark = pytest.mark.engine

PROGRAM = """
import pulumi
import pulumi_aws as aws

given = pulumi.ResourceOptions(provider=aws.Provider("aws", region="eu-west-1"))
vpc = aws.ec2.Vpc("network", cidr_block="10.0.0.0/16", opts=given)
kept = pulumi.ResourceOptions.merge(given, pulumi.ResourceOptions(protect=True))
aws.ec2.Subnet("subnet", vpc_id=vpc.id, cidr_block="10.0.0.0/20", opts=kept)
aws.sqs.Queue("jobs", tags={"owner": "platform"}, opts=given)
role = pulumi.StackReference("north").get_output("role") if pulumi.get_stack() == "hub" else "arn:aws:iam::123456789012:role/x"
aws.sqs.Queue("results", policy=role, opts=given)
pulumi.export("role", pulumi.Output.secret("arn:aws:iam::123456789012:role/north"))
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("components", "meridian", "policies", "stacks"):
        (tmp_path / name).mkdir()
    (tmp_path / "Pulumi.yaml").write_text(
        "name: small\nstackConfigDir: stacks\nruntime: {name: python, options: {toolchain: pip, virtualenv: .venv}}\n"
    )
    for stack, config in {"dev": "{}", "hub": "{meridian:global: {}}", "north": "{meridian:region: {index: 1}}"}.items():
        (tmp_path / "stacks" / f"Pulumi.{stack}.yaml").write_text(f"config: {config}\n")
    (tmp_path / "__main__.py").write_text(PROGRAM)
    return tmp_path


def rehearsed(project: Path, stack: str, kills: int) -> Rehearsal:
    try:
        return rehearse(project, stack, kills=kills, seed=1, watch=lambda step: None)
    except NoEngine as error:
        pytest.skip(str(error))


def test_a_life_from_the_first_preview_to_the_last_resource(project: Path) -> None:
    found = rehearsed(project, "dev", kills=2)
    assert found.faults == ()
    assert found.resources == 4
    assert [check.step for check in found.checks][:10] == [
        "preview", "up", "second preview", "refresh", "drift", "protection", "destroy", "order", "afterwards", "refusal",
    ]  # fmt: skip
    assert len(found.crashes) == 2
    assert [change.name for change in found.changes if not change.impossible] == []


def test_a_stack_that_reads_another_is_rehearsed_with_its_outputs(project: Path) -> None:
    """A missing one would fail the preview: `get_output` of what is not there is unknown, and unknown is never equal."""
    found = rehearsed(project, "hub", kills=0)
    assert found.faults == ()


def test_the_smallest_region_from_the_command_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    page = tmp_path / "report.html"
    arguments = ["rehearse", SMALLEST, "--kills", "1", "--markdown", "-", "--html", str(page), "--project", str(ROOT)]
    monkeypatch.setattr(sys, "argv", ["meridian", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    shown = capsys.readouterr()
    if "Pulumi CLI is not on PATH" in shown.err:
        pytest.skip(shown.err.strip())
    assert ended.value.code == cli.CLEAN, shown.out + shown.err
    assert "1 kills: 0 lost, 0 doubled" in shown.out
    assert "| ✓ | afterwards | nothing is left" in shown.out
    assert page.read_text().startswith("<!doctype html>")
