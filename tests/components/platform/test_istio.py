"""Names that mesh and namespaces share."""

import pulumi

from components.platform.istio import BY_WAYPOINT, OUT_OF_MESH, PROBE_BLOCKS, WAYPOINT, waypoint, workload_principal
from tests.deploy import deploy


def test_a_waypoint_is_done_when_it_can_be_sent_to() -> None:
    made = deploy(lambda: waypoint("shop-waypoint", "shop", pulumi.ResourceOptions()))["shop-waypoint"].inputs
    assert made["metadata"] == {
        "name": WAYPOINT,
        "namespace": "shop",
        "labels": {"istio.io/waypoint-for": "service"},
        "annotations": {"pulumi.com/waitFor": "condition=Programmed"},
    }
    assert BY_WAYPOINT["istio.io/use-waypoint"] == made["metadata"]["name"]


def test_identities_are_spelt_without_scheme() -> None:
    """Istio, AuthorizationPolicy, source.principals."""
    assert workload_principal("cluster", "shop", "web") == "cluster/ns/shop/sa/web"


def test_probes_come_from_the_addresses_that_istio_documents() -> None:
    assert PROBE_BLOCKS == ("169.254.7.127/32", "fd16:9254:7127:1337:ffff:ffff:ffff:ffff/128")


def test_databases_are_out_of_both_kinds_of_mesh() -> None:
    assert OUT_OF_MESH == {"istio.io/dataplane-mode": "none", "istio-injection": "disabled"}
