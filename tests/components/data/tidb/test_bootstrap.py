"""The first statements: root is closed from the first second, tiers are bound."""

from components.data.tidb.bootstrap import bootstrap_statements
from components.data.tidb.tls import ROOT, sql_certificates
from tests.components.data.tidb.specs import EVERYTHING, tidb_spec


def test_root_needs_the_certificate_that_is_issued_for_it() -> None:
    """TiDB creates root with an empty password for every host."""
    assert f"ALTER USER 'root'@'%' REQUIRE SUBJECT '/CN={ROOT}';" in bootstrap_statements(tidb_spec())
    _, client = sql_certificates("tidb", "tidb", ())
    assert (client.secret_name, client.common_name) == ("tidb-tidb-client-secret", ROOT)


def test_plain_text_is_refused() -> None:
    assert "SET GLOBAL require_secure_transport = ON;" in bootstrap_statements(tidb_spec())


def test_all_data_is_hot_until_a_table_says_otherwise() -> None:
    with_warm = bootstrap_statements(tidb_spec(**EVERYTHING))
    assert "ALTER RANGE global PLACEMENT POLICY hot;" in with_warm
    assert 'CREATE PLACEMENT POLICY IF NOT EXISTS warm CONSTRAINTS="[+tier=warm]";' in with_warm
    assert "PLACEMENT" not in bootstrap_statements(tidb_spec())
