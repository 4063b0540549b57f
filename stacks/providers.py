"""The only place where providers are made: each bound to one account, one region, one cluster."""

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from components import catalog
from components.cluster.eks import EksCluster
from components.tags import default_tags
from stacks.spec import RegionSpec


def aws_provider(spec: RegionSpec) -> aws.Provider:
    """AWS in the spec's account and region. Credentials of another account are refused before anything is made."""
    tags = default_tags(spec.tags, environment=spec.environment, jurisdiction=catalog.region(spec.region).jurisdiction)
    return aws.Provider(
        "aws", region=spec.region, allowed_account_ids=[spec.account_id], default_tags=aws.ProviderDefaultTagsArgs(tags=tags)
    )


def kubernetes_provider(cluster: EksCluster) -> kubernetes.Provider:
    """The region's cluster.

    The kubeconfig is unknown until the cluster exists, so a first preview cannot reach it. Once it is gone (destroyed from outside), its
    objects leave the state instead of blocking `pulumi destroy` (pulumi-kubernetes, deleteUnreachable). The identifier keeps a new endpoint
    or certificate authority from replacing every object (pulumi-kubernetes#2374).
    """
    return kubernetes.Provider(
        "kubernetes",
        kubeconfig=cluster.kubeconfig,
        cluster_identifier=cluster.cluster_name,
        delete_unreachable=True,
        enable_server_side_apply=True,
        opts=pulumi.ResourceOptions(depends_on=cluster.access),
    )
