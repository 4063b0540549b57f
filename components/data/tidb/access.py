"""What a TiDB cluster needs beside itself in its namespace: rights of the backup jobs, and budgets against careless drains."""

from collections.abc import Sequence

import pulumi
import pulumi_kubernetes as kubernetes

from components.data.tidb.contract import BACKUP_ACCOUNT, Part, component_labels, component_name

DRAINED_AT_ONCE = 1
"""Pods of a component that a drain may take; 0 would stop every upgrade of the nodes for good (kubernetes-sigs/karpenter#2802)."""


def backup_rights(prefix: str, namespace: str, opts: pulumi.ResourceOptions) -> tuple[pulumi.Resource, ...]:
    """Role and binding of the backup account, after tidb-operator v1.6.6, backup-rbac.yaml, less its wildcard on events."""
    metadata = kubernetes.meta.v1.ObjectMetaArgs(name=BACKUP_ACCOUNT, namespace=namespace)
    role = kubernetes.rbac.v1.Role(
        f"{prefix}-role",
        metadata=metadata,
        rules=[
            kubernetes.rbac.v1.PolicyRuleArgs(
                api_groups=[""], resources=["events"], verbs=["create", "get", "list", "patch", "update", "watch"]
            ),
            kubernetes.rbac.v1.PolicyRuleArgs(
                api_groups=["pingcap.com"], resources=["backups", "restores", "compactbackups"], verbs=["get", "watch", "list", "update"]
            ),
        ],
        opts=opts,
    )
    binding = kubernetes.rbac.v1.RoleBinding(
        f"{prefix}-binding",
        metadata=metadata,
        role_ref=kubernetes.rbac.v1.RoleRefArgs(api_group="rbac.authorization.k8s.io", kind="Role", name=BACKUP_ACCOUNT),
        subjects=[kubernetes.rbac.v1.SubjectArgs(kind="ServiceAccount", name=BACKUP_ACCOUNT, namespace=namespace)],
        opts=opts,
    )
    return role, binding


def disruption_budgets(
    prefix: str, namespace: str, member: str, parts: Sequence[Part], opts: pulumi.ResourceOptions
) -> list[kubernetes.policy.v1.PodDisruptionBudget]:
    """One budget for each component of a TidbCluster: the operator makes none."""
    return [
        kubernetes.policy.v1.PodDisruptionBudget(
            f"{prefix}-{component_name(member, part)}-budget",
            metadata=kubernetes.meta.v1.ObjectMetaArgs(name=component_name(member, part), namespace=namespace),
            spec=kubernetes.policy.v1.PodDisruptionBudgetSpecArgs(
                max_unavailable=DRAINED_AT_ONCE,
                selector=kubernetes.meta.v1.LabelSelectorArgs(match_labels=component_labels(member, part)),
            ),
            opts=opts,
        )
        for part in parts
    ]
