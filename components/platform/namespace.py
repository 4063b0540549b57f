"""Namespaces with a Pod Security level, for everything that does not go into kube-system."""

from collections.abc import Mapping
from typing import Literal

import pulumi
import pulumi_kubernetes as kubernetes

from components.naming import Kind, physical_name

PodSecurity = Literal["restricted", "baseline", "privileged"]
"""Pod Security Standards (Kubernetes, pod security standards)."""
NO_MESH = {"istio-injection": "disabled"}
"""Label of namespaces whose software encrypts by itself: a sidecar between databases breaks them (pingcap/tidb-operator#4445)."""


def pod_security_labels(level: PodSecurity) -> dict[str, str]:
    """Labels by which the API server enforces the level and warns and audits at the strictest one."""
    prefix = "pod-security.kubernetes.io"
    return {f"{prefix}/enforce": level, f"{prefix}/warn": "restricted", f"{prefix}/audit": "restricted"}


def secured_namespace(
    name: str, namespace: str, level: PodSecurity, opts: pulumi.ResourceOptions, labels: Mapping[str, str] | None = None
) -> kubernetes.core.v1.Namespace:
    """The namespace with the labels of its level.

    Raises:
        ValueError: Kubernetes does not take the name, which is also the value of a label.
    """
    physical_name(Kind.KUBERNETES_LABEL, physical_name(Kind.KUBERNETES_OBJECT, namespace))
    return kubernetes.core.v1.Namespace(
        name,
        metadata=kubernetes.meta.v1.ObjectMetaArgs(name=namespace, labels={**pod_security_labels(level), **(labels or {})}),
        opts=opts,
    )
