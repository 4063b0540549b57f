"""Resources of a Plan become manifests, and so does what they describe; these tests need no server."""

import pulumi
import pulumi_kubernetes as kubernetes
import pytest

from tests.apiserver.objects import kubernetes_objects, undeclared_namespaces
from tests.apiserver.templates import described
from tests.deploy import deploy


def _config_map(resource: str, namespace: str, name: str | None = None) -> None:
    kubernetes.core.v1.ConfigMap(resource, metadata=kubernetes.meta.v1.ObjectMetaArgs(namespace=namespace, name=name), data={"a": "1"})


def test_an_object_is_what_the_resource_says() -> None:
    (found,) = kubernetes_objects(deploy(lambda: _config_map("settings", "data", name="engine")))
    assert found.manifest == {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "engine", "namespace": "data"},
        "data": {"a": "1"},
    }
    assert str(found) == "ConfigMap data/engine (resource 'settings')"


def test_a_custom_resource_keeps_its_own_version_and_kind() -> None:
    def build() -> None:
        kubernetes.apiextensions.CustomResource(
            "pool", api_version="karpenter.sh/v1", kind="NodePool", metadata={"name": "general"}, spec={"weight": 1}
        )

    (found,) = kubernetes_objects(deploy(build))
    assert (found.manifest["apiVersion"], found.manifest["kind"], found.manifest["spec"]) == ("karpenter.sh/v1", "NodePool", {"weight": 1})


def test_a_name_left_to_pulumi_is_made() -> None:
    (found,) = kubernetes_objects(deploy(lambda: _config_map("settings", "data")))
    assert found.manifest["metadata"] == {"name": "settings-1a2b3c4d", "namespace": "data"}


def test_a_release_is_no_object() -> None:
    assert kubernetes_objects(deploy(lambda: kubernetes.helm.v3.Release("chart", chart="x"))) == ()


def test_what_nobody_could_judge_is_an_error() -> None:
    with pytest.raises(ValueError, match="has no apiVersion and no kind"):
        kubernetes_objects(deploy(lambda: pulumi.CustomResource("kubernetes:kustomize/v9:Folder", "manifests", {"path": "."})))


def test_namespaces_that_nobody_declares() -> None:
    def build() -> None:
        kubernetes.core.v1.Namespace("data", metadata=kubernetes.meta.v1.ObjectMetaArgs(name="data"))
        _config_map("one", "data", name="one")
        _config_map("two", "kube-system", name="two")

    assert list(undeclared_namespaces(kubernetes_objects(deploy(build)))) == ["kube-system"]


def test_pods_and_claims_that_an_object_describes() -> None:
    pod = {"containers": [{"name": "main", "image": "x", "volumeMounts": [{"name": "data", "mountPath": "/data"}]}]}
    manifest = {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "engine", "namespace": "data"},
        "spec": {
            "template": {"metadata": {"labels": {"app": "engine"}}, "spec": pod},
            "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": {"storageClassName": "gp3-db"}}],
        },
    }
    claim, made = described(manifest)
    assert (claim["kind"], claim["spec"]) == ("PersistentVolumeClaim", {"storageClassName": "gp3-db"})
    assert made["metadata"] == {"name": "described", "namespace": "data", "labels": {"app": "engine"}}
    assert made["spec"] == {**pod, "volumes": [{"name": "data", "emptyDir": {}}]}


def test_a_pod_describes_no_other() -> None:
    assert list(described({"kind": "Pod", "metadata": {"namespace": "data"}, "spec": {"containers": []}})) == []
