"""The contract's names: Istio's own conventions, and prefixes that External Secrets may read."""

from components.location import Location
from components.platform import ingress
from components.platform.external_secrets import reading_policy


def test_istio_names_the_service_after_gateway_and_class() -> None:
    assert ingress.INGRESS_SERVICE == "public-istio"


def test_the_authority_stands_where_istio_looks_for_it() -> None:
    assert f"{ingress.ORIGIN_TLS_SECRET}-cacert" == ingress.ORIGIN_PULL_CA_SECRET


def test_external_secrets_may_read_each_of_them() -> None:
    readable = reading_policy(Location(account_id="111122223333", region="eu-west-1"), "meridian-a")["Statement"][0]["Resource"]
    prefix = readable.removesuffix("*").rpartition("secret:")[2]
    names = [name("meridian-a") for name in (ingress.tunnel_secret, ingress.origin_tls_secret, ingress.origin_pull_ca_secret)]
    assert all(name.startswith(prefix) for name in names)
    assert len(set(names)) == len(names)
