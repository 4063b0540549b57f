"""Bootstrap on a pretended AWS (moto): what is made, that a second run changes nothing, drift, refusals. moto's yes is not AWS's."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.stub import Stubber
from moto import mock_aws

from meridian.bootstrap.documents import SERVICES, bucket_policy, permissions, trust
from meridian.bootstrap.run import bootstrap
from meridian.bootstrap.site import CI_ISSUER, CannotBootstrap, Site, site
from meridian.bootstrap.thing import Action, Clients, Difference
from meridian.engine.project import Project

ROOT = Path(__file__).parents[3]
PROJECT = Project.at(ROOT)
ACCOUNT = "111122223333"
SITE = site(PROJECT, "eu-west-1", repository="example/infrastructure")


@pytest.fixture
def clients(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clients]:
    monkeypatch.setenv("MOTO_ACCOUNT_ID", ACCOUNT)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    with mock_aws():
        yield Clients.of("eu-west-1")


def made(clients: Clients, wanted: Site = SITE) -> tuple[Difference, ...]:
    return bootstrap(wanted, clients, apply=True)


def looked(clients: Clients, wanted: Site = SITE) -> tuple[Difference, ...]:
    return bootstrap(wanted, clients, apply=False)


def test_names_follow_from_the_stack_file() -> None:
    assert SITE.bucket_name == "meridian-state-111122223333-eu-west-1"
    assert SITE.login == "s3://meridian-state-111122223333-eu-west-1?region=eu-west-1"
    assert SITE.secrets_provider == "awskms://alias/meridian-eu-west-1-secrets?region=eu-west-1"
    assert SITE.role_name == "meridian-deploy"
    assert SITE.tags["jurisdiction"] == "IE"
    assert "repo:example/infrastructure:environment:eu-west-1" in SITE.subjects
    assert "repo:example/infrastructure:environment:global" in SITE.subjects
    assert len(SITE.regions) == 10
    staging = site(PROJECT, "staging-eu-west-1", repository="example/infrastructure")
    assert staging.account_id != ACCOUNT
    assert not set(staging.subjects) & set(SITE.subjects)


@pytest.mark.parametrize("stack", [stack for stack in PROJECT.stacks if stack != "global"])
def test_bucket_names_are_ones_that_s3_takes(stack: str) -> None:
    """S3 user guide, bucket naming rules: 3 to 63 characters, lower case, digits and hyphens."""
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]", site(PROJECT, stack, repository="a/b").bucket_name)


def test_a_dry_run_says_everything_and_makes_nothing(clients: Clients) -> None:
    found = looked(clients)
    assert [(difference.action, difference.thing.split()[0]) for difference in found] == [
        (Action.CREATE, kind) for kind in ("key", "key", "bucket", "identity", "role")
    ]
    assert clients.s3.list_buckets()["Buckets"] == []
    assert clients.iam.list_roles()["Roles"] == []
    assert clients.kms.list_keys()["Keys"] == []
    assert looked(clients) == found


def test_everything_is_made_as_it_should_be(clients: Clients) -> None:
    made(clients)
    own: Any = {"Bucket": SITE.bucket_name}
    key = clients.kms.describe_key(KeyId=SITE.state_alias)["KeyMetadata"].get("Arn", "")
    assert clients.s3.get_bucket_location(**own)["LocationConstraint"] == "eu-west-1"
    assert clients.s3.get_bucket_versioning(**own).get("Status") == "Enabled"
    assert set(clients.s3.get_public_access_block(**own)["PublicAccessBlockConfiguration"].values()) == {True}
    rule: Any = clients.s3.get_bucket_encryption(**own)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    policy = json.loads(clients.s3.get_bucket_policy(**own)["Policy"])
    assert {statement["Effect"] for statement in policy["Statement"]} == {"Deny"}
    assert {"Bool": {"aws:SecureTransport": "false"}} in [statement["Condition"] for statement in policy["Statement"]]
    [lifecycle] = clients.s3.get_bucket_lifecycle_configuration(**own)["Rules"]
    assert lifecycle.get("NoncurrentVersionExpiration") == {"NoncurrentDays": 90}
    assert "Expiration" not in lifecycle  # the state itself never expires
    assert clients.kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]
    role: Any = clients.iam.get_role(RoleName="meridian-deploy")["Role"]
    assert role["AssumeRolePolicyDocument"] == trust(SITE)
    assert clients.iam.list_role_policies(RoleName="meridian-deploy")["PolicyNames"] == ["deploy"]


def test_a_second_run_changes_nothing(clients: Clients) -> None:
    assert made(clients)
    changing: list[str] = []
    for client in (clients.s3, clients.kms, clients.iam):
        client.meta.events.register("before-call.*", lambda model, **_: changing.append(model.name))
    assert made(clients) == ()
    assert [name for name in changing if not name.startswith(("Get", "List", "Describe", "Head"))] == []
    assert len(changing) > 10


def test_a_second_region_of_the_account_finds_the_role_as_it_is(clients: Clients) -> None:
    made(clients)
    frankfurt = site(PROJECT, "eu-central-1", repository="example/infrastructure")
    found = made(Clients.of("eu-central-1"), frankfurt)
    assert [difference.thing.split()[0] for difference in found] == ["key", "key", "bucket"]
    assert looked(clients) == ()


def test_virginia_has_no_location_constraint(clients: Clients) -> None:
    virginia = site(PROJECT, "us-east-1", repository="example/infrastructure")
    there = Clients.of("us-east-1")
    made(there, virginia)
    assert looked(there, virginia) == ()


Drift = Callable[[Clients], object]
BUCKET: Any = {"Bucket": SITE.bucket_name}
DRIFTS: dict[str, Drift] = {
    "versioning differs": lambda c: c.s3.put_bucket_versioning(**BUCKET, VersioningConfiguration={"Status": "Suspended"}),
    "public access differs": lambda c: c.s3.delete_public_access_block(**BUCKET),
    "ownership differs": lambda c: c.s3.delete_bucket_ownership_controls(**BUCKET),
    "encryption differs": lambda c: c.s3.delete_bucket_encryption(**BUCKET),
    "policy differs": lambda c: c.s3.delete_bucket_policy(**BUCKET),
    "lifecycle differs": lambda c: c.s3.delete_bucket_lifecycle(**BUCKET),
    "rotation is off": lambda c: c.kms.disable_key_rotation(KeyId=c.kms.describe_key(KeyId=SITE.secrets_alias)["KeyMetadata"]["KeyId"]),
    "trust differs": lambda c: c.iam.update_assume_role_policy(
        RoleName="meridian-deploy", PolicyDocument=json.dumps(trust(replace(SITE, subjects=("repo:somebody/else:*",))))
    ),
    "permissions differ": lambda c: c.iam.delete_role_policy(RoleName="meridian-deploy", PolicyName="deploy"),
    "policies beside ours: more": lambda c: c.iam.put_role_policy(
        RoleName="meridian-deploy", PolicyName="more", PolicyDocument=json.dumps(permissions(SITE))
    ),
    "session's length differs": lambda c: c.iam.update_role(RoleName="meridian-deploy", MaxSessionDuration=3600),
}


@pytest.mark.parametrize("fault", DRIFTS)
def test_drift_is_found_and_mended(fault: str, clients: Clients) -> None:
    made(clients)
    DRIFTS[fault](clients)
    assert [(difference.action, difference.detail) for difference in looked(clients)] == [(Action.CHANGE, fault)]
    made(clients)
    assert looked(clients) == ()


def test_an_attached_administrator_policy_is_taken_away(clients: Clients) -> None:
    made(clients)
    arn = clients.iam.create_policy(PolicyName="everything", PolicyDocument=json.dumps(permissions(SITE)))["Policy"].get("Arn", "")
    clients.iam.attach_role_policy(RoleName="meridian-deploy", PolicyArn=arn)
    assert [difference.detail for difference in made(clients)] == ["attached policies: everything"]
    assert looked(clients) == ()


def test_tags_of_others_stay(clients: Clients) -> None:
    made(clients)
    tags: Any = [{"Key": key, "Value": value} for key, value in {**SITE.tags, "billing": "theirs", "stack": "wrong"}.items()]
    clients.s3.put_bucket_tagging(**BUCKET, Tagging={"TagSet": tags})
    assert [difference.detail for difference in made(clients)] == ["tags differs"]
    held = {tag["Key"]: tag["Value"] for tag in clients.s3.get_bucket_tagging(**BUCKET)["TagSet"]}
    assert held == {**SITE.tags, "billing": "theirs"}


def test_another_account_is_refused_before_anything_is_read(clients: Clients) -> None:
    asked: list[str] = []
    for client in (clients.s3, clients.kms, clients.iam):
        client.meta.events.register("before-call.*", lambda model, **_: asked.append(model.name))
    with pytest.raises(CannotBootstrap, match=f"credentials are those of account {ACCOUNT}, the stack file says 444455556666"):
        made(clients, site(PROJECT, "staging-eu-west-1", repository="example/infrastructure"))
    assert asked == []


HIDDEN = (("head_bucket", "403"), ("head_bucket", "404"), ("head_bucket", "404"), ("create_bucket", "BucketAlreadyExists"))


@pytest.mark.parametrize("errors", [HIDDEN[:1], HIDDEN[1:]], ids=["seen", "made"])
def test_a_bucket_of_another_account_is_refused(errors: tuple[tuple[str, str], ...], clients: Clients) -> None:
    """S3 API: HeadBucket says 403 where the owner is not the expected one, CreateBucket BucketAlreadyExists. moto says neither."""
    with Stubber(clients.s3) as stubbed:
        for call, code in errors:
            stubbed.add_client_error(call, code)
        with pytest.raises(CannotBootstrap, match="bucket meridian-state-111122223333-eu-west-1: belongs to another"):
            made(clients)


def test_what_meridian_did_not_make_is_refused_before_anything_is_changed(clients: Clients) -> None:
    clients.iam.create_role(RoleName="meridian-deploy", AssumeRolePolicyDocument=json.dumps(trust(SITE)))
    with pytest.raises(CannotBootstrap, match="role meridian-deploy: exists and is not Meridian's"):
        made(clients)
    assert clients.kms.list_keys()["Keys"] == []
    assert clients.s3.list_buckets()["Buckets"] == []


def test_a_bucket_elsewhere_is_refused(clients: Clients) -> None:
    Clients.of("eu-central-1").s3.create_bucket(**BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    with pytest.raises(CannotBootstrap, match="lies in eu-central-1, the stack in eu-west-1"):
        looked(clients)


def test_a_key_about_to_be_deleted_is_refused(clients: Clients) -> None:
    made(clients)
    clients.kms.schedule_key_deletion(KeyId=clients.kms.describe_key(KeyId=SITE.state_alias)["KeyMetadata"]["KeyId"])
    with pytest.raises(CannotBootstrap, match="key alias/meridian-eu-west-1-state: is PendingDeletion"):
        looked(clients)


@pytest.mark.parametrize(
    ("stack", "repository", "subjects", "said"),
    [
        ("global", "a/b", (), "global: is no stack of a region"),
        ("eu-west-1", "https://github.com/a/b", (), "--repository: 'https://github.com/a/b' is not `owner/name`"),
        ("eu-west-1", "a/b", ("repo:a/b:*",), "--subject: 'repo:a/b:*' must begin with 'repo:a/b:' and hold no wildcard"),
        ("eu-west-1", "a/b", ("repo:c/d:environment:x",), "must begin with 'repo:a/b:'"),
    ],
)
def test_a_trust_that_nobody_should_write_is_refused(stack: str, repository: str, subjects: tuple[str, ...], said: str) -> None:
    with pytest.raises(CannotBootstrap, match=re.escape(said)):
        site(PROJECT, stack, repository=repository, subjects=subjects)


def test_exact_subjects_may_be_given() -> None:
    subject = "repo:a/b:ref:refs/heads/main"
    wanted = site(PROJECT, "eu-west-1", repository="a/b", subjects=(subject,))
    condition = trust(wanted)["Statement"][0]["Condition"]
    assert condition == {"StringEquals": {f"{CI_ISSUER}:aud": "sts.amazonaws.com", f"{CI_ISSUER}:sub": [subject]}}


def test_permissions_hold_no_administrator() -> None:
    allowed = [statement for statement in permissions(SITE)["Statement"] if statement["Effect"] == "Allow"]
    actions = {action for statement in allowed for action in statement["Action"]}
    assert not actions & {"*", "iam:*", "sts:*", "organizations:*"}
    assert not [action for action in actions if "User" in action or "AccessKey" in action or "LoginProfile" in action]
    for statement in allowed:
        if any(action.endswith(":*") for action in statement["Action"]):
            assert statement["Condition"], statement["Sid"]
    assert len(json.dumps(permissions(SITE), separators=(",", ":"))) < 10240  # IAM quotas: inline policies of a role, together


def test_the_state_is_protected_from_the_role() -> None:
    denied = next(statement for statement in permissions(SITE)["Statement"] if statement["Sid"] == "NotTheStatesProtection")
    assert {"s3:DeleteBucket", "s3:DeleteObjectVersion", "s3:PutBucketPolicy", "s3:PutBucketVersioning"} <= set(denied["Action"])
    assert SITE.bucket_name.startswith("meridian-state-")
    assert bucket_policy(SITE)["Statement"][0]["Resource"] == [f"arn:aws:s3:::{SITE.bucket_name}", f"arn:aws:s3:::{SITE.bucket_name}/*"]


PREFIXES = {
    "backup": "backup",
    "cloudwatch/event": "events",
    "cloudwatch/log": "logs",
    "cloudwatch": "cloudwatch",
    "ec2": "ec2",
    "vpc": "ec2",
    "eks": "eks",
    "elasticache": "elasticache",
    "kms": "kms",
    "lb": "elasticloadbalancing",
    "secretsmanager": "secretsmanager",
    "sns": "sns",
    "sqs": "sqs",
    "s3": "s3",
    "iam": "iam",
}
"""Module of the SDK -> prefix of IAM actions (Service Authorization Reference)."""


def test_every_service_of_a_region_is_allowed() -> None:
    used = set[str]()
    for resource in PROJECT.plan("eu-west-1").made:
        if resource.type.startswith("aws:"):
            module = resource.type.removeprefix("aws:").partition(":")[0]
            used.add(next(prefix for known, prefix in PREFIXES.items() if module.startswith(known)))
    assert used - {"iam", "s3"} <= set(SERVICES)
    assert set(SERVICES) - used == {
        "backup-storage",
        "secretsmanager",
        "sns",
    }  # vaults ask for the first; the others are the global stack's
