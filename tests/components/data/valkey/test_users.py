"""Users: by IAM only, named alike in id and engine, no default user, as little as their access says."""

import json

import pytest

from components.data.valkey.users import ACCESS_STRINGS, Access, CacheUsers, CacheUsersArgs, connect_policy
from components.location import Location
from meridian.plan import Plan
from tests.components.data.valkey.elasticache_api import matches, values
from tests.deploy import deploy

USER = "aws:elasticache/user:User"
CACHE = "meridian-eu-west-1-query"


@pytest.fixture(scope="module")
def plan() -> Plan:
    args = CacheUsersArgs(replication_group_id=CACHE, users={"app": Access.READ_WRITE, "reader": Access.READ_ONLY})
    return deploy(lambda: CacheUsers("users", args))


def test_every_user_authenticates_by_iam(plan: Plan) -> None:
    users = plan.of_type(USER)
    assert len(users) == 2
    for user in users:
        assert user.inputs["authenticationMode"] == {"type": "iam"}
        assert user.inputs["engine"] == "valkey"
        assert user.inputs["userId"] == user.inputs["userName"]  # IAM demands it (ElastiCache user guide, auth-iam)
        assert matches("UserId", user.inputs["userId"])
    assert "iam" in values("InputAuthenticationType")


def test_nothing_secret_is_in_the_plan(plan: Plan) -> None:
    wire = json.dumps([dict(resource.inputs) for resource in plan]).lower()
    assert "passw" not in wire
    assert "authtoken" not in wire


def test_the_group_holds_them_and_no_default_user(plan: Plan) -> None:
    group = plan["users-group"]
    assert group.inputs == {"engine": "valkey", "userGroupId": CACHE, "userIds": [f"{CACHE}-app", f"{CACHE}-reader"]}
    assert set(group.property_dependencies["userIds"]) == {user.urn for user in plan.of_type(USER)}
    assert all(user.inputs["userName"] != "default" for user in plan.of_type(USER))


def test_what_users_may_do() -> None:
    """Rules apply from left to right: what follows `-@dangerous` must not bring a dangerous category back."""
    for access, rules in ACCESS_STRINGS.items():
        parts = rules.split()
        assert parts[0] == "on"
        granted_again = parts[parts.index("-@dangerous") + 1 :]
        assert granted_again
        assert all(part == "+info" or part.startswith("+cluster|") for part in granted_again), access
        assert "nopass" not in rules
    assert "-@all" in ACCESS_STRINGS[Access.READ_ONLY]
    assert "+@write" not in ACCESS_STRINGS[Access.READ_ONLY]


def test_a_role_may_connect_to_that_cache_as_that_user_only() -> None:
    """`elasticache:Connect` is checked on both resources (Service Authorization Reference, ElastiCache)."""
    location = Location(account_id="111122223333", region="eu-west-1")
    (statement,) = connect_policy(location, CACHE, "app")["Statement"]
    assert statement["Action"] == "elasticache:Connect"
    assert statement["Resource"] == [
        f"arn:aws:elasticache:eu-west-1:111122223333:replicationgroup:{CACHE}",
        f"arn:aws:elasticache:eu-west-1:111122223333:user:{CACHE}-app",
    ]
