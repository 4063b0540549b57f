"""Add-ons of a cluster: a chart at its pinned version, delivered by Helm or by Argo CD with equal values."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from components.base import Component
from components.catalog import Chart
from components.cluster.helm import chart_release
from components.cluster.node_group import NodeGroup

ARGO_CD_NAMESPACE = "argocd"
"""Where Argo CD watches for Applications (Argo CD, declarative setup)."""
IN_CLUSTER = "https://kubernetes.default.svc"
"""The cluster that Argo CD itself runs in, as a destination."""


class Delivery(StrEnum):
    """Who installs an add-on's chart and keeps it as it is declared."""

    HELM = "helm"
    """A Helm release, made by Pulumi. What Argo CD itself and all before it need."""
    ARGO_CD = "argo_cd"
    """An Application, which Argo CD syncs and heals."""


@dataclass(frozen=True, kw_only=True)
class AddonArgs:
    """Wires of an Addon."""

    chart: Chart
    """Chart at its version, from the catalogue."""
    namespace: str
    """Namespace it is installed into; it exists, or is named in `after`."""
    values: Mapping[str, Any]
    """Values of the chart. The same for both deliveries."""
    after: Sequence[pulumi.Resource] = ()
    """What must exist before: namespace, identity, CRDs."""
    delivery: Delivery = Delivery.HELM
    """Who installs it."""
    skip_crds: bool = False
    """Whether the chart's own CRD folder is left out, because the CRDs are resources of their own."""
    set_at_run_time: bool = False
    """Whether its controller sets authority and failure policy of its own webhooks, so that Argo CD must not set them back."""


class Addon(Component, token="meridian:platform:Addon"):
    """One release of one chart; finished when its workloads are ready, so that what follows finds its webhooks and CRDs."""

    def __init__(self, name: str, args: AddonArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        before = self.after(*args.after)
        if args.delivery is Delivery.HELM:
            installed: pulumi.Resource = chart_release(
                f"{name}-chart", args.chart, namespace=args.namespace, values=args.values, skip_crds=args.skip_crds, opts=before
            )
        else:
            installed = _application(f"{name}-application", args, before)
        self.resources: tuple[pulumi.Resource, ...] = (installed,)
        self._seal()


def node_placement(nodes: NodeGroup) -> dict[str, Any]:
    """Chart values that put a pod on the nodes of the group; most charts call them so."""
    return {
        "nodeSelector": dict(nodes.node_selector),
        "tolerations": [{"key": "CriticalAddonsOnly", "operator": "Exists"}, *nodes.tolerations],
    }


_SET_BY_CONTROLLERS = [
    {
        "group": "admissionregistration.k8s.io",
        "kind": kind,
        "jqPathExpressions": [".webhooks[]?.clientConfig.caBundle", ".webhooks[]?.failurePolicy"],
    }
    for kind in ("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration")
]
"""What istiod changes of its webhooks once it is ready (istio#52785, helm-charts#2516). Helm itself leaves it alone: it compares charts."""
_INSTALLED = ["jsonpath={.status.sync.status}=Synced", "jsonpath={.status.health.status}=Healthy"]
"""Both: an Application that has not synced yet has nothing that could be ill, and is Healthy (pulumi-kubernetes, waitFor takes a list)."""


def _application(name: str, args: AddonArgs, opts: pulumi.ResourceOptions) -> kubernetes.apiextensions.CustomResource:
    """An Application of Argo CD 3; the finalizer lets its deletion take along what it installed (Argo CD, app deletion)."""
    return kubernetes.apiextensions.CustomResource(
        name,
        api_version="argoproj.io/v1alpha1",
        kind="Application",
        metadata=kubernetes.meta.v1.ObjectMetaArgs(
            name=args.chart.name,
            namespace=ARGO_CD_NAMESPACE,
            finalizers=["resources-finalizer.argocd.argoproj.io/foreground"],
            annotations={"pulumi.com/waitFor": json.dumps(_INSTALLED)},
        ),
        spec={
            "project": "default",
            "source": _source(args),
            "destination": {"server": IN_CLUSTER, "namespace": args.namespace},
            "syncPolicy": {"automated": {"prune": True, "selfHeal": True}, "syncOptions": _sync_options(args)},
            **({"ignoreDifferences": _SET_BY_CONTROLLERS} if args.set_at_run_time else {}),
        },
        opts=opts,
    )


def _sync_options(args: AddonArgs) -> list[str]:
    """Without the last, Argo CD ignores the difference and sets the field back all the same (Argo CD, diff customization)."""
    return ["CreateNamespace=true", "ServerSideApply=true", *(["RespectIgnoreDifferences=true"] if args.set_at_run_time else [])]


def _source(args: AddonArgs) -> dict[str, Any]:
    """Where the chart is. Argo CD wants an OCI registry without scheme and without the chart's own name."""
    chart = args.chart
    oci = chart.repository.removeprefix("oci://").rpartition("/")[0]
    return {
        "repoURL": oci if chart.repository.startswith("oci://") else chart.repository,
        "chart": chart.name,
        "targetRevision": chart.version,
        "helm": {"releaseName": chart.name, "valuesObject": args.values, "skipCrds": args.skip_crds},
    }
