"""AWS Backup: a locked vault, a plan by tag, copies along allowed edges only, restores that are tried."""

import json
from typing import Any

import pytest

from components.data.backup import BackupSpec
from components.data.backup_vault import BackupVault, BackupVaultArgs
from components.location import Location
from components.tags import DataClass
from meridian.plan import Plan
from tests.components.cluster.surroundings import ACCOUNT, KEY
from tests.deploy import deploy

ARN = f"arn:aws:backup:eu-west-1:{ACCOUNT}:backup-vault:meridian-data"


def build(data_class: DataClass = DataClass.PERSONAL, vault_name: str = "meridian-data", **knobs: Any) -> BackupVault:
    args = BackupVaultArgs(
        spec=BackupSpec.from_yaml(knobs),
        location=Location(account_id=ACCOUNT, region="eu-west-1"),
        vault_name=vault_name,
        key_arn=KEY,
        data_class=data_class,
    )
    return BackupVault("vault", args)


@pytest.fixture(scope="module")
def plan() -> Plan:
    return deploy(lambda: build(copy_to=["eu-central-1"], full_schedule="30 1 * * *"))


def test_the_vault_is_encrypted_protected_and_says_what_it_holds(plan: Plan) -> None:
    (vault,) = plan.of_type("aws:backup/vault:Vault")
    assert vault.options.protect
    assert vault.inputs["kmsKeyArn"] == KEY
    assert not vault.inputs.get("forceDestroy")
    assert vault.inputs["tags"] == {"data-class": "personal", "jurisdiction": "IE", "rpo": "24h"}


def test_the_lock_holds_the_classes_retention_and_can_be_undone(plan: Plan) -> None:
    """AWS Backup: with `changeable_for_days` a lock is in compliance mode and becomes final; without, in governance mode."""
    lock = plan["vault-lock"].inputs
    assert lock["minRetentionDays"] == 35
    assert "changeableForDays" not in lock


def test_nobody_deletes_a_recovery_point_before_its_time(plan: Plan) -> None:
    policy = json.loads(plan["vault-policy"].inputs["policy"])
    denied = {action for row in policy["Statement"] for action in ([row["Action"]] if isinstance(row["Action"], str) else row["Action"])}
    assert denied == {"backup:DeleteRecoveryPoint", "backup:UpdateRecoveryPointLifecycle", "backup:DeleteBackupVault"}
    assert {(row["Effect"], row["Principal"]) for row in policy["Statement"]} == {("Deny", "*")}


def test_the_plan_runs_when_the_declaration_says(plan: Plan) -> None:
    (rule,) = plan["vault-plan"].inputs["rules"]
    assert rule["schedule"] == "cron(30 1 * * ? *)"
    assert rule["lifecycle"] == {"deleteAfter": 35}
    assert rule["targetVaultName"] == "meridian-data"


def test_what_carries_the_tag_is_backed_up(plan: Plan) -> None:
    selection = plan["vault-selection"]
    assert selection.inputs["selectionTags"] == [{"type": "STRINGEQUALS", "key": "backup", "value": "daily"}]
    for use in ("backup", "restore"):
        assert plan[f"vault-role-{use}"].urn in selection.dependencies


def test_copies_go_to_the_vault_of_the_same_name(plan: Plan) -> None:
    (rule,) = plan["vault-plan"].inputs["rules"]
    (copy,) = rule["copyActions"]
    assert copy["destinationVaultArn"] == f"arn:aws:backup:eu-central-1:{ACCOUNT}:backup-vault:meridian-data"
    assert copy["lifecycle"] == {"deleteAfter": 35}


def test_a_region_in_the_name_is_the_other_ones_in_a_copys() -> None:
    made = deploy(lambda: build(vault_name="meridian-eu-west-1-data", copy_to=["eu-central-1"]))
    (copy,) = made["vault-plan"].inputs["rules"][0]["copyActions"]
    assert copy["destinationVaultArn"].endswith(":backup-vault:meridian-eu-central-1-data")


def test_restores_of_tagged_volumes_are_tried_every_week(plan: Plan) -> None:
    drill = plan["vault-drill"].inputs
    assert drill["name"] == "meridian_data"
    assert drill["scheduleExpression"] == "cron(0 5 ? * SUN *)"
    assert drill["recoveryPointSelection"] == {
        "algorithm": "LATEST_WITHIN_WINDOW",
        "includeVaults": [ARN],
        "recoveryPointTypes": ["SNAPSHOT"],
        "selectionWindowDays": 7,
    }
    volumes = plan["vault-drill-volumes"].inputs
    assert volumes["protectedResourceType"] == "EBS"
    assert volumes["protectedResourceArns"] == ["*"]
    assert volumes["protectedResourceConditions"] == {"stringEquals": [{"key": "aws:ResourceTag/backup", "value": "daily"}]}


def test_only_aws_backup_for_this_account_takes_the_role(plan: Plan) -> None:
    role = plan["vault-role"]
    (statement,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
    assert statement["Principal"] == {"Service": "backup.amazonaws.com"}
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    arns = {plan[f"vault-role-{use}"].inputs["policyArn"] for use in ("backup", "restore")}
    assert arns == {
        "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup",
        "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForRestores",
    }


def test_arn_is_known_in_a_preview() -> None:
    made = deploy(build, mode="preview")
    (component,) = made.of_type(BackupVault.token)
    assert component.outputs["vault_arn"] == ARN
    assert component.outputs["tag"] == "daily"


def test_a_forbidden_copy_is_refused() -> None:
    with pytest.raises(ValueError, match=r"backup vault 'vault': copy_to\[0\]: us-east-1: no legal basis to copy personal data there"):
        build(copy_to=["us-east-1"])


def test_too_short_a_retention_is_refused() -> None:
    with pytest.raises(ValueError, match="retention_days: 35: backups of sensitive data are kept 90 days or more"):
        build(DataClass.SENSITIVE)


def test_a_name_that_aws_refuses_is_refused() -> None:
    with pytest.raises(ValueError, match="AWS Backup vault name"):
        build(vault_name="v" * 51)
