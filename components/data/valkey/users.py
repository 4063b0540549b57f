"""Who may do what in a cache: users that prove themselves by IAM, so that there is no password to make, store, leak or rotate."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pulumi
import pulumi_aws as aws

from components.base import Component
from components.location import Location

ENGINE = "valkey"
"""Engine of caches, users and groups; a Valkey group takes none of `no-password-required` (ElastiCache user guide, RBAC with Valkey)."""


class Access(StrEnum):
    """What a user may do."""

    READ_WRITE = "read_write"
    """Every key and command but the dangerous ones (Valkey ACL category: FLUSHALL, KEYS, CONFIG, SHUTDOWN ...)."""
    READ_ONLY = "read_only"
    """Every key, read commands only."""


_ORIENTATION = "+info +cluster|slots +cluster|shards +cluster|nodes +cluster|myid"
"""What cluster clients ask before they send commands; INFO counts as dangerous."""
ACCESS_STRINGS: Mapping[Access, str] = {
    Access.READ_WRITE: f"on ~* &* +@all -@dangerous {_ORIENTATION}",
    Access.READ_ONLY: f"on ~* -@all +@read +@connection -@dangerous {_ORIENTATION}",
}
"""Access -> ACL rules, read from left to right (valkey.io, ACL)."""


@dataclass(frozen=True, kw_only=True)
class CacheUsersArgs:
    """Wires of CacheUsers."""

    replication_group_id: str
    """Physical id of the cache; the ids of users and of their group begin with it."""
    users: Mapping[str, Access]
    """User -> what it may do."""


class CacheUsers(Component, token="meridian:data:CacheUsers"):
    """Users of one cache and the group that is attached to it.

    Every user authenticates by IAM: the client signs a token with its role (`connect_policy`) and renews it; there is no secret anywhere.
    No user named `default` is in the group, so ElastiCache turns that one off (ElastiCache user guide, RBAC with Valkey).
    """

    user_group_id: pulumi.Output[str]
    """Id of the group."""
    user_ids: dict[str, str]
    """User -> its id, which is its name in the engine as well: IAM demands that they are equal (ElastiCache user guide, auth-iam)."""

    def __init__(self, name: str, args: CacheUsersArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.user_ids = {user: user_id(args.replication_group_id, user) for user in args.users}
        made = [self._user(name, user, access) for user, access in args.users.items()]
        group = aws.elasticache.UserGroup(
            f"{name}-group",
            engine=ENGINE,
            user_group_id=args.replication_group_id,
            user_ids=[user.user_id for user in made],
            opts=self.child,
        )
        self.user_group_id = group.user_group_id
        self._seal()

    def _user(self, name: str, user: str, access: Access) -> aws.elasticache.User:
        return aws.elasticache.User(
            f"{name}-{user}",
            engine=ENGINE,
            user_id=self.user_ids[user],
            user_name=self.user_ids[user],
            access_string=ACCESS_STRINGS[access],
            authentication_mode=aws.elasticache.UserAuthenticationModeArgs(type="iam"),
            opts=self.child,
        )


def user_id(replication_group_id: str, user: str) -> str:
    """Id and name of a user."""
    return f"{replication_group_id}-{user}"


def connect_policy(location: Location, replication_group_id: str, user: str) -> dict[str, Any]:
    """What a workload's role needs to connect as that user (ElastiCache user guide, auth-iam: both resources must be allowed)."""
    statement = {
        "Effect": "Allow",
        "Action": "elasticache:Connect",
        "Resource": [
            location.arn("elasticache", f"replicationgroup:{replication_group_id}"),
            location.arn("elasticache", f"user:{user_id(replication_group_id, user)}"),
        ],
    }
    return {"Version": "2012-10-17", "Statement": [statement]}
