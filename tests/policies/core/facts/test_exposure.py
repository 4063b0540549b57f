"""Which services face the internet (AWS Load Balancer Controller, NLB annotations; cloud-provider-aws, service annotations)."""

from typing import Any

import pytest

from policies.core import kinds
from policies.core.example import example, resource
from policies.core.facts import exposure
from policies.core.resource import Resource

PREFIX = "service.beta.kubernetes.io/aws-load-balancer"


def service(annotations: dict[str, str], **spec: Any) -> Resource:
    inputs = {"metadata": {"annotations": annotations}, "spec": {"type": "LoadBalancer", **spec}}
    return example(resource(kinds.SERVICE[0], inputs)).stack(ids_known=True).resources[0]


@pytest.mark.parametrize(
    ("annotations", "spec", "public"),
    [
        ({}, {}, True),
        ({}, {"type": "ClusterIP"}, False),
        ({f"{PREFIX}-internal": "true"}, {}, False),
        ({f"{PREFIX}-internal": "false"}, {}, True),
        ({f"{PREFIX}-type": "nlb"}, {}, True),
        ({f"{PREFIX}-type": "external"}, {}, False),
        ({f"{PREFIX}-type": "external", f"{PREFIX}-scheme": "internet-facing"}, {}, True),
        ({}, {"loadBalancerClass": "service.k8s.aws/nlb"}, False),
        ({}, {"loadBalancerClass": "eks.amazonaws.com/nlb"}, False),
        ({f"{PREFIX}-scheme": "internal"}, {}, False),
    ],
)
def test_who_faces_the_internet(annotations: dict[str, str], spec: dict[str, str], *, public: bool) -> None:
    assert exposure.is_public(service(annotations, **spec)) is public


def test_ranges_are_read_in_both_spellings() -> None:
    found = exposure.source_ranges(
        service({f"{PREFIX}-source-ranges": "10.0.0.0/8, 192.0.2.0/24"}, loadBalancerSourceRanges=["203.0.113.0/24"])
    )
    assert list(found) == ["203.0.113.0/24", "10.0.0.0/8", "192.0.2.0/24"]


def test_an_ingress_names_its_services() -> None:
    paths = [{"backend": {"service": {"name": "api"}}}]
    ingress = resource(kinds.INGRESS[0], {"spec": {"rules": [{"http": {"paths": paths}}], "defaultBackend": {"service": {"name": "home"}}}})
    assert list(exposure.backends(example(ingress).stack(ids_known=True).resources[0])) == ["api", "home"]
