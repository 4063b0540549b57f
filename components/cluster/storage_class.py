"""The StorageClass that claims get which name none: EKS has shipped none since 1.30."""

import pulumi
import pulumi_kubernetes as kubernetes

NAME = "gp3"
"""Name by which claims may ask for it."""


def default_storage_class(name: str, volume_key_arn: pulumi.Input[str], opts: pulumi.ResourceOptions) -> kubernetes.storage.v1.StorageClass:
    """Encrypted gp3 volumes, made where the pod lands: a volume never leaves its zone, bound any earlier it may lie in another."""
    return kubernetes.storage.v1.StorageClass(
        name,
        metadata=kubernetes.meta.v1.ObjectMetaArgs(name=NAME, annotations={"storageclass.kubernetes.io/is-default-class": "true"}),
        provisioner="ebs.csi.aws.com",
        parameters={"type": "gp3", "encrypted": "true", "kmsKeyId": volume_key_arn},
        volume_binding_mode="WaitForFirstConsumer",
        allow_volume_expansion=True,
        reclaim_policy="Delete",
        opts=opts,
    )
