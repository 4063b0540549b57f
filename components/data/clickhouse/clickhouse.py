"""ClickHouse in a region: analytics over shards with a replica in each zone, hot rows on EBS, cold ones in S3."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from components import catalog
from components.base import Component
from components.cluster.eks import EksCluster
from components.cluster.node_group import NodeGroup
from components.data.backup import BackupSpec
from components.data.bucket import DataBucket
from components.data.clickhouse import contract
from components.data.clickhouse.backup import SCRIPT as BACKUP_SCRIPT
from components.data.clickhouse.backup import cron_jobs, cron_name, rpo_faults, sidecar
from components.data.clickhouse.backup import script as backup_script
from components.data.clickhouse.client import CONFIG_KEY, client_config
from components.data.clickhouse.databases import SCRIPT as DATABASES_SCRIPT
from components.data.clickhouse.databases import job
from components.data.clickhouse.databases import script as databases_script
from components.data.clickhouse.installation import installation
from components.data.clickhouse.keeper import keeper, members
from components.data.clickhouse.operator import CHART, chart_values, operator_faults
from components.data.clickhouse.ports import open_ports
from components.data.clickhouse.secrets import passwords
from components.data.clickhouse.spec import ClickHouseProfile, ClickHouseSpec, clickhouse_faults
from components.data.namespace import DataNamespace, DataNamespaceArgs
from components.data.s3_access import Engine, S3Access, S3AccessArgs
from components.data.storage import Storage
from components.platform.addon import Addon, AddonArgs, Delivery
from components.platform.cert_manager import CertManager, certificate
from components.platform.external_secrets import ExternalSecrets

START_MINUTES = 60
"""The operator brings hosts up one after another, on nodes that may have to be started first."""
COMPLETED = {"pulumi.com/waitFor": "jsonpath={.status.status}=Completed"}
"""Both kinds are finished when the operator has reconciled every host."""


@dataclass(frozen=True, kw_only=True)
class ClickHouseArgs:
    """Wires of a ClickHouse."""

    spec: ClickHouseSpec
    """Knobs."""
    cluster: EksCluster
    """The cluster it runs in; its network has the zones."""
    nodes: NodeGroup
    """Data nodes, one group per zone, of `clickhouse_sizing.nodes_per_zone` or more."""
    storage: Storage
    """Storage classes."""
    cert_manager: CertManager
    """Whose authority signs the certificates."""
    external_secrets: ExternalSecrets
    """Which makes the passwords."""
    bucket: DataBucket
    """Where cold rows and backups go."""
    key_arn: pulumi.Input[str]
    """KMS key of the bucket."""
    backup: BackupSpec
    """Backup policy."""
    delivery: Delivery = Delivery.HELM
    """Who installs the operator's chart."""


