"""AWS Backup: crash-consistent copies of tagged volumes in a locked vault, and restores that are tried every week.

Not for point-in-time recovery of databases: that is each engine's own means.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import catalog
from components.base import Component
from components.data.backup import BACKUP_TAG, BackupSpec, backup_faults
from components.data.schedule import aws_cron
from components.location import Location
from components.naming import Kind, physical_name
from components.tags import DataClass

MANAGED_POLICIES = {
    "backup": "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup",
    "restore": "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForRestores",
}
"""AWS's own policies of the service role (AWS Backup developer guide, managed policies)."""
START_MINUTES = 60
"""How late a job may start; the least AWS Backup takes."""
COMPLETION_MINUTES = 720
"""How long a job may take; half a day is over before the next one."""
VALIDATION_HOURS = 4
"""How long a restored volume is kept for inspection before AWS Backup deletes it."""
RPO = "24h"
"""Tag of how much of what lies here alone may be lost: full backups are nightly (BackupSpec.full_schedule); engines' own come oftener."""
DRILL_WINDOW_DAYS = 7
"""Age of the oldest recovery point that a drill takes; drills are weekly."""


@dataclass(frozen=True, kw_only=True)
class BackupVaultArgs:
    """Wires of a BackupVault."""

    spec: BackupSpec
    """What is kept, for how long and where."""
    location: Location
    """Account and region."""
    vault_name: str
    """Physical name. A copy's vault has the same one, with the other region's code where this region's stands."""
    key_arn: pulumi.Input[str]
    """KMS key of the recovery points."""
    data_class: DataClass
    """Highest class of data in it; decides where copies may go and the least retention, which the vault's lock enforces."""
    plan: str = "daily"
    """Value of the tag `backup` on what is backed up."""


