"""Karpenter's NodePools and EC2NodeClasses as plain manifests, `karpenter.sh/v1` and `karpenter.k8s.aws/v1` of 1.14."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import yaml

from components.cluster.gpu_runtime import NODE_LABELS, GpuRuntime
from components.cluster.karpenter_pool_spec import TRAITS, KarpenterPoolSpec, PoolKind, gpu_types
from components.cluster.machine_image import DATA_DEVICE, OperatingSystem
from components.cluster.user_data import node_config
from components.network.address_plan import ZoneId

MAX_PODS = 110
"""Pods per node, which prefix delegation makes possible; Karpenter does not see that by itself (Karpenter 1.14, EC2NodeClass, max pods).
110 is what EKS gives nodes of up to 30 vCPU, and Kubernetes' own recommendation for all."""
OLDEST_GENERATION = 6
"""Instance generation: older ones do less work for the same money (catalogue, prices)."""
MOST_VCPU = 64
"""Size of the largest CPU node: the loss of one must stay bearable."""


@dataclass(frozen=True, kw_only=True)
class NodeClassArgs:
    """What every node class of a cluster shares."""

    instance_profile: pulumi.Input[str]
    """Name of the instance profile with the node role."""
    ami_date: str
    """Release of the AL2023 images; an alias with it picks the NVIDIA image for GPU types by itself."""
    subnet_ids: Sequence[pulumi.Input[str]]
    """Subnets by id: tags could be on others too (terraform-aws-eks FAQ)."""
    security_group_id: pulumi.Input[str]
    """EKS's cluster security group, by id for the same reason."""
    volume_key_arn: pulumi.Input[str]
    """KMS key of the volumes."""
    tags: Mapping[str, str]
    """Tags of what Karpenter starts."""


def node_class(pool: KarpenterPoolSpec, args: NodeClassArgs) -> dict[str, Any]:
    """`spec` of the pool's EC2NodeClass."""
    disk = pool.disk
    spec: dict[str, Any] = {
        "amiSelectorTerms": [{"alias": f"al2023@v{args.ami_date}"}],
        "instanceProfile": args.instance_profile,
        "subnetSelectorTerms": [{"id": subnet} for subnet in args.subnet_ids],
        "securityGroupSelectorTerms": [{"id": args.security_group_id}],
        "associatePublicIPAddress": False,
        "metadataOptions": {
            "httpEndpoint": "enabled",
            "httpProtocolIPv6": "disabled",
            "httpPutResponseHopLimit": 1,
            "httpTokens": "required",
        },
        "blockDeviceMappings": [
            {
                "deviceName": DATA_DEVICE[OperatingSystem.AL2023],
                "rootVolume": True,
                "ebs": {
                    "volumeType": "gp3",
                    "volumeSize": f"{disk.size_gib}Gi",
                    "iops": disk.iops,
                    "throughput": disk.throughput,
                    "encrypted": True,
                    "kmsKeyID": args.volume_key_arn,
                    "deleteOnTermination": True,
                },
            }
        ],
        "detailedMonitoring": True,
        "kubelet": {"maxPods": MAX_PODS},
        "tags": dict(args.tags),
    }
    if pool.kind is PoolKind.GPU:
        spec["instanceStorePolicy"] = "RAID0"
        spec["userData"] = yaml.safe_dump(dict(node_config(local_disks=False)), sort_keys=False)
    return spec


def node_pool(name: str, pool: KarpenterPoolSpec, region: str, zones: Sequence[ZoneId]) -> dict[str, Any]:
    """`spec` of the pool's NodePool; `name` is that of its node class."""
    traits = TRAITS[pool.kind]
    limits = {"cpu": str(pool.cpu_limit), "memory": f"{pool.memory_limit_gib}Gi", "nvidia.com/gpu": str(pool.gpu_limit)}
    return {
        "template": {
            "metadata": {
                "labels": dict(NODE_LABELS[GpuRuntime.DEVICE_PLUGIN]) if pool.kind is PoolKind.GPU else {"pool-kind": pool.kind.value}
            },
            "spec": {
                "nodeClassRef": {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": name},
                "requirements": _requirements(pool, region, zones),
                "taints": [{"key": taint.key, "value": taint.value, "effect": taint.effect.value} for taint in traits.taints],
                "expireAfter": f"{pool.expire_hours}h",
                "terminationGracePeriod": f"{traits.drain_minutes}m",
            },
        },
        "disruption": {
            "consolidationPolicy": traits.consolidation,
            "consolidateAfter": traits.idle,
            "budgets": [dict(budget) for budget in traits.budgets],
        },
        "limits": {resource: limit for resource, limit in limits.items() if resource != "nvidia.com/gpu" or pool.gpu_limit},
    }


def _requirements(pool: KarpenterPoolSpec, region: str, zones: Sequence[ZoneId]) -> list[dict[str, Any]]:
    traits = TRAITS[pool.kind]
    common = {
        "kubernetes.io/os": ["linux"],
        "kubernetes.io/arch": [pool.architecture.value],
        "karpenter.sh/capacity-type": [traits.capacity_type],
        "topology.k8s.aws/zone-id": list(zones),
    }
    if pool.kind is PoolKind.GPU:
        return _one_of(common | {"node.kubernetes.io/instance-type": gpu_types(pool, region)})
    return [
        *_one_of(common | {"karpenter.k8s.aws/instance-category": list(traits.categories)}),
        {"key": "karpenter.k8s.aws/instance-generation", "operator": "Gte", "values": [str(OLDEST_GENERATION)]},
        {"key": "karpenter.k8s.aws/instance-cpu", "operator": "Lte", "values": [str(MOST_VCPU)]},
    ]


def _one_of(values: Mapping[str, list[str]]) -> list[dict[str, Any]]:
    return [{"key": key, "operator": "In", "values": allowed} for key, allowed in values.items()]
