"""A restore of a TiDB cluster to a moment, from its full backups and its log: into a new cluster, never over a living one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as kubernetes
from pydantic import Field, field_validator

from components.base import Component, Spec
from components.data.tidb.backup import point_in_time_restore
from components.data.tidb.contract import API_VERSION
from components.data.tidb.spec import TidbSpec
from components.data.tidb.tidb import Tidb

STAMP = r"\d{4}-\d{2}-\d{2}t\d{2}-\d{2}-\d{2}"
"""How the operator ends the name of a backup's folder."""
LONGEST_HOURS = 24
"""Snapshots come in at about 280 GB an hour and TiKV node, the log at 30 (PingCAP, BR performance)."""


class TidbRestoreSpec(Spec):
    """Knobs of a TidbRestore: which backup, which log, which moment. `kubectl get backup -n <cluster>` lists both."""

    full: str = Field(pattern=rf"^[a-z0-9.-]+-pd\.[a-z0-9-]+-2379-{STAMP}$")
    """Folder of the full backup, below `full/`: `<cluster>-pd.<namespace>-2379-<time>`."""
    log: str = Field(pattern=rf"^log-{STAMP}$")
    """Folder of the log, below `log/`: `log-<time at which it was started>`."""
    until: str
    """The moment to restore to, in UTC, as `2026-11-20T08:30:00Z`: after the full backup, before the log's last checkpoint."""

    @field_validator("until")
    @classmethod
    def _utc(cls, moment: str) -> str:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z", moment):
            raise ValueError(f"{moment} is no moment in UTC: write it as 2026-11-20T08:30:00Z")
        return moment


class TidbDrillSpec(TidbRestoreSpec):
    """A restore into a scratch cluster as large as the one the backups are of; taken out of the stack file again, both go."""

    name: str = Field(default="drill", pattern=r"^[a-z]([a-z0-9-]*[a-z0-9])?$")
    """Name of the scratch cluster and of its namespace."""


def drill_faults(drill: TidbDrillSpec, tidb: TidbSpec | None) -> Iterator[str]:
    """Why there is nothing to be restored, or nothing to restore it into; each as `knob: what is allowed`."""
    if tidb is None:
        yield "full: there is no TiDB whose backups could be restored: name one under data.tidb"
    elif drill.name == tidb.name:
        yield f"name: '{drill.name}' is the living cluster: a restore goes into a new one of another name"


@dataclass(frozen=True, kw_only=True)
class TidbRestoreArgs:
    """Wires of a TidbRestore."""

    spec: TidbRestoreSpec
    """Knobs."""
    into: Tidb
    """New, empty cluster, made with `restore_from` so that it may read the backups."""


class TidbRestore(Component, token="meridian:data:TidbRestore"):
    """One point-in-time restore; with a cluster of its own, a drill.

    A drill is declared on demand: the stack file names the backup, `pulumi up` makes a scratch cluster and restores into it, and taking
    the lines out again removes both. By calendar it cannot be declared: which backup is the newest only the running cluster knows.

    Raises:
        ValueError: the cluster writes backups of its own, so it is no new one.
    """

    restore_name: str
    """Name of the Restore; `kubectl get restore -n <cluster>` tells how far it is."""

    def __init__(self, name: str, args: TidbRestoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        into = args.into
        if into.restore_source is None:
            raise ValueError(
                f"restore '{name}': '{into.cluster_name}' was made without restore_from: restore into a new cluster that has it"
            )
        super().__init__(name, opts)
        self.restore_name = f"{into.cluster_name}-restore"
        restore = kubernetes.apiextensions.CustomResource(
            f"{name}-restore",
            api_version=API_VERSION,
            kind="Restore",
            metadata=kubernetes.meta.v1.ObjectMetaArgs(
                name=self.restore_name, namespace=into.cluster_name, annotations={"pulumi.com/waitFor": "condition=Complete"}
            ),
            spec=point_in_time_restore(
                into.restore_source, into.cluster_name, full=args.spec.full, log=args.spec.log, until=args.spec.until
            ),
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=into.resources,
                custom_timeouts=pulumi.CustomTimeouts(create=f"{LONGEST_HOURS}h"),
                replace_on_changes=["spec"],
                delete_before_replace=True,
            ),
        )
        self.resources: tuple[pulumi.Resource, ...] = (restore,)
        self._seal()