class BackupVault(Component, token="meridian:data:BackupVault"):
    """A vault with its lock, a plan for everything that carries its tag, and restore tests of what the plan made.

    The lock is in governance mode and the vault's policy denies deletion to everybody: who wants to delete must first change both, which
    leaves traces, yet a mistake can be undone. Compliance mode would bind even AWS (AWS Backup developer guide, vault lock).

    Raises:
        ValueError: a copy would go where the data may not, retention is below the class's minimum, or AWS Backup does not take the name.
    """

    vault_name: str
    """Physical name."""
    vault_arn: str
    """ARN; known in a preview, as the name is."""
    tag: str
    """Value of the tag `backup` that puts a resource into the plan."""

    def __init__(self, name: str, args: BackupVaultArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        if faults := backup_faults(args.spec, args.data_class, args.location.region):
            raise ValueError(f"backup vault '{name}': {'; '.join(faults)}")
        self.vault_name = physical_name(Kind.BACKUP_VAULT, args.vault_name)
        self._drill_name = physical_name(Kind.RESTORE_TESTING_PLAN, args.vault_name.replace("-", "_"))
        self.vault_arn = vault_arn(args.location, self.vault_name)
        self.tag = args.plan
        super().__init__(name, opts)
        tags = {"data-class": args.data_class.value, "jurisdiction": catalog.region(args.location.region).jurisdiction, "rpo": RPO}
        protected = pulumi.ResourceOptions(parent=self, protect=True)
        vault = aws.backup.Vault(name, name=self.vault_name, kms_key_arn=args.key_arn, tags=tags, opts=protected)
        lock = aws.backup.VaultLockConfiguration(
            f"{name}-lock",
            backup_vault_name=vault.name,
            min_retention_days=catalog.data_class(args.data_class).minimum_retention_days,
            opts=self.child,
        )
        aws.backup.VaultPolicy(
            f"{name}-policy", backup_vault_name=vault.name, policy=json.dumps(keeping_policy(self.vault_arn)), opts=self.child
        )
        role, attachments = self._role(name, args.location)
        self._plan(name, args, vault, role, attachments)
        self._drill(name, args, role, (vault, *attachments))
        self.resources: tuple[pulumi.Resource, ...] = (vault, lock)
        self._seal()

    def _role(self, name: str, location: Location) -> tuple[aws.iam.Role, list[aws.iam.RolePolicyAttachment]]:
        role = aws.iam.Role(f"{name}-role", assume_role_policy=json.dumps(_trust(location)), opts=self.child)
        attachments = [
            aws.iam.RolePolicyAttachment(f"{name}-role-{use}", role=role.name, policy_arn=arn, opts=self.child)
            for use, arn in MANAGED_POLICIES.items()
        ]
        return role, attachments

    def _plan(
        self, name: str, args: BackupVaultArgs, vault: aws.backup.Vault, role: aws.iam.Role, attachments: Sequence[pulumi.Resource]
    ) -> None:
        spec = args.spec
        copies = [
            aws.backup.PlanRuleCopyActionArgs(
                destination_vault_arn=copy_arn(args.location, self.vault_name, region),
                lifecycle=aws.backup.PlanRuleCopyActionLifecycleArgs(delete_after=spec.retention_days),
            )
            for region in spec.copy_to
        ]
        rule = aws.backup.PlanRuleArgs(
            rule_name="full",
            target_vault_name=vault.name,
            schedule=aws_cron(spec.full_schedule),
            start_window=START_MINUTES,
            completion_window=COMPLETION_MINUTES,
            lifecycle=aws.backup.PlanRuleLifecycleArgs(delete_after=spec.retention_days),
            copy_actions=copies,
            recovery_point_tags={"data-class": args.data_class.value, BACKUP_TAG: args.plan},
        )
        plan = aws.backup.Plan(f"{name}-plan", rules=[rule], opts=self.child)
        aws.backup.Selection(
            f"{name}-selection",
            plan_id=plan.id,
            iam_role_arn=role.arn,
            selection_tags=[aws.backup.SelectionSelectionTagArgs(type="STRINGEQUALS", key=BACKUP_TAG, value=args.plan)],
            opts=self.after(*attachments),
        )

    def _drill(self, name: str, args: BackupVaultArgs, role: aws.iam.Role, before: Sequence[pulumi.Resource]) -> None:
        drill = aws.backup.RestoreTestingPlan(
            f"{name}-drill",
            name=self._drill_name,
            schedule_expression=aws_cron(args.spec.drill_schedule),
            recovery_point_selection=aws.backup.RestoreTestingPlanRecoveryPointSelectionArgs(
                algorithm="LATEST_WITHIN_WINDOW",
                include_vaults=[self.vault_arn],
                recovery_point_types=["SNAPSHOT"],
                selection_window_days=DRILL_WINDOW_DAYS,
            ),
            opts=self.after(*before),
        )
        tagged = aws.backup.RestoreTestingSelectionProtectedResourceConditionsStringEqualArgs(
            key=f"aws:ResourceTag/{BACKUP_TAG}", value=args.plan
        )
        aws.backup.RestoreTestingSelection(
            f"{name}-drill-volumes",
            name="volumes",
            restore_testing_plan_name=drill.name,
            protected_resource_type="EBS",
            protected_resource_arns=["*"],
            protected_resource_conditions=aws.backup.RestoreTestingSelectionProtectedResourceConditionsArgs(string_equals=[tagged]),
            iam_role_arn=role.arn,
            validation_window_hours=VALIDATION_HOURS,
            opts=self.child,
        )


def vault_arn(location: Location, vault_name: str) -> str:
    """ARN of the vault of that name."""
    return location.arn("backup", f"backup-vault:{vault_name}")


def copy_arn(location: Location, vault_name: str, region: str) -> str:
    """ARN of the vault in another region that gets the copies: derived, as regions never refer to each other."""
    return vault_arn(Location(account_id=location.account_id, region=region), vault_name.replace(location.region, region))


def keeping_policy(arn: str) -> dict[str, object]:
    """Nobody deletes a recovery point or shortens its life; AWS Backup itself still ends it on time (AWS Backup, vault access policies)."""
    actions = ["backup:DeleteRecoveryPoint", "backup:UpdateRecoveryPointLifecycle"]
    # Recovery points have ARNs of the services they were taken from, so the vault's policy names them all; it holds in this vault only.
    points = {"Sid": "KeepRecoveryPoints", "Effect": "Deny", "Principal": "*", "Action": actions, "Resource": "*"}
    vault = {"Sid": "KeepVault", "Effect": "Deny", "Principal": "*", "Action": "backup:DeleteBackupVault", "Resource": arn}
    return {"Version": "2012-10-17", "Statement": [points, vault]}


def _trust(location: Location) -> dict[str, object]:
    """AWS Backup, for this account only (IAM user guide, confused deputy)."""
    condition = {"StringEquals": {"aws:SourceAccount": location.account_id}}
    statement = {"Effect": "Allow", "Principal": {"Service": "backup.amazonaws.com"}, "Action": "sts:AssumeRole", "Condition": condition}
    return {"Version": "2012-10-17", "Statement": [statement]}
