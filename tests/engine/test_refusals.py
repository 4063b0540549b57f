"""What the real engine refuses, on a project of two resources: one line each, with the remedy. Needs the Pulumi CLI on PATH."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pulumi_aws
import pytest

from meridian.engine import pulumi
from meridian.engine.command import NoEngine, kill
from meridian.engine.pulumi import Engine
from meridian.engine.refusals import EngineFailed, EngineRefused
from meridian.engine.world import doubled
from meridian.rehearsal.crash import lost, recover

pytestmark = pytest.mark.engine

PROGRAM = """
import os
import pulumi
import pulumi_aws as aws

given = pulumi.ResourceOptions(provider=aws.Provider("aws", region="eu-west-1"))
vpc = aws.ec2.Vpc("network", cidr_block="10.0.0.0/16", tags={"version": os.environ.get("VERSION", "1")}, opts=given)
kept = pulumi.ResourceOptions.merge(given, pulumi.ResourceOptions(protect=True))
aws.ec2.Subnet("subnet", vpc_id=vpc.id, cidr_block="10.0.0.0/20", opts=kept)
"""
assert pulumi_aws.ec2.Vpc  # the SDK's classes are loaded when they are touched


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Engine]:
    for name in ("components", "meridian", "policies", "stacks"):
        (tmp_path / name).mkdir()
    (tmp_path / "Pulumi.yaml").write_text("name: small\nruntime: {name: python, options: {toolchain: pip, virtualenv: .venv}}\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")
    (tmp_path / "__main__.py").write_text(PROGRAM)
    try:
        with pulumi.engine(tmp_path, "dev") as found:
            yield found
    except NoEngine as error:
        pytest.skip(str(error))


def refused(engine: Engine, **environment: str) -> str:
    with pytest.raises(EngineRefused) as error:
        pulumi.beside(engine, **environment).preview()
    assert "\n" not in str(error.value)
    return str(error.value)


def test_wrong_passphrase(small: Engine) -> None:
    assert "dev: the passphrase does not open the stack's secrets: set PULUMI_CONFIG_PASSPHRASE" in refused(
        small, PULUMI_CONFIG_PASSPHRASE="wrong"
    )


def test_backend_that_is_not_there(small: Engine) -> None:
    assert "dev: the backend file:///nowhere/x cannot be reached, no such file or directory: check PULUMI_BACKEND_URL" in refused(
        small, PULUMI_BACKEND_URL="file:///nowhere/x"
    )
    assert "dev: nobody is logged in to the backend" in refused(small, PULUMI_BACKEND_URL="https://127.0.0.1:9/")


BUCKET = "s3://state?endpoint=http://127.0.0.1:9&s3ForcePathStyle=true&region=eu-west-1"
"""A bucket behind the port that discards everything (RFC 863), which nobody listens on."""


def test_bucket_that_cannot_be_reached_or_not_without_credentials(small: Engine) -> None:
    given = {"PULUMI_BACKEND_URL": BUCKET, "AWS_EC2_METADATA_DISABLED": "true"}
    assert refused(small, **given, AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="x") == (
        "dev: the backend cannot be reached, connection refused: check PULUMI_BACKEND_URL, the network and the credentials for it"
    )
    assert "dev: the backend asks for credentials, failed to refresh cached credentials: set those of the account" in refused(
        small, **given
    )


def test_missing_plugin(small: Engine) -> None:
    for folder in (Path(small.environment["PULUMI_HOME"]) / "plugins").glob("resource-aws-v*[0-9]"):
        shutil.rmtree(folder)
    assert refused(small) == "dev: plugin 'aws' is missing: install it with `pulumi install`, which asks the program for the version"


def test_a_plan_that_no_longer_fits(small: Engine, tmp_path: Path) -> None:
    plan = str(tmp_path / "plan.json")
    small.preview("--save-plan", plan)
    with pytest.raises(EngineRefused, match=r"dev: the plan no longer fits the program, properties changed: .*tags.*: preview again"):
        pulumi.beside(small, VERSION="2").up("--plan", plan)
    assert small.world.existing == {}


def test_a_locked_stack_names_its_holder_and_an_interrupted_one_how_to_recover(small: Engine) -> None:
    small.world.seconds = 2
    process = small.start("up", "--yes", "--skip-preview")
    locks = small.state_file.parents[2] / "locks"
    while process.poll() is None and not (list(locks.rglob("*.json")) and small.world.under_way):
        time.sleep(0.01)
    with pytest.raises(EngineRefused, match=rf"dev: the stack is locked by .*\(pid {process.pid}\) at .*`pulumi cancel --stack dev`"):
        small.up()
    kill(process)
    small.world.seconds = 0
    assert recover_is_needed(small)
    pending, adopted, _ = recover(small)
    assert len(pending) == adopted == 1
    small.refuse_interrupted()
    small.up()
    assert (lost(small), doubled(small.world.existing.values()), len(small.world.existing)) == ([], [], 2)


def recover_is_needed(small: Engine) -> bool:
    with pytest.raises(EngineRefused, match=r"interrupted while creating .*: look whether it exists, then run `pulumi refresh"):
        small.refuse_interrupted()
    return True


def test_protected_resources_stop_a_destroy_and_an_import_adopts(small: Engine) -> None:
    small.up()
    with pytest.raises(EngineFailed, match="protected"):
        small.run("destroy", "--preview-only")
    assert len(small.world.existing) == 2
    made = small.world.created("aws:ec2/vpc:Vpc", "urn:pulumi:dev::small::aws:ec2/vpc:Vpc::found", {"cidrBlock": "10.9.0.0/16"}, {})
    provider = next(each for each in small.deployed() if each.is_provider)
    small.adopt("aws:ec2/vpc:Vpc", "found", made.id, "--provider", f"default={provider.urn}")
    assert {each.id for each in small.deployed()} >= {made.id}
