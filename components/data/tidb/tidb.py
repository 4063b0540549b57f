"""TiDB in a region: a SQL database over three zones that loses one of them and no transaction, with backups to any moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from components.base import Component
from components.cluster.eks import EksCluster
from components.cluster.node_group import NodeGroup
from components.data.backup import BackupSpec
from components.data.bucket import DataBucket
from components.data.namespace import DataNamespace, DataNamespaceArgs
from components.data.s3_access import Engine, S3Access, S3AccessArgs
from components.data.storage import Storage
from components.data.tidb.access import backup_rights, disruption_budgets
from components.data.tidb.backup import BackupTarget, backup_schedule, key_option
from components.data.tidb.bootstrap import bootstrap_statements
from components.data.tidb.cluster import Placement, clusters, common_name
from components.data.tidb.contract import API_VERSION, BACKUP_ACCOUNT, BOOTSTRAP_KEY, PORTS, Part, component_name, schedule_name
from components.data.tidb.operator import TidbOperator
from components.data.tidb.ports import open_ports
from components.data.tidb.spec import TidbSpec, members, tidb_faults
from components.data.tidb.tls import component_certificates, issue, sql_certificates
from components.platform.cert_manager import CertManager

READY = {"pulumi.com/waitFor": "condition=Ready"}
"""A TidbCluster is finished when all its members are up; its conditions say so."""
START_MINUTES = 30
"""PD, then TiKV, then TiDB, on nodes that may have to be started first."""


@dataclass(frozen=True, kw_only=True)
class TidbArgs:
    """Wires of a Tidb."""

    spec: TidbSpec
    """Knobs."""
    cluster: EksCluster
    """The cluster it runs in; its network has the zones."""
    nodes: NodeGroup
    """Data nodes, one group per zone."""
    operator: TidbOperator
    """The operator, with its CRDs."""
    storage: Storage
    """Storage classes."""
    cert_manager: CertManager
    """Whose authority signs the certificates."""
    bucket: DataBucket
    """Where backups go."""
    key_arn: pulumi.Input[str]
    """KMS key of the bucket."""
    backup: BackupSpec | None
    """Backup policy; none only for a cluster that is itself restored from one."""
    restore_from: str | None = None
    """Name of the cluster whose backups this new one may read; its own name is another."""


class Tidb(Component, token="meridian:data:Tidb"):
    """Namespace, certificates, TidbCluster, disruption budgets and backups of one TiDB.

    Loss of a zone: the leaders there are elected anew elsewhere within about 20 seconds, and nothing acknowledged is lost (PingCAP,
    multiple availability zones in one region). Clusters and their volumes outlive a deleted claim; Pulumi refuses to delete the cluster.

    Raises:
        ValueError: the region's zones or its Kubernetes do not bear the spec, or it has neither a backup nor a source to be restored from.
    """

    cluster_name: str
    """Name of the TidbCluster and its namespace."""
    sql_host: str
    """Where SQL clients connect to inside the cluster, with TLS."""
    sql_port: int
    """Port there."""

    def __init__(self, name: str, args: TidbArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        if faults := _faults(args):
            raise ValueError(f"TiDB '{args.spec.name}': {'; '.join(faults)}")
        super().__init__(name, opts)
        spec = args.spec
        self.cluster_name = spec.name
        self.restore_source = _target(args, args.restore_from) if args.restore_from else None
        namespace = DataNamespace(
            f"{name}-namespace",
            DataNamespaceArgs(namespace=spec.name, ports=open_ports(spec), pod_security="baseline", after=args.nodes.resources),
            self.child,
        )
        access = S3Access(f"{name}-access", _access(args, namespace), self.child)
        rights = backup_rights(f"{name}-backup", spec.name, self.after(*namespace.resources))
        certificates = self._certificates(name, args, namespace)
        before = (*access.resources, *rights, *certificates, *args.operator.resources, *args.storage.resources, *args.nodes.resources)
        tidb_clusters = self._clusters(name, args, before)
        budgets = [
            budget
            for member in members(spec).items()
            for budget in disruption_budgets(name, spec.name, *member, self.after(*namespace.resources))
        ]
        self.resources: tuple[pulumi.Resource, ...] = (*tidb_clusters, *budgets, *access.resources, *rights)
        if args.backup:
            self._schedule(name, args, args.backup)
        front = Part.TIPROXY if spec.tiproxy_pods else Part.TIDB
        self.sql_host, self.sql_port = f"{component_name(spec.name, front)}.{spec.name}.svc", PORTS[front]["sql"]
        self._seal()

    def _certificates(self, name: str, args: TidbArgs, namespace: DataNamespace) -> list[kubernetes.apiextensions.CustomResource]:
        spec = args.spec
        wanted = [
            certificate
            for member, parts in members(spec).items()
            for certificate in component_certificates(member, spec.name, parts, common_name(spec))
        ]
        wanted += sql_certificates(spec.name, spec.name, members(spec)[spec.name])
        return issue(name, spec.name, wanted, self.after(*namespace.resources, *args.cert_manager.resources))

    def _clusters(self, name: str, args: TidbArgs, before: Sequence[pulumi.Resource]) -> list[kubernetes.apiextensions.CustomResource]:
        """The main cluster, then the warm one, which joins its PD."""
        spec = args.spec
        statements = kubernetes.core.v1.ConfigMap(
            f"{name}-bootstrap",
            metadata=kubernetes.meta.v1.ObjectMetaArgs(name=f"{spec.name}-bootstrap", namespace=spec.name),
            data={BOOTSTRAP_KEY: bootstrap_statements(spec)},
            opts=self.after(*before),
        )
        place = Placement(zones=len(args.cluster.vpc.zones), node_selector=args.nodes.node_selector, tolerations=args.nodes.tolerations)
        made: list[kubernetes.apiextensions.CustomResource] = []
        for member, manifest in clusters(spec, place, f"{spec.name}-bootstrap").items():
            opts = pulumi.ResourceOptions(
                parent=self,
                depends_on=[*before, statements, *made],
                protect=args.backup is not None,
                custom_timeouts=pulumi.CustomTimeouts(create=f"{START_MINUTES}m"),
            )
            made.append(_resource(f"{name}-{member}", "TidbCluster", physical=member, namespace=spec.name, spec=manifest, opts=opts))
        return made

    def _schedule(self, name: str, args: TidbArgs, backup: BackupSpec) -> None:
        """Deleted before the access it needs: its clean-up jobs run as that account, and the namespace waits for them."""
        manifest = backup_schedule(
            _target(args, args.spec.name),
            schedule=backup.full_schedule,
            retention_days=backup.retention_days,
            compact_hours=args.spec.compact_hours,
        )
        _resource(
            f"{name}-schedule",
            "BackupSchedule",
            physical=schedule_name(args.spec.name),
            namespace=args.spec.name,
            spec=manifest,
            opts=self.after(*self.resources),
        )


def _faults(args: TidbArgs) -> list[str]:
    """What the wires say against the spec; whether the stack is production, only `stacks` knows."""
    zones, minor = len(args.cluster.vpc.zones), args.cluster.version
    faults = tidb_faults(args.spec, zones=zones, kubernetes=minor, production=False)
    if not args.backup and not args.restore_from:
        faults.append("backup: none, but only a cluster with restore_from goes without: name a backup policy")
    if args.restore_from == args.spec.name:
        faults.append("restore_from: is the cluster itself: a restore goes into a new one of another name")
    return faults


def _target(args: TidbArgs, cluster: str) -> BackupTarget:
    return BackupTarget(
        cluster=cluster,
        version=args.spec.version,
        bucket=args.bucket.name,
        region=args.cluster.location.region,
        key_option=key_option(args.key_arn),
        tolerations=args.nodes.tolerations,
    )


def _access(args: TidbArgs, namespace: DataNamespace) -> S3AccessArgs:
    return S3AccessArgs(
        cluster=args.cluster,
        namespace=args.spec.name,
        service_account=BACKUP_ACCOUNT,
        bucket=args.bucket,
        prefix=f"{_target(args, args.restore_from or args.spec.name).folder}/",
        engine=Engine.TIDB,
        after=namespace.resources,
    )


def _resource(
    name: str, kind: str, *, physical: str, namespace: str, spec: Mapping[str, Any], opts: pulumi.ResourceOptions
) -> kubernetes.apiextensions.CustomResource:
    return kubernetes.apiextensions.CustomResource(
        name,
        api_version=API_VERSION,
        kind=kind,
        metadata=kubernetes.meta.v1.ObjectMetaArgs(name=physical, namespace=namespace, annotations=READY if kind == "TidbCluster" else {}),
        spec=spec,
        opts=opts,
    )
