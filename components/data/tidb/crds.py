"""The CRDs of tidb-operator, which no chart brings: applied inside the cluster, from the commit of the release, before all that needs them.

What was weighed. `yaml.ConfigFile` reads its address while the program runs: no preview without a network. `yaml.v2.ConfigFile` is built
by the provider, which the embedded engine has none of, so its children could not be planned or judged. A copy in this repository would be
2.9 MB of somebody else's. A job is an ordinary object: planned offline, judged by every rule, and waited for by Pulumi, so that it ends
only when the API server serves the kinds (pulumi/pulumi-kubernetes#3188: a finished release does not mean that). Applied on the server's
side: the CRD of TidbCluster is too long for the annotation that a client-side apply leaves. What it made stays when it goes: with a CRD,
every database declared by it would be deleted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

KUBECTL = "registry.k8s.io/kubectl:v1.36.1@sha256:d08f476d04d0e30f426f06bc6ff6c38913aaa4591943046b77e2f74a72d3611c"
"""The Kubernetes project's own image, by digest. Its kubectl speaks `apiextensions.k8s.io/v1` with every supported API server."""
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
ACCOUNT = "crd-installer"
"""Service account, role and binding of the job."""
NOBODY = 65532
"""User of images without a shell."""


@dataclass(frozen=True, kw_only=True)
class CrdJobArgs:
    """Where the job runs."""

    namespace: str
    """Its namespace."""
    tolerations: Sequence[Mapping[str, Any]] = ()
    """Taints it bears."""


def crd_names() -> list[str]:
    """Names of the CRDs."""
    return [f"{kind}.{GROUP}" for kind in KINDS]


def crd_job(prefix: str, args: CrdJobArgs, opts: pulumi.ResourceOptions) -> tuple[pulumi.Resource, ...]:
    """Service account, rights on exactly these CRDs, and the job, which a new release replaces."""
    account = kubernetes.core.v1.ServiceAccount(f"{prefix}-account", metadata=_metadata(ACCOUNT, args.namespace), opts=opts)
    role = kubernetes.rbac.v1.ClusterRole(f"{prefix}-role", metadata=_metadata(f"tidb-{ACCOUNT}"), rules=_rules(), opts=opts)
    binding = kubernetes.rbac.v1.ClusterRoleBinding(
        f"{prefix}-binding",
        metadata=_metadata(f"tidb-{ACCOUNT}"),
        role_ref=kubernetes.rbac.v1.RoleRefArgs(api_group="rbac.authorization.k8s.io", kind="ClusterRole", name=f"tidb-{ACCOUNT}"),
        subjects=[kubernetes.rbac.v1.SubjectArgs(kind="ServiceAccount", name=ACCOUNT, namespace=args.namespace)],
        opts=opts,
    )
    after = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[account, role, binding]))
    job = kubernetes.batch.v1.Job(
        f"{prefix}-job",
        metadata=kubernetes.meta.v1.ObjectMetaArgs(namespace=args.namespace),
        spec=kubernetes.batch.v1.JobSpecArgs(
            backoff_limit=6,
            template=kubernetes.core.v1.PodTemplateSpecArgs(
                metadata=kubernetes.meta.v1.ObjectMetaArgs(labels={"app.kubernetes.io/name": ACCOUNT}), spec=_pod(args)
            ),
        ),
        opts=after,
    )
    return account, role, binding, job


def _rules() -> list[kubernetes.rbac.v1.PolicyRuleArgs]:
    """`create` cannot be bound to a name (Kubernetes, RBAC: referring to resources)."""
    rule = {"api_groups": ["apiextensions.k8s.io"], "resources": ["customresourcedefinitions"]}
    return [
        kubernetes.rbac.v1.PolicyRuleArgs(**rule, verbs=["create"]),
        kubernetes.rbac.v1.PolicyRuleArgs(**rule, verbs=["get", "list", "watch", "patch"], resource_names=crd_names()),
    ]


def _pod(args: CrdJobArgs) -> kubernetes.core.v1.PodSpecArgs:
    names = [f"customresourcedefinition/{name}" for name in crd_names()]
    return kubernetes.core.v1.PodSpecArgs(
        restart_policy="OnFailure",
        service_account_name=ACCOUNT,
        security_context=kubernetes.core.v1.PodSecurityContextArgs(
            run_as_non_root=True, run_as_user=NOBODY, seccomp_profile=kubernetes.core.v1.SeccompProfileArgs(type="RuntimeDefault")
        ),
        tolerations=[kubernetes.core.v1.TolerationArgs(**toleration) for toleration in args.tolerations],
        init_containers=[_kubectl("apply", "apply", "--server-side", "--force-conflicts", "--filename", MANIFEST)],
        containers=[_kubectl("wait", "wait", "--for=condition=Established", "--timeout=120s", *names)],
        volumes=[kubernetes.core.v1.VolumeArgs(name="cache", empty_dir=kubernetes.core.v1.EmptyDirVolumeSourceArgs())],
    )


def _kubectl(name: str, *arguments: str) -> kubernetes.core.v1.ContainerArgs:
    size = {"cpu": "100m", "memory": "256Mi"}
    return kubernetes.core.v1.ContainerArgs(
        name=name,
        image=KUBECTL,
        args=[*arguments, "--cache-dir=/tmp/cache"],
        resources=kubernetes.core.v1.ResourceRequirementsArgs(requests=size, limits=size),
        security_context=kubernetes.core.v1.SecurityContextArgs(
            allow_privilege_escalation=False,
            read_only_root_filesystem=True,
            capabilities=kubernetes.core.v1.CapabilitiesArgs(drop=["ALL"]),
        ),
        volume_mounts=[kubernetes.core.v1.VolumeMountArgs(name="cache", mount_path="/tmp")],
    )


def _metadata(name: str, namespace: str | None = None) -> kubernetes.meta.v1.ObjectMetaArgs:
    return kubernetes.meta.v1.ObjectMetaArgs(name=name, namespace=namespace)
