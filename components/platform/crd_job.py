"""CRDs that no chart brings: applied inside the cluster, from the commit of a release, before all that needs them.

What was weighed. `yaml.ConfigFile` reads its address while the program runs: no preview without a network. `yaml.v2.ConfigFile` is built
by the provider, which the embedded engine has none of, so its children could not be planned or judged. Copies in this repository would be
megabytes of somebody else's. A job is an ordinary object: planned offline, judged by every rule, and waited for by Pulumi, so that it ends
only when the API server serves the kinds (pulumi/pulumi-kubernetes#3188: a finished release does not mean that). Applied on the server's
side: long CRDs do not fit into the annotation that a client-side apply leaves. What it made stays when it goes: with a CRD, every object of
its kind would be deleted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

KUBECTL = "registry.k8s.io/kubectl:v1.36.1@sha256:d08f476d04d0e30f426f06bc6ff6c38913aaa4591943046b77e2f74a72d3611c"
"""The Kubernetes project's own image, by digest. Its kubectl speaks `apiextensions.k8s.io/v1` with every supported API server."""
ACCOUNT = "crd-installer"
"""Service account of the job, and last part of the names of its role and binding."""
NOBODY = 65532
"""User of images without a shell."""


@dataclass(frozen=True, kw_only=True)
class CrdJobArgs:
    """What the job applies, and where it runs."""

    owner: str
    """Whose CRDs they are; first part of the cluster-wide names of its role and binding."""
    namespace: str
    """Its namespace."""
    manifests: Sequence[str]
    """Addresses of what it applies, each pinned to a commit: a tag can move, a commit names its content."""
    crds: Sequence[str]
    """Names of all CRDs in them; it may touch no others."""
    tolerations: Sequence[Mapping[str, Any]] = ()
    """Taints it bears."""


def crd_job(prefix: str, args: CrdJobArgs, opts: pulumi.ResourceOptions) -> tuple[pulumi.Resource, ...]:
    """Service account, rights on exactly these CRDs, and the job, which a new release replaces."""
    role_name = f"{args.owner}-{ACCOUNT}"
    account = kubernetes.core.v1.ServiceAccount(f"{prefix}-account", metadata=_metadata(ACCOUNT, args.namespace), opts=opts)
    role = kubernetes.rbac.v1.ClusterRole(f"{prefix}-role", metadata=_metadata(role_name), rules=_rules(args.crds), opts=opts)
    binding = kubernetes.rbac.v1.ClusterRoleBinding(
        f"{prefix}-binding",
        metadata=_metadata(role_name),
        role_ref=kubernetes.rbac.v1.RoleRefArgs(api_group="rbac.authorization.k8s.io", kind="ClusterRole", name=role_name),
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


def _rules(names: Sequence[str]) -> list[kubernetes.rbac.v1.PolicyRuleArgs]:
    """`create` cannot be bound to a name (Kubernetes, RBAC: referring to resources)."""
    rule = {"api_groups": ["apiextensions.k8s.io"], "resources": ["customresourcedefinitions"]}
    return [
        kubernetes.rbac.v1.PolicyRuleArgs(**rule, verbs=["create"]),
        kubernetes.rbac.v1.PolicyRuleArgs(**rule, verbs=["get", "list", "watch", "patch"], resource_names=list(names)),
    ]


def _pod(args: CrdJobArgs) -> kubernetes.core.v1.PodSpecArgs:
    names = [f"customresourcedefinition/{name}" for name in args.crds]
    files = [part for manifest in args.manifests for part in ("--filename", manifest)]
    return kubernetes.core.v1.PodSpecArgs(
        restart_policy="OnFailure",
        service_account_name=ACCOUNT,
        security_context=kubernetes.core.v1.PodSecurityContextArgs(
            run_as_non_root=True,
            run_as_user=NOBODY,
            run_as_group=NOBODY,
            seccomp_profile=kubernetes.core.v1.SeccompProfileArgs(type="RuntimeDefault"),
        ),
        tolerations=[kubernetes.core.v1.TolerationArgs(**toleration) for toleration in args.tolerations],
        init_containers=[_kubectl("apply", "apply", "--server-side", "--force-conflicts", *files)],
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
