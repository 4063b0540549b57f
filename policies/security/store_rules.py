"""Data stores in the cluster: what they encrypt, and whom they believe."""

from collections.abc import Iterator
from typing import Any

from policies.core import kinds, tokens
from policies.core.example import Example, example, resource
from policies.core.facts.keys import all_ours
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Properties, Severity, known_first

EBS_DRIVERS = ("ebs.csi.aws.com", "ebs.csi.eks.amazonaws.com", "kubernetes.io/aws-ebs")
"""Provisioners of EBS volumes: the CSI driver, the one of EKS Auto Mode, and the one in tree before them."""


def _class(provisioner: str = "ebs.csi.aws.com", **parameters: str) -> Example:
    given = {"parameters": parameters} if parameters else {}
    return example(resource(kinds.STORAGE_CLASS[0], {"provisioner": provisioner, **given}), key=resource(tokens.KMS_KEY))


@rule(
    "sec-45",
    on=kinds.STORAGE_CLASS,
    scope=Scope.STACK,
    severity=Severity.HIGH,
    why="The EBS driver encrypts nothing unless told to, and every claim of the class inherits that; under AWS's key any reader reads.",
    fix='Set parameters.encrypted="true" and parameters.kmsKeyId to the ARN of a key of this stack.',
    controls=("fsbp:EC2.3", "hipaa:164.312(a)(2)(iv)"),
    bad=(
        _class(),
        _class(type="gp3"),
        _class(encrypted="false", kmsKeyId="${key.arn}"),
        _class(encrypted="true"),
        _class(encrypted="true", kmsKeyId="alias/aws/ebs"),
        _class("kubernetes.io/aws-ebs", encrypted="true"),
    ),
    good=(
        _class(encrypted="true", kmsKeyId="${key.arn}"),
        _class(encrypted="true", kmsKeyId="arn:aws:kms:eu-west-1:123456789012:key/1234abcd"),
        _class("efs.csi.aws.com"),
    ),
)
def volumes_of_the_class_are_encrypted_with_our_key(storage: Subject) -> Iterator[str]:
    if storage.properties.text("provisioner") not in EBS_DRIVERS:
        return
    parameters = storage.properties.section("parameters")
    if not parameters.flag("encrypted"):
        yield "volumes are not encrypted"
    elif not all_ours(storage.stack, storage.resource, "parameters", [parameters], "kmsKeyId"):
        yield "volumes are encrypted with a key that AWS manages"


@rule(
    "sec-46",
    on=kinds.TIDB_CLUSTER,
    severity=Severity.HIGH,
    why="Between its parts and to its clients TiDB talks plain text unless told otherwise; PD and TiKV ask nobody who they are.",
    fix="Set spec.tlsCluster.enabled: true, and spec.tidb.tlsClient.enabled: true where the cluster has SQL servers.",
    controls=("hipaa:164.312(e)(1)", "pci-dss-4.0:4.2.1"),
    bad=(
        {"spec": {"tidb": {"tlsClient": {"enabled": True}}}},
        {},
        {"spec": {"tlsCluster": {"enabled": False}}},
        {"spec": {"tlsCluster": {"enabled": True}, "tidb": {"replicas": 3}}},
    ),
    good=(
        {"spec": {"tlsCluster": {"enabled": True}, "tidb": {"tlsClient": {"enabled": True}}}},
        {"spec": {"tlsCluster": {"enabled": True}, "cluster": {"name": "main"}}},
    ),
)
def tidb_speaks_tls_only(database: Subject) -> Iterator[str]:
    spec = database.properties.section("spec")
    if not spec.section("tlsCluster").flag("enabled"):
        yield "its parts talk plain text"
    if "tidb" in spec and not spec.section("tidb").section("tlsClient").flag("enabled"):
        yield "its clients talk plain text"


def _backup(kind: kinds.Tokens, **template: Any) -> Example:
    return Example.of_inputs(kind[0], {"spec": template})


