"""Machines and pods as tests plant them."""

from typing import Any

from meridian.analysis.machines import Machine
from meridian.analysis.pod import Pod


def machine(name: str, zone: str, cpu: int = 4000, *, taints: tuple[dict[str, str], ...] = (), **labels: str) -> Machine:
    """A node with 8 GiB and room for 20 pods."""
    return Machine(
        name=name,
        group="system",
        labels={"topology.kubernetes.io/zone": zone, "kubernetes.io/hostname": name, **labels},
        taints=taints,
        allocatable={"cpu": cpu, "memory": 8 * 2**30, "pods": 20, "nvidia.com/gpu": 0},
        vcpu=cpu // 1000,
        memory_gib=8,
        gpus=0,
    )


def pod(name: str, cpu: str = "1", *, spec: dict[str, Any] | None = None, **fields: Any) -> Pod:
    """A pod of 1 GiB, labelled `app: planted`."""
    container = {"name": "main", "resources": {"requests": {"cpu": cpu, "memory": "1Gi"}}}
    placed = {"containers": [container], **(spec or {})}
    return Pod(name=name, namespace="planted", owner="planted", labels={"app": "planted"}, spec=placed, **fields)
