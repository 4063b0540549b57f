"""What a server says of objects, one by one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.apiserver.client import Client, Refused
from tests.apiserver.definitions import DEFINITION, install_definitions, wait_until_served
from tests.apiserver.objects import KubernetesObject, undeclared_namespaces
from tests.apiserver.templates import described


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What the server said of one object."""

    of: KubernetesObject
    refusal: str = ""
    """Empty when the server took it."""
    existed: bool = False
    """The server had it already."""
    warnings: tuple[str, ...] = ()
    described: int = 0
    """Pods and volume claims that the object describes for others to make, accepted too."""

    @property
    def sound(self) -> bool:
        """Whether the server took the object, as a new one."""
        return not (self.refusal or self.existed)

    def __str__(self) -> str:
        """The object, and what is wrong with it."""
        words = [self.refusal, *self.warnings, "existed before, so two resources are one object" if self.existed else ""]
        return "\n".join([f"{self.of}:", *filter(None, words)])


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """What had to be on the server before the objects."""

    definitions: Sequence[str]
    namespaces: Sequence[str]


def prepare(client: Client, objects: Iterable[KubernetesObject]) -> Prepared:
    """Install what objects need and do not bring: definitions that operators' charts would, namespaces that charts or Kubernetes make."""
    every = tuple(objects)
    namespaces = tuple(undeclared_namespaces(every))
    for name in namespaces:
        client.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}, "tests")
    return Prepared(definitions=install_definitions(client, [each.manifest for each in every]), namespaces=namespaces)


def make_default_account(client: Client, namespace: str) -> None:
    """What a controller makes in every namespace, and pods that name no account of their own need; left as it is where it exists."""
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}}
    answer = client.ask("POST", f"/api/v1/namespaces/{namespace}/serviceaccounts", account)
    assert not answer.refused or answer.body["reason"] == "AlreadyExists", answer.message


def judge(client: Client, each: KubernetesObject) -> Judgement:
    """Apply an object, and on trial what it describes."""
    try:
        answer = client.apply(each.manifest, each.resource)
        templates = tuple(described(each.manifest))
        for template in templates:
            make_default_account(client, template["metadata"]["namespace"])
            client.apply(template, each.resource, dry_run=True)
    except Refused as refused:
        return Judgement(of=each, refusal=str(refused))
    if each.manifest["kind"] == DEFINITION:
        wait_until_served(client, each.manifest)
    return Judgement(of=each, existed=answer.status != 201, warnings=answer.warnings, described=len(templates))
