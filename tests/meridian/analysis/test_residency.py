"""The graph names every edge with its basis, and hides nothing that is refused or unknown."""

from meridian.analysis.residency import State, residency
from meridian.saved.estate import Estate
from policies.core import tokens
from policies.core.example import example, resource
from policies.core.settings import Settings

IRELAND = resource(tokens.AWS_PROVIDER, {"region": "eu-west-1", "defaultTags": '{"tags": {"data-class": "personal"}}'})


def vault(region: str) -> dict[str, str]:
    return {"destinationVaultArn": f"arn:aws:backup:{region}:123456789012:backup-vault:copies"}


def estate(*copies: dict[str, str]) -> Estate:
    plan = resource(tokens.BACKUP_PLAN, {"rules": [{"ruleName": "daily", "copyActions": list(copies)}]})
    return Estate(name="test", resources=example(plan, provider=IRELAND).stack(ids_known=False).resources)


def test_each_edge_has_its_basis_and_the_gravest_come_first() -> None:
    ways = residency([estate(vault("eu-central-1"), vault("us-east-1"))], Settings())
    assert [(way.state, way.destination) for way in ways] == [(State.REFUSED, "us-east-1"), (State.ALLOWED, "eu-central-1")]
    assert ways[0].basis == "no legal basis for personal data to leave IE for US"
    assert ways[1].basis.startswith("GDPR Art. 1(3)")
    assert ways[1].urn.endswith("::subject")


def test_what_is_unknown_is_said_and_hides_nothing() -> None:
    unknown = {"destinationVaultArn": "${provider.arn}"}
    ways = residency([estate(vault("us-east-1"), unknown)], Settings())
    assert [way.state for way in ways] == [State.REFUSED, State.UNDECIDED]
    assert "destinationVaultArn is not known yet" in ways[1].basis


def test_a_bucket_of_one_stack_tells_the_region_of_anothers_copies() -> None:
    destination = {"bucket": "arn:aws:s3:::copies"}
    source = example(resource(tokens.S3_REPLICATION, {"bucket": "b", "rules": [{"destination": destination}]}), provider=IRELAND)
    target = example(resource(tokens.S3_BUCKET, {"bucket": "copies", "region": "us-east-1"}))
    alone = Estate(name="one", resources=source.stack(ids_known=True).resources)
    other = Estate(name="two", resources=target.stack(ids_known=True).resources)
    assert [way.state for way in residency([alone], Settings())] == [State.UNDECIDED]
    assert [(way.state, way.destination) for way in residency([alone, other], Settings())] == [(State.REFUSED, "us-east-1")]
