"""The default StorageClass, as Kubernetes and the EBS CSI driver spell it."""

import pulumi
import pulumi_kubernetes as kubernetes

from components.cluster.storage_class import default_storage_class
from tests.components.cluster.ireland import VOLUME_KEY
from tests.deploy import deploy


def test_claims_without_class_get_encrypted_gp3_in_the_pods_zone() -> None:
    def build() -> None:
        provider = kubernetes.Provider("kubernetes", kubeconfig="{}")
        default_storage_class("storage-gp3", VOLUME_KEY, pulumi.ResourceOptions(provider=provider))

    made = deploy(build)["storage-gp3"].inputs
    assert (made["apiVersion"], made["kind"]) == ("storage.k8s.io/v1", "StorageClass")
    assert made["metadata"]["name"] == "gp3"
    assert made["metadata"]["annotations"] == {"storageclass.kubernetes.io/is-default-class": "true"}
    assert made["provisioner"] == "ebs.csi.aws.com"
    assert made["parameters"] == {"type": "gp3", "encrypted": "true", "kmsKeyId": VOLUME_KEY}
    assert made["volumeBindingMode"] == "WaitForFirstConsumer"
    assert made["allowVolumeExpansion"] is True
    assert made["reclaimPolicy"] == "Delete"