class ClickHouse(Component, token="meridian:data:ClickHouse"):
    """Namespace, operator, Keeper, installation, databases and backups of one ClickHouse.

    Loss of a zone: every shard has replicas in the others, and Keeper its majority; inserts that were acknowledged by one replica only wait
    for it. Volumes outlive claims, claims outlive the installation, and Pulumi refuses to delete Keeper and installation in production.

    Raises:
        ValueError: the zones do not bear the spec, the backup policy cannot be kept, or the catalogue's operator is one that loses data.
    """

    namespace: str
    """Where it runs."""
    sql_host: str
    """Where clients connect to, with TLS."""
    users_secret: str
    """Secret with the users' passwords, in the namespace."""

    def __init__(self, name: str, args: ClickHouseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        if faults := _faults(args):
            raise ValueError(f"ClickHouse '{args.spec.cluster_name}': {'; '.join(faults)}")
        super().__init__(name, opts)
        spec = args.spec
        space = DataNamespace(
            f"{name}-namespace",
            DataNamespaceArgs(namespace=contract.NAMESPACE, ports=open_ports(spec), after=args.nodes.resources),
            self.child,
        )
        secrets = passwords(name, spec.users, self.after(*space.resources, *args.external_secrets.resources))
        certificates = self._certificates(name, args, space.resources)
        operator = self._operator(name, args, (*space.resources, *secrets, *certificates))
        access = S3Access(f"{name}-access", _access(args, space), self.child)
        before = (*operator.resources, *access.resources, *args.storage.resources, *args.nodes.resources)
        quorum = _declared(f"{name}-keeper", _KEEPER, keeper(spec, args.nodes), self._guarded(args, before))
        server = _declared(f"{name}-installation", _INSTALLATION, _installation(args), self._guarded(args, (*before, quorum)))
        self.resources: tuple[pulumi.Resource, ...] = (server, *self._scripts(name, args, server))
        self.namespace, self.users_secret = contract.NAMESPACE, contract.USERS_SECRET
        self.sql_host = contract.full_name(contract.client_service())
        self._seal()

    def _certificates(self, name: str, args: ClickHouseArgs, space: Sequence[pulumi.Resource]) -> list[pulumi.Resource]:
        spec = args.spec
        hosts = [contract.host(spec.cluster_name, shard, replica) for shard in range(spec.shards) for replica in range(spec.replicas)]
        services = {
            "server": (contract.SERVER_CERTIFICATE, [contract.client_service(), *hosts]),
            "keeper": (contract.KEEPER_CERTIFICATE, [contract.keeper_service(), *members(spec)]),
        }
        return [
            certificate(
                f"{name}-{part}-certificate",
                namespace=contract.NAMESPACE,
                secret_name=secret,
                common_name=secret,
                dns_names=contract.certificate_names(names),
                usages=("server auth", "client auth"),
                opts=self.after(*space, *args.cert_manager.resources),
            )
            for part, (secret, names) in services.items()
        ]

    def _operator(self, name: str, args: ClickHouseArgs, before: Sequence[pulumi.Resource]) -> Addon:
        """After the secrets that it reads when it starts: its password, and the authority it believes."""
        return Addon(
            f"{name}-operator",
            AddonArgs(
                chart=catalog.chart(CHART),
                namespace=contract.NAMESPACE,
                values=chart_values(args.nodes),
                after=(*before, *args.nodes.resources),
                delivery=args.delivery,
            ),
            self.child,
        )

    def _guarded(self, args: ClickHouseArgs, before: Sequence[pulumi.Resource]) -> pulumi.ResourceOptions:
        """Options of Keeper and installation: deleted before the operator, whose finalizer they wait for."""
        return pulumi.ResourceOptions(
            parent=self,
            depends_on=before,
            protect=args.spec.profile is ClickHouseProfile.PRODUCTION,
            custom_timeouts=pulumi.CustomTimeouts(create=f"{START_MINUTES}m", update=f"{START_MINUTES}m"),
        )

    def _scripts(self, name: str, args: ClickHouseArgs, server: pulumi.Resource) -> list[pulumi.Resource]:
        """What speaks SQL to it: the job that makes the databases, and the cron jobs of the backups."""
        spec = args.spec
        data = {CONFIG_KEY: client_config(), BACKUP_SCRIPT: backup_script(), DATABASES_SCRIPT: databases_script(spec)}
        config = kubernetes.core.v1.ConfigMap(
            f"{name}-client", metadata=_metadata(contract.CLIENT_CONFIG), data=data, opts=self.after(server)
        )
        databases = kubernetes.batch.v1.Job(
            f"{name}-databases", metadata=_metadata(None), spec=job(spec, args.nodes), opts=self.after(server, config)
        )
        crons = [
            kubernetes.batch.v1.CronJob(
                f"{name}-backup-{kind}", metadata=_metadata(cron_name(kind)), spec=cron, opts=self.after(server, config)
            )
            for kind, cron in cron_jobs(spec, args.backup, args.nodes).items()
        ]
        return [databases, *crons]


_KEEPER = (contract.KEEPER_API, "ClickHouseKeeperInstallation", contract.KEEPER)
_INSTALLATION = (contract.INSTALLATION_API, "ClickHouseInstallation", contract.INSTALLATION)


def _declared(
    name: str, kind: tuple[str, str, str], spec: dict[str, Any], opts: pulumi.ResourceOptions
) -> kubernetes.apiextensions.CustomResource:
    """A custom resource by API, kind and physical name."""
    api, word, physical = kind
    metadata = kubernetes.meta.v1.ObjectMetaArgs(name=physical, namespace=contract.NAMESPACE, annotations=COMPLETED)
    return kubernetes.apiextensions.CustomResource(name, api_version=api, kind=word, metadata=metadata, spec=spec, opts=opts)


def _faults(args: ClickHouseArgs) -> list[str]:
    """What the wires say against the spec; whether the stack is production, only `stacks` knows."""
    return [
        *clickhouse_faults(args.spec, args.cluster.vpc.zones, production=False),
        *rpo_faults(args.backup.rpo_minutes),
        *operator_faults(catalog.chart(CHART).version),
    ]


def _installation(args: ClickHouseArgs) -> dict[str, Any]:
    location, bucket = args.cluster.location, args.bucket.name
    beside = sidecar(location, bucket, args.key_arn, args.backup)
    return installation(
        args.spec, args.nodes, location=location, bucket_name=bucket, pod_blocks=args.cluster.vpc.pod_cidr_blocks, sidecar=beside
    )


def _access(args: ClickHouseArgs, space: DataNamespace) -> S3AccessArgs:
    return S3AccessArgs(
        cluster=args.cluster,
        namespace=contract.NAMESPACE,
        service_account=contract.SERVICE_ACCOUNT,
        bucket=args.bucket,
        prefix=contract.BUCKET_PREFIX,
        engine=Engine.CLICKHOUSE,
        after=space.resources,
    )


def _metadata(name: str | None) -> kubernetes.meta.v1.ObjectMetaArgs:
    return kubernetes.meta.v1.ObjectMetaArgs(name=name, namespace=contract.NAMESPACE)