_BY_ROLE = {"serviceAccount": "tidb-backup", "br": {"cluster": "main", "sendCredToTikv": False}}
TEMPLATES = ("backupTemplate", "logBackupTemplate", "compactBackupTemplate")
"""Backups that a BackupSchedule makes (its CRD)."""


@rule(
    "sec-47",
    on=(*kinds.TIDB_BACKUP, *kinds.TIDB_BACKUP_SCHEDULE, *kinds.TIDB_RESTORE),
    severity=Severity.HIGH,
    why="Unless told otherwise the backup job sends its own credentials to every TiKV; with no service account they are somebody's keys.",
    fix="Set br.sendCredToTikv: false and serviceAccount to one whose role may use the bucket; give TiKV the same account.",
    controls=("soc2:CC6.1",),
    bad=(
        _backup(kinds.TIDB_BACKUP, br={"cluster": "main"}, serviceAccount="tidb-backup"),
        _backup(kinds.TIDB_BACKUP, br={"cluster": "main", "sendCredToTikv": True}, serviceAccount="tidb-backup"),
        _backup(kinds.TIDB_RESTORE, br={"cluster": "main", "sendCredToTikv": False}),
        _backup(kinds.TIDB_BACKUP_SCHEDULE, backupTemplate=_BY_ROLE, logBackupTemplate={**_BY_ROLE, "br": {"cluster": "main"}}),
        _backup(kinds.TIDB_BACKUP_SCHEDULE, backupTemplate=_BY_ROLE, compactBackupTemplate={"br": {"sendCredToTikv": False}}),
    ),
    good=(
        _backup(kinds.TIDB_BACKUP, **_BY_ROLE),
        _backup(kinds.TIDB_BACKUP_SCHEDULE, backupTemplate=_BY_ROLE, logBackupTemplate=_BY_ROLE),
        _backup(kinds.TIDB_BACKUP, dumpling={"options": []}, serviceAccount="tidb-backup"),
    ),
)
def backup_job_keeps_its_credentials(backup: Subject) -> Iterator[str]:
    spec = backup.properties.section("spec")
    if backup.resource.type in kinds.TIDB_BACKUP_SCHEDULE:
        yield from known_first(TEMPLATES, lambda key: _credentials(spec.section(key), f"{key}: ") if key in spec else ())
    else:
        yield from _credentials(spec, "")


def _credentials(spec: Properties, place: str) -> Iterator[str]:
    if "serviceAccount" not in spec:
        yield f"{place}no service account is named"
    if "br" in spec and spec.section("br").flag("sendCredToTikv", default=True):
        yield f"{place}credentials are sent to TiKV"


_OPERATOR = "altinity-clickhouse-operator"


def _release(chart: str, values: dict[str, Any]) -> Example:
    return Example.of_inputs(kinds.HELM_RELEASE[0], {"chart": chart, "values": values})


@rule(
    "sec-48",
    on=kinds.HELM_RELEASE,
    severity=Severity.CRITICAL,
    waivable=False,
    why="The ClickHouse operator makes itself a user in every database, with a name and a password that are printed in its chart.",
    fix="Set the chart's value secret.password to a generated secret, or secret.create: false beside a secret of your own.",
    controls=("pci-dss-4.0:2.2.2",),
    bad=(
        _release(_OPERATOR, {}),
        _release(_OPERATOR, {"secret": {"username": "meridian"}}),
        _release(f"oci://example.com/charts/{_OPERATOR}", {"secret": {"password": "clickhouse_operator_password"}}),
    ),
    good=(
        _release(_OPERATOR, {"secret": {"password": "generated"}}),
        _release(_OPERATOR, {"secret": {"create": False}}),
        _release("karpenter", {}),
    ),
)
def operator_has_a_password_of_its_own(release: Subject) -> Iterator[str]:
    if release.properties.text("chart").rsplit("/", 1)[-1] != _OPERATOR:
        return
    secret = release.properties.section("values").section("secret")
    if secret.flag("create", default=True) and secret.text("password", "clickhouse_operator_password") == "clickhouse_operator_password":
        yield "the operator's password is the one printed in its chart"
