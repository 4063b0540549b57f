"""A region with a mesh and two namespaces in it: one of workloads, one that encrypts by itself."""

from typing import Any

from components.platform.addon import Delivery
from components.platform.mesh import Mesh, MeshArgs
from components.platform.mesh_spec import MeshSpec
from components.platform.network_policy import OpenPort
from components.platform.traffic import TrafficSplit, TrafficSplitArgs, TrafficSplitSpec
from components.platform.workload_namespace import WorkloadNamespace, WorkloadNamespaceArgs, WorkloadNamespaceSpec
from meridian.plan import Plan
from tests.components.cluster.surroundings import Region, region_plan

ISTIO_CRDS = "istio/crd-all.gen.yaml"
EXTERNAL = {
    "payments": {"hosts": ["api.stripe.com", "files.stripe.com"], "callers": ["shop"]},
    "mail": {"hosts": ["smtp.example.com"], "port": 465, "callers": ["post", "shop"]},
}
SPLIT = {
    "service": "orders",
    "weights": {"v1": 95, "v2": 5, "v3": 0},
    "cohorts": {"v2": {"name": "x-cohort", "value": "beta"}},
    "mirror": {"version": "v3", "percent": 10},
    "hostnames": ["eu.api.example.com"],
}


def mesh(region: Region, delivery: Delivery = Delivery.HELM, **knobs: Any) -> Mesh:
    """The mesh of the region."""
    spec = MeshSpec.from_yaml({"external": EXTERNAL, **knobs})
    return Mesh("mesh", MeshArgs(spec=spec, cluster=region.cluster, nodes=region.node_group(), delivery=delivery))


def build(region: Region, delivery: Delivery = Delivery.HELM) -> None:
    """Everything."""
    made = mesh(region, delivery)
    knobs = {"exposed": True, "calls_outside": True, "client_namespaces": ["web"], "called_namespaces": ["stock"]}
    database = OpenPort(port=4000, to_namespaces=("tidb",), reason="SQL.")
    shop = WorkloadNamespaceArgs(spec=WorkloadNamespaceSpec.from_yaml(knobs), namespace="shop", mesh=made, ports=(database,))
    space = WorkloadNamespace("shop", shop)
    cache = WorkloadNamespaceSpec.from_yaml({"encryption": "native_tls"})
    WorkloadNamespace(
        "queue", WorkloadNamespaceArgs(spec=cache, namespace="queue", mesh=made, ports=(OpenPort(port=9093, reason="Kafka."),))
    )
    TrafficSplit("orders", TrafficSplitArgs(spec=TrafficSplitSpec.from_yaml(SPLIT), namespace="shop", after=space.resources))


def mesh_plan(delivery: Delivery = Delivery.HELM) -> Plan:
    """Plan of everything."""
    return region_plan(lambda region: build(region, delivery))
