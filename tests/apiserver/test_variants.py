"""What the region's own file does not ask for must be right as well: every knob turned, each on a server of its own."""

from collections.abc import Callable, Mapping

import pytest

from components.data.backup import BackupSpec
from components.data.tidb.restore import TidbRestore, TidbRestoreArgs, TidbRestoreSpec
from components.data.velero import Velero, VeleroArgs
from components.platform.addon import Delivery
from components.platform.cert_manager import CertManager, CertManagerArgs
from components.platform.external_secrets import ExternalSecrets, ExternalSecretsArgs
from meridian.plan import Plan
from tests.apiserver.judgement import judge, prepare
from tests.apiserver.objects import kubernetes_objects
from tests.apiserver.server import api_server
from tests.components.cluster.surroundings import Region, region_plan
from tests.components.data.clickhouse.surroundings import clickhouse_plan
from tests.components.data.test_bucket import build as bucket
from tests.components.data.tidb.region import Surroundings, tidb_plan
from tests.components.data.tidb.specs import EVERYTHING
from tests.components.platform.mesh_surroundings import mesh_plan
from tests.shared import shared

pytestmark = pytest.mark.apiserver

NEWEST = "1.36"
STAMP = "2026-11-20t01-00-00"


def add_ons(region: Region) -> None:
    """All that an Application of Argo CD brings."""
    nodes, how = region.node_group(), Delivery.ARGO_CD
    CertManager("cert-manager", CertManagerArgs(cluster=region.cluster, nodes=nodes, delivery=how))
    ExternalSecrets("external-secrets", ExternalSecretsArgs(cluster=region.cluster, nodes=nodes, delivery=how))
    Velero("velero", VeleroArgs(spec=BackupSpec(), cluster=region.cluster, nodes=nodes, bucket=bucket(), delivery=how))


def drill(around: Surroundings) -> None:
    """A small cluster that another one's backup is restored into."""
    into = around.tidb("drill", backup=None, restore_from="tidb", profile="dev")
    spec = TidbRestoreSpec(full=f"tidb-pd.tidb-2379-{STAMP}", log=f"log-{STAMP}", until="2026-11-20T08:30:00Z")
    TidbRestore("restore", TidbRestoreArgs(spec=spec, into=into))


PLANS: Mapping[str, Callable[[], Plan]] = {
    "add-ons by Argo CD": lambda: region_plan(add_ons),
    "mesh with workload namespaces": mesh_plan,
    "TiDB with all its parts": lambda: tidb_plan(lambda around: around.tidb(client_namespaces=["shop"], **EVERYTHING)),
    "TiDB restored": lambda: tidb_plan(drill),
    "ClickHouse for development": lambda: clickhouse_plan(profile="development", shards=1, replicas=1, client_namespaces=["shop"]),
}


@pytest.mark.parametrize("variant", PLANS)
def test_every_object_is_accepted(variant: str, seen: list[str]) -> None:
    shared("crds")
    objects = kubernetes_objects(PLANS[variant]())
    with api_server(NEWEST) as client:
        prepare(client, objects)
        judgements = [judge(client, each) for each in objects]
    wrong = [str(judgement) for judgement in judgements if not judgement.sound]
    assert not wrong, "\n\n".join(wrong)
    inside = sum(judgement.described for judgement in judgements)
    seen.append(f"{variant}: {len(judgements)} objects accepted, and {inside} pods and claims that they describe")
    seen += [f"  warned, {judgement.of}: {warning}" for judgement in judgements for warning in judgement.warnings]
