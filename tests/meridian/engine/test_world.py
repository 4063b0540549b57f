"""The stand-in clouds: ids, names, drift, and the file they are kept in."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from meridian.engine.journal import Journal, WrongWorld
from meridian.engine.world import Failed, Operation, World, doubled

VPC, VPC_TYPE = "urn:pulumi:s::p::aws:ec2/vpc:Vpc::network", "aws:ec2/vpc:Vpc"
ROLE, ROLE_TYPE = "urn:pulumi:s::p::aws:iam/role:Role::nodes", "aws:iam/role:Role"


def test_a_replacement_never_gets_its_predecessors_id() -> None:
    world = World()
    first = world.created(VPC_TYPE, VPC, {}, {})
    world.deleted(VPC_TYPE, VPC, first.id)
    assert world.created(VPC_TYPE, VPC, {}, {}).id != first.id


def test_a_fixed_id_is_taken_until_it_is_free() -> None:
    world = World()
    world.created(ROLE_TYPE, ROLE, {"name": "nodes"}, {})
    with pytest.raises(Failed, match="nodes already exists"):
        world.created(ROLE_TYPE, f"{ROLE}-2", {"name": "nodes"}, {})
    world.deleted(ROLE_TYPE, ROLE, "nodes")
    assert world.created(ROLE_TYPE, ROLE, {"name": "nodes"}, {}).id == "nodes"


def test_a_change_in_place_keeps_what_the_cloud_added_to_an_object() -> None:
    """EKS puts the cluster's security group into `vpcConfig` (pulumi_aws.eks.Cluster); a change of the version does not make another."""
    world, token = World(), "aws:eks/cluster:Cluster"
    urn = f"urn:pulumi:s::p::{token}::c"
    given = {"name": "c", "version": "1.34", "vpcConfig": {"subnetIds": ["a"]}}
    made = world.created(token, urn, given, {})
    group = made.outputs["vpcConfig"]["clusterSecurityGroupId"]
    after = world.changed(token, urn, made.id, {**given, "version": "1.35", "vpcConfig": {"subnetIds": ["a", "b"]}})
    assert after.outputs["vpcConfig"] == {**made.outputs["vpcConfig"], "subnetIds": ["a", "b"], "clusterSecurityGroupId": group}


def test_what_was_made_twice_is_seen() -> None:
    world = World()
    world.created(VPC_TYPE, VPC, {}, {})
    world.created(VPC_TYPE, VPC, {}, {})
    assert doubled(world.existing.values()) == [VPC]
    assert len(world.of(VPC)) == 2


def test_a_world_file_gives_the_same_world_again(tmp_path: Path) -> None:
    path = tmp_path / "world.jsonl"
    first = World(Journal(path, "run"))
    kept = first.created(VPC_TYPE, VPC, {"cidrBlock": "10.0.0.0/16"}, {})
    gone = first.created(ROLE_TYPE, ROLE, {"name": "r"}, {})
    first.deleted(ROLE_TYPE, ROLE, gone.id)
    first.changed(VPC_TYPE, VPC, kept.id, {"cidrBlock": "10.1.0.0/16"}, Operation.DRIFT)
    assert first.journal_file
    first.journal_file.close()
    file = Journal(path, "run")
    again = World(file)
    file.close()
    assert (again.existing, again.journal, again.ids) == (first.existing, first.journal, first.ids)
    assert json.loads(path.read_text().splitlines()[0])["run"] == "run"


def test_another_runs_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "world.jsonl"
    Journal(path, "monday").close()
    with pytest.raises(WrongWorld, match=r"world\.jsonl: holds the world of run 'monday', this run is 'tuesday': delete it"):
        Journal(path, "tuesday")


@pytest.mark.parametrize("text", ["no json\n", '{"format": 0, "run": "run"}\n', '{"version": 3}\n'])
def test_a_file_of_another_kind_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "world.jsonl"
    path.write_text(text)
    with pytest.raises(WrongWorld, match="is no world file"):
        Journal(path, "run")
    assert path.read_text() == text


def test_a_second_writer_is_refused_and_the_first_is_named(tmp_path: Path) -> None:
    path = tmp_path / "world.jsonl"
    holder = subprocess.Popen(
        [sys.executable, "-c", "import sys; from pathlib import Path; from meridian.engine.journal import Journal\n"
         "journal = Journal(Path(sys.argv[1]), 'run'); print('ready', flush=True); sys.stdin.read()", str(path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert holder.stdout
        assert holder.stdout.readline() == "ready\n"
        with pytest.raises(WrongWorld, match=f"process {holder.pid} writes this world"):
            Journal(path, "run")
    finally:
        holder.kill()
        holder.communicate()
    Journal(path, "run").close()


def test_a_path_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongWorld, match="No such file or directory"):
        Journal(tmp_path / "missing" / "world.jsonl", "run")
