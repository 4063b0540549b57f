"""Nodes for data stores: a group in every zone, bought on demand, for pods that own volumes and for nothing else."""

from collections.abc import Sequence

from pydantic import Field, field_validator

from components import catalog
from components.base import Spec
from components.cluster.launch_template import DiskSpec
from components.cluster.machine_image import OperatingSystem
from components.cluster.managed_group import CapacityType, Taint
from components.cluster.node_group import NodeGroupSpec, Placement
from components.network.address_plan import ZoneId

DATA_TAINT = Taint(key="dedicated", value="data")
"""Keeps pods away that own no data; a pool's stores tolerate it through `NodeGroup.tolerations`."""
DATA_LABEL = {"workload": "data"}
"""Label of the nodes, for dashboards and costs; stores find their nodes by the group's own label."""
FEWEST_ZONES = 3
"""A quorum of three lives through the loss of a zone only with one member in each of three."""


class DataPoolSpec(Spec):
    """Knobs of a pool of nodes for one data store or a few.

    A managed node group for each zone, not Karpenter: nobody consolidates or expires such nodes, an update drains them one by one and
    honours disruption budgets, and the zone a volume lies in always has a node for its pod (pingcap/tidb-operator#5644).
    """

    instance_types: tuple[str, ...] = Field(default=("r7g.4xlarge",), min_length=1, max_length=20)
    """Types in order of preference, each offered in all zones; 16 vCPU and 128 GiB carry one TiKV of 14 and 56 and what runs beside it
    (PingCAP, hardware and software requirements). The default is offered in three zones of every region, which its predecessor is not."""
    nodes_per_zone: int = Field(default=1, ge=1, le=100)
    """Nodes in each zone."""
    system: OperatingSystem = OperatingSystem.AL2023
    """Operating system."""
    disk: DiskSpec = DiskSpec()
    """Root volume of each node; data lies on volumes of its own."""

    @field_validator("instance_types")
    @classmethod
    def _keeps(cls, types: tuple[str, ...]) -> tuple[str, ...]:
        if burstable := [name for name in types if catalog.instance_type(name).family.startswith("t")]:
            raise ValueError(f"instance_types: {', '.join(burstable)} run out of CPU credit under load: use m, r, c or i types for data")
        return types

    def node_group(self) -> NodeGroupSpec:
        """The same as a node group: always so many nodes, with room for one more in each zone while an update replaces them."""
        return NodeGroupSpec(
            instance_types=self.instance_types,
            placement=Placement.PER_ZONE,
            capacity=CapacityType.ON_DEMAND,
            system=self.system,
            disk=self.disk,
            min_nodes=self.nodes_per_zone,
            max_nodes=self.nodes_per_zone + 1,
            labels=DATA_LABEL,
            taints=(DATA_TAINT,),
        )


def data_node_faults(spec: NodeGroupSpec, zones: Sequence[ZoneId]) -> list[str]:
    """One line for each reason why a group, however it was declared, must not carry a data store in production."""
    rules = {
        f"placement: {spec.placement}: a volume never leaves its zone, use {Placement.PER_ZONE}": spec.placement is not Placement.PER_ZONE,
        f"capacity: {spec.capacity}: two interruptions at once cost a quorum, use {CapacityType.ON_DEMAND}": spec.capacity
        is not CapacityType.ON_DEMAND,
        f"min_nodes: {spec.min_nodes}: a zone without nodes has no quorum member, use 1 or more": spec.min_nodes < 1,
        f"taints: none: pods without data would crowd the nodes, add {DATA_TAINT.key}={DATA_TAINT.value}": not spec.taints,
        f"zones: {', '.join(zones)}: a quorum outlives a zone only over {FEWEST_ZONES} or more": len(set(zones)) < FEWEST_ZONES,
    }
    return [fault for fault, broken in rules.items() if broken]
