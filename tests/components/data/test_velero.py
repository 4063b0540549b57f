"""Velero: objects of the cluster, without keys, without root, without volumes."""

from pathlib import Path

import pytest

from components.data.backup import BackupSpec
from components.data.velero import PLUGIN, Velero, VeleroArgs, schedule_spec
from components.platform.addon import Delivery
from meridian.plan import Plan
from tests.components.cluster.surroundings import Region, region_plan
from tests.components.data.test_bucket import NAME
from tests.components.data.test_bucket import build as bucket
from tests.shared import crd_faults, unknown_values

RELEASE = "kubernetes:helm.sh/v3:Release"


def build(region: Region, delivery: Delivery = Delivery.HELM) -> None:
    Velero("velero", VeleroArgs(spec=BackupSpec(), cluster=region.cluster, nodes=region.node_group(), bucket=bucket(), delivery=delivery))


@pytest.fixture(scope="module")
def plan() -> Plan:
    return region_plan(build)


def test_every_value_is_known_to_the_chart(plan: Plan) -> None:
    assert unknown_values("velero", plan.of_type(RELEASE)[0].inputs["values"]) == []


def test_location_and_schedule_are_those_of_the_crds(plan: Plan) -> None:
    assert crd_faults("velero/velero.io_backupstoragelocations.yaml", plan["velero-location"].inputs) == []
    assert crd_faults("velero/velero.io_schedules.yaml", plan["velero-schedule"].inputs) == []


def test_objects_go_to_its_folder_of_the_bucket(plan: Plan) -> None:
    spec = plan["velero-location"].inputs["spec"]
    assert spec["objectStorage"] == {"bucket": NAME, "prefix": "velero"}
    assert spec["config"] == {"region": "eu-west-1"}
    policy = plan.find("aws:iam/policy:Policy", "velero-access-role-bucket").inputs["policy"]
    assert f"arn:aws:s3:::{NAME}/{spec['objectStorage']['prefix']}/*" in policy


def test_chart_association_and_account_name_one_service_account(plan: Plan) -> None:
    (release,) = plan.of_type(RELEASE)
    account = plan["velero-access-account"].inputs["metadata"]
    association = plan.find("aws:eks/podIdentityAssociation:PodIdentityAssociation", "velero-access-role").inputs
    assert release.inputs["values"]["serviceAccount"]["server"] == {"create": False, "name": account["name"]}
    assert association["serviceAccount"] == account["name"]
    assert association["namespace"] == account["namespace"] == release.inputs["namespace"]
    assert plan["velero-access-account"].urn in release.dependencies


def test_there_are_no_keys_and_no_agents_with_root(plan: Plan) -> None:
    values = plan.of_type(RELEASE)[0].inputs["values"]
    assert values["credentials"] == {"useSecret": False}
    assert values["deployNodeAgent"] is False
    assert plan["velero-namespace"].inputs["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    (plugin,) = values["initContainers"]
    for confined in (values["containerSecurityContext"], plugin["securityContext"], values["kubectl"]["containerSecurityContext"]):
        assert confined == {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    assert values["podSecurityContext"]["runAsNonRoot"] is True
    assert values["podSecurityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}


def test_the_plugin_reads_pod_identity() -> None:
    """velero-io/velero#7421: plugins built with SDK v1, up to 1.9, do not."""
    image, _, version = PLUGIN.partition(":v")
    assert image == "velero/velero-plugin-for-aws"
    assert tuple(int(part) for part in version.split(".")) >= (1, 10, 0)


def test_the_schedule_renders_the_declaration() -> None:
    spec = schedule_spec(BackupSpec(full_schedule="15 3 * * *", retention_days=40))
    assert spec["schedule"] == "15 3 * * *"
    assert spec["template"]["ttl"] == "960h0m0s"
    assert spec["template"]["snapshotVolumes"] is False
    assert spec["useOwnerReferencesInBackup"] is False


def test_machines_are_not_restored(plan: Plan) -> None:
    excluded = plan["velero-schedule"].inputs["spec"]["template"]["excludedResources"]
    assert {"nodes", "nodeclaims.karpenter.sh"} <= set(excluded)


def test_schedule_follows_location_which_follows_the_chart(plan: Plan) -> None:
    assert plan.of_type(RELEASE)[0].urn in plan["velero-location"].dependencies
    assert plan["velero-location"].urn in plan["velero-schedule"].dependencies
    location = plan["velero-location"].inputs["metadata"]["name"]
    assert plan["velero-schedule"].inputs["spec"]["template"]["storageLocation"] == location


def test_argo_cd_may_deliver_it() -> None:
    made = region_plan(lambda region: build(region, Delivery.ARGO_CD))
    (application,) = made.of_type("kubernetes:argoproj.io/v1alpha1:Application")
    assert application.urn in made["velero-location"].dependencies


def test_the_restore_that_is_written_down_names_what_is_made(plan: Plan) -> None:
    text = (Path(__file__).parents[3] / "docs" / "OPERATIONS.md").read_text()
    section = text.split("## Restore objects of the cluster")[1].split("## ")[0]
    schedule, location = plan["velero-schedule"].inputs["metadata"], plan["velero-location"].inputs
    assert f"velero -n {schedule['namespace']} restore create --from-schedule {schedule['name']}" in section
    assert f"velero.io/schedule-name={schedule['name']}" in section
    assert f"-n {schedule['namespace']} get backupstoragelocation {location['metadata']['name']}" in section
    assert f"`{location['spec']['objectStorage']['prefix']}/`" in section
