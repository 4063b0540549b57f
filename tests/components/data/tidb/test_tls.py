"""Certificates as PingCAP's page on TLS between components asks for them."""

from components.data.tidb.contract import Part
from components.data.tidb.tls import component_certificates, sql_certificates

PARTS = (Part.PD, Part.TIKV, Part.TIDB, Part.TIPROXY)


def test_each_component_has_one_and_the_client_one_more() -> None:
    found = component_certificates("basic", "shop", PARTS, "basic.tidb.meridian")
    assert [one.secret_name for one in found] == [
        "basic-pd-cluster-secret",
        "basic-tikv-cluster-secret",
        "basic-tidb-cluster-secret",
        "basic-tiproxy-cluster-secret",
        "basic-cluster-client-secret",
    ]
    assert {one.common_name for one in found} == {"basic.tidb.meridian"}


def test_names_of_a_component() -> None:
    pd = component_certificates("basic", "shop", PARTS, "x")[0]
    assert set(pd.dns_names) == {
        "basic-pd",
        "basic-pd.shop",
        "basic-pd.shop.svc",
        "basic-pd-peer",
        "basic-pd-peer.shop",
        "basic-pd-peer.shop.svc",
        "*.basic-pd-peer",
        "*.basic-pd-peer.shop",
        "*.basic-pd-peer.shop.svc",
    }
    assert pd.ip_addresses == ("127.0.0.1", "::1")
    assert pd.usages == ("server auth", "client auth")


def test_who_enters_shows_a_client_certificate_only() -> None:
    client = component_certificates("basic", "shop", PARTS, "x")[-1]
    assert (client.usages, client.dns_names) == (("client auth",), ())


def test_sql_clients_see_tidb_and_tiproxy_under_one_certificate() -> None:
    server, _ = sql_certificates("basic", "shop", PARTS)
    assert server.secret_name == "basic-tidb-server-secret"
    assert server.usages == ("server auth",)
    assert {"basic-tidb.shop.svc", "basic-tiproxy.shop.svc"} <= set(server.dns_names)
    without, _ = sql_certificates("basic", "shop", (Part.TIDB,))
    assert not any("tiproxy" in name for name in without.dns_names)
