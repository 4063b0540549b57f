"""A region with what a ClickHouse needs beside it."""

import functools
from typing import Any
from xml.etree import ElementTree

from components.data.backup import BackupSpec
from components.data.bucket import DataBucket, DataBucketArgs, DataBucketSpec
from components.data.clickhouse.clickhouse import ClickHouse, ClickHouseArgs
from components.data.clickhouse.spec import ClickHouseSpec
from components.data.storage import Storage, StorageArgs
from components.platform.cert_manager import CertManager, CertManagerArgs
from components.platform.external_secrets import ExternalSecrets, ExternalSecretsArgs
from components.tags import DataClass
from meridian.plan import Plan, Planned
from tests.components.cluster.surroundings import KEY, ZONES, Region, region_plan

BUCKET = "meridian-data-eu-west-1"
INSTALLATION = "kubernetes:clickhouse.altinity.com/v1:ClickHouseInstallation"
KEEPER = "kubernetes:clickhouse-keeper.altinity.com/v1:ClickHouseKeeperInstallation"
DATA_TAINT = {"key": "reserved-for", "value": "data"}
SYSTEM_NODES, DATA_NODES = "system", "data"


def clickhouse(region: Region, backup: dict[str, Any] | None = None, **knobs: Any) -> ClickHouse:
    """A ClickHouse with these knobs, as YAML spells them."""
    nodes = region.node_group(DATA_NODES, taints=[DATA_TAINT], placement="per_zone")
    system = region.node_group(SYSTEM_NODES)
    bucket = DataBucketArgs(
        spec=DataBucketSpec.from_yaml({"tiered_prefixes": ["clickhouse/backup/"]}),
        location=region.cluster.location,
        bucket_name=BUCKET,
        key_arn=KEY,
        data_class=DataClass.PERSONAL,
        jurisdiction="IE",
        rpo_minutes=60,
    )
    return ClickHouse(
        "clickhouse",
        ClickHouseArgs(
            spec=ClickHouseSpec.from_yaml(knobs),
            cluster=region.cluster,
            nodes=nodes,
            storage=Storage("storage", StorageArgs(volume_key_arn=KEY)),
            cert_manager=CertManager("cert-manager", CertManagerArgs(cluster=region.cluster, nodes=system)),
            external_secrets=ExternalSecrets("external-secrets", ExternalSecretsArgs(cluster=region.cluster, nodes=system)),
            bucket=DataBucket("bucket", bucket),
            key_arn=KEY,
            backup=BackupSpec.from_yaml({"rpo_minutes": 60, **(backup or {})}),
        ),
    )


def clickhouse_plan(backup: dict[str, Any] | None = None, *, zones: tuple[str, ...] = ZONES, mode: str = "update", **knobs: Any) -> Plan:
    """The Plan of a ClickHouse in its region."""
    return region_plan(lambda region: clickhouse(region, backup, **knobs), zones=zones, mode=mode)


@functools.cache
def default_plan() -> Plan:
    """The Plan of a ClickHouse as it is without knobs; made once for all modules."""
    return clickhouse_plan()


def manifest(row: Planned) -> dict[str, Any]:
    """What goes to the API server."""
    return {key: row.inputs[key] for key in ("apiVersion", "kind", "metadata", "spec")}


def installation_spec(plan: Plan) -> dict[str, Any]:
    """Spec of the ClickHouseInstallation."""
    return plan.find(INSTALLATION, "clickhouse-installation").inputs["spec"]


def keeper_spec(plan: Plan) -> dict[str, Any]:
    """Spec of the ClickHouseKeeperInstallation."""
    return plan.find(KEEPER, "clickhouse-keeper").inputs["spec"]


def xml(text: str) -> ElementTree.Element:
    """A configuration file of ours."""
    return ElementTree.fromstring(text)
