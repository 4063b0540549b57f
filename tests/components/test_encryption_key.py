"""EncryptionKey: rotation, deletion, who may use it."""

import json

from components.encryption_key import EncryptionKey, EncryptionKeyArgs, log_group_grant
from components.location import Location
from meridian.plan import Planned
from tests.deploy import deploy

IRELAND = Location(account_id="111122223333", region="eu-west-1")


def key() -> Planned:
    args = EncryptionKeyArgs(location=IRELAND, purpose="Logs", grants=[log_group_grant(IRELAND, "/aws/eks/x/cluster")])
    return deploy(lambda: EncryptionKey("logs-key", args), "preview").find("aws:kms/key:Key", "logs-key")


def test_it_rotates_and_cannot_be_lost_by_mistake() -> None:
    found = key()
    assert found.inputs["enableKeyRotation"] is True
    assert found.inputs["deletionWindowInDays"] == 30
    assert found.options.protect


def test_the_account_administers_and_the_service_uses_it_for_that_group_only() -> None:
    """KMS developer guide, default key policy; CloudWatch Logs user guide, encrypt log data."""
    administration, use = json.loads(key().inputs["policy"])["Statement"]
    assert (administration["Principal"], administration["Action"]) == ({"AWS": "arn:aws:iam::111122223333:root"}, "kms:*")
    assert use["Principal"] == {"Service": "logs.eu-west-1.amazonaws.com"}
    assert use["Condition"]["ArnEquals"] == {
        "kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/eks/x/cluster"
    }


def test_other_regions_know_it_by_its_alias() -> None:
    """S3 API, EncryptionConfiguration: a replica's key may be named by the ARN of its alias, which needs no look at the key."""
    plan = deploy(
        lambda: EncryptionKey("data-key", EncryptionKeyArgs(location=IRELAND, purpose="Data", alias="meridian-eu-west-1-data")), "preview"
    )
    alias = plan.find("aws:kms/alias:Alias", "data-key-alias")
    assert alias.inputs["name"] == "alias/meridian-eu-west-1-data"
    assert alias.property_dependencies["targetKeyId"] == (plan.find("aws:kms/key:Key", "data-key").urn,)
    without = deploy(lambda: EncryptionKey("logs-key", EncryptionKeyArgs(location=IRELAND, purpose="Logs")), "preview")
    assert without.of_type("aws:kms/alias:Alias") == []
