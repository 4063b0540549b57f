"""The statements that TiDB runs when a cluster is first started, and never again."""

from components.data.tidb.cluster import HOT, TIER_LABEL
from components.data.tidb.spec import MEMBER_WARM, TidbSpec
from components.data.tidb.tls import ROOT


def bootstrap_statements(spec: TidbSpec) -> str:
    """TiDB creates `root` without a password, for every host: from the first second it shows the certificate of that subject instead.

    With warm stores, all data is bound to the hot ones and the policy `warm` is there for tables to name; without that binding PD would
    spread everything over both (PingCAP, placement rules in SQL).
    """
    statements = [f"ALTER USER 'root'@'%' REQUIRE SUBJECT '/CN={ROOT}'", "SET GLOBAL require_secure_transport = ON"]
    if spec.warm:
        statements += [_policy(HOT), f"ALTER RANGE global PLACEMENT POLICY {HOT}", _policy(MEMBER_WARM)]
    return "".join(f"{statement};\n" for statement in statements)


def _policy(tier: str) -> str:
    return f'CREATE PLACEMENT POLICY IF NOT EXISTS {tier} CONSTRAINTS="[+{TIER_LABEL}={tier}]"'
