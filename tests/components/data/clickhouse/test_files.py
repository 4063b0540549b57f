"""ClickHouse's configuration, read as ClickHouse reads it."""

from components.data.clickhouse.files import SETTINGS, files, tls, users
from components.data.clickhouse.spec import ClickHouseSpec
from components.location import Location
from tests.components.data.clickhouse.surroundings import xml

LOCATION = Location(account_id="111122223333", region="eu-west-1")
SPEC = ClickHouseSpec()


def test_ports_without_tls_are_closed() -> None:
    opened = {key: value for key, value in SETTINGS.items() if key.endswith(("port", "port_secure")) and "/" not in key}
    assert opened == {
        "https_port": 8443,
        "tcp_port_secure": 9440,
        "interserver_https_port": 9010,
        "http_port": "_removed_",
        "tcp_port": "_removed_",
        "interserver_http_port": "_removed_",
        "mysql_port": "_removed_",
        "postgresql_port": "_removed_",
    }


def test_hot_then_cold_behind_a_cache() -> None:
    root = xml(files(SPEC, LOCATION, "bucket")["config.d/storage.xml"])
    policy = root.find("storage_configuration/policies/tiered")
    assert policy is not None
    volumes = policy.find("volumes")
    assert volumes is not None
    assert [(volume.tag, volume.findtext("disk")) for volume in volumes] == [("hot", "default"), ("cold", "s3_cache")]
    assert policy.findtext("move_factor") == "0.2"
    cache = root.find("storage_configuration/disks/s3_cache")
    assert cache is not None
    assert (cache.findtext("type"), cache.findtext("disk")) == ("cache", "s3")
    assert int(cache.findtext("max_size") or 0) < SPEC.cache_gib * 1024**3
    assert SETTINGS["merge_tree/storage_policy"] == "tiered"


def test_each_replica_has_keys_of_its_own_and_no_key_in_the_file() -> None:
    disk = xml(files(SPEC, LOCATION, "bucket")["config.d/storage.xml"]).find("storage_configuration/disks/s3")
    assert disk is not None
    assert disk.findtext("endpoint") == "https://bucket.s3.eu-west-1.amazonaws.com/clickhouse/cold/{shard}/{replica}/"
    assert disk.findtext("use_environment_credentials") == "1"
    assert disk.findtext("region") == "eu-west-1"
    assert (disk.findtext("metadata_path") or "").endswith("/")  # clickhouse-backup#859
    assert {child.tag for child in disk} == {"type", "endpoint", "region", "use_environment_credentials", "metadata_path"}
    assert SETTINGS["merge_tree/allow_remote_fs_zero_copy_replication"] == 0


def test_peers_are_believed_by_the_authority_only() -> None:
    root = xml(tls("server", "client"))
    assert root.findtext("openSSL/client/verificationMode") == "strict"
    assert root.findtext("openSSL/client/invalidCertificateHandler/name") == "RejectCertificateHandler"
    assert root.findtext("openSSL/client/caConfig") == "/etc/clickhouse-certificates/ca.crt"
    assert root.findtext("openSSL/server/certificateFile") == "/etc/clickhouse-certificates/tls.crt"
    assert root.findtext("openSSL/server/privateKeyFile") == "/etc/clickhouse-certificates/tls.key"
    for side in ("server", "client"):
        assert root.findtext(f"openSSL/{side}/disableProtocols") == "sslv2,sslv3,tlsv1,tlsv1_1"
    assert [child.tag for child in xml(tls("client"))[0]] == ["client"]


def test_every_user_has_a_hash_from_the_secret_and_a_place_to_come_from() -> None:
    found = users(SPEC, ["100.64.0.0/16"])
    for user in ("administrator", "backup", "default", "realtime", "archive", "reports"):
        assert found[f"{user}/password_sha256_hex"] == {
            "valueFrom": {"secretKeyRef": {"name": "clickhouse-users", "key": f"{user}-sha256"}}
        }
    assert found["default/networks/ip"] == ["127.0.0.1", "::1"]
    assert found["realtime/networks/ip"] == ["127.0.0.1", "::1", "100.64.0.0/16"]
    assert not [key for key in found if key.endswith("/password")]


def test_a_workload_may_its_own_database_only() -> None:
    found = users(SPEC, [])
    assert found["reports/grants/query"] == ["GRANT ALL ON reports.*", "GRANT CLUSTER ON *.*"]
    assert found["administrator/access_management"] == 1
    assert [key for key in found if key.endswith("access_management")] == ["administrator/access_management"]
