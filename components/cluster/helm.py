"""Helm releases as the cluster's components make them."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from components.catalog import Chart

TIMEOUT_SECONDS = 600
"""Twice Helm's default: on a new cluster images are pulled through one NAT gateway by all nodes at once."""


def chart_release(
    name: str,
    chart: Chart,
    *,
    namespace: str,
    values: Mapping[str, Any],
    opts: pulumi.ResourceOptions,
    skip_crds: bool = False,
) -> kubernetes.helm.v3.Release:
    """A release of a chart at its pinned version, undone as a whole when it does not become ready.

    A Release, not a Chart: hooks run and CRDs order themselves (pulumi-kubernetes#1023). Its name in the cluster is the chart's: names of
    what it makes derive from it, and others refer to those.
    """
    oci = chart.repository.startswith("oci://")
    return kubernetes.helm.v3.Release(
        name,
        name=chart.name,
        namespace=namespace,
        chart=chart.repository if oci else chart.name,
        version=chart.version,
        repository_opts=None if oci else kubernetes.helm.v3.RepositoryOptsArgs(repo=chart.repository),
        values=values,
        skip_crds=skip_crds,
        atomic=True,
        cleanup_on_fail=True,
        timeout=TIMEOUT_SECONDS,
        opts=opts,
    )
