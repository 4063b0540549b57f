"""The CRDs of tidb-operator, which no chart brings: applied by a job from the commit of the release (platform/crd_job.py)."""

from collections.abc import Mapping, Sequence
from typing import Any

from components.platform.crd_job import CrdJobArgs

COMMIT = "edf76fd646cbbb0c97e4eed51456bfedc24a4ca7"
"""Commit of tidb-operator's tag v1.6.6: a tag can move, a commit names its content."""
MANIFEST = f"https://raw.githubusercontent.com/pingcap/tidb-operator/{COMMIT}/manifests/crd.yaml"
"""All CRDs of the release."""
KINDS = (
    "backupschedules",
    "backups",
    "compactbackups",
    "dmclusters",
    "restores",
    "tidbclusters",
    "tidbdashboards",
    "tidbinitializers",
    "tidbmonitors",
    "tidbngmonitorings",
)
"""What the manifest holds, in plural."""
GROUP = "pingcap.com"
"""API group of all of them."""


def crd_names() -> list[str]:
    """Names of the CRDs."""
    return [f"{kind}.{GROUP}" for kind in KINDS]


def tidb_crds(namespace: str, tolerations: Sequence[Mapping[str, Any]] = ()) -> CrdJobArgs:
    """What the job applies, and the namespace and taints of its pod."""
    return CrdJobArgs(owner="tidb", namespace=namespace, manifests=(MANIFEST,), crds=crd_names(), tolerations=tolerations)
