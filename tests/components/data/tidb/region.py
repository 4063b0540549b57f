"""A region with everything that TiDB hangs on, for the tests of what it makes."""

from collections.abc import Callable
from typing import Any

from components.data.backup import BackupSpec
from components.data.bucket import DataBucket
from components.data.storage import Storage, StorageArgs
from components.data.tidb.operator import TidbOperator, TidbOperatorArgs
from components.data.tidb.tidb import Tidb, TidbArgs
from components.platform.cert_manager import CertManager, CertManagerArgs
from meridian.plan import Plan
from tests.components.cluster.surroundings import KEY, Region, region_plan
from tests.components.data import test_bucket
from tests.components.data.tidb.specs import tidb_spec

DATA_TAINT = {"key": "dedicated", "value": "data", "effect": "NoSchedule"}
BACKUP = BackupSpec()


class Surroundings:
    """Nodes, operator, storage, certificates and bucket."""

    def __init__(self, region: Region) -> None:
        self.region = region
        self.system = region.node_group()
        self.nodes = region.node_group("data", placement="per_zone", instance_types=["r7g.4xlarge"], taints=[DATA_TAINT])
        self.operator = TidbOperator("tidb-operator", TidbOperatorArgs(cluster=region.cluster, nodes=self.system))
        self.storage = Storage("storage", StorageArgs(volume_key_arn=KEY))
        self.cert_manager = CertManager("cert-manager", CertManagerArgs(cluster=region.cluster, nodes=self.system))
        self.bucket: DataBucket = test_bucket.build()

    def tidb(self, name: str = "tidb", *, backup: BackupSpec | None = BACKUP, restore_from: str | None = None, **knobs: Any) -> Tidb:
        """A TiDB with these knobs, as YAML spells them."""
        args = TidbArgs(
            spec=tidb_spec(name=name, **knobs),
            cluster=self.region.cluster,
            nodes=self.nodes,
            operator=self.operator,
            storage=self.storage,
            cert_manager=self.cert_manager,
            bucket=self.bucket,
            key_arn=KEY,
            backup=backup,
            restore_from=restore_from,
        )
        return Tidb(name, args)


def tidb_plan(build: Callable[[Surroundings], object], **surroundings: Any) -> Plan:
    """The Plan of what `build` makes in such a region."""
    return region_plan(lambda region: build(Surroundings(region)), **surroundings)
