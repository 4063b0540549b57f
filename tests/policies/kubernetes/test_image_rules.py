"""What the examples of image rules do not show: how references are read, and settings."""

from datetime import date

import pytest

from policies.core import kinds
from policies.core.example import example, resource
from policies.core.judge import judge
from policies.core.registry import rules
from policies.core.settings import Settings
from policies.core.verdict import Verdict

DIGEST = "@sha256:" + "0" * 64


def messages(image: str, settings: Settings | None = None) -> list[str]:
    pod = resource(kinds.POD[0], {"spec": {"containers": [{"name": "api", "image": image}]}})
    chosen = [rule for rule in rules("kubernetes") if rule.id == "k8s-09"]
    judged = judge(example(pod).stack(ids_known=True), chosen, (), date(2026, 11, 20), settings or Settings())
    return [each.message for each in judged if each.verdict is Verdict.FAIL]


def test_a_port_is_no_tag() -> None:
    assert messages("mirror.example:5000/api") == [
        "api runs mirror.example:5000/api, which is neither in the account's own registry nor listed",
        "api runs mirror.example:5000/api by no tag, which may be another image tomorrow",
    ]


@pytest.mark.parametrize("image", ["pingcap/tidb:v8.5.7", "docker.io/pingcap/tidb:v8.5.7", f"pingcap/tidb{DIGEST}"])
def test_listed_images_come_by_version_or_digest(image: str) -> None:
    assert messages(image) == []


@pytest.mark.parametrize("image", ["bitnami/redis:8", "docker.io/bitnamilegacy/redis:8", f"quay.io/bitnami/redis{DIGEST}"])
def test_barred_images_are_barred_wherever_they_come_from(image: str) -> None:
    assert "which nobody patches" in messages(image)[0]


def test_lists_are_settings() -> None:
    assert messages("ghcr.io/shop/api:1.2.3", Settings(listed_images=frozenset({"ghcr.io/shop/*"}))) == []
    assert messages("pingcap/tidb:v8.5.7", Settings(listed_images=frozenset())) != []
