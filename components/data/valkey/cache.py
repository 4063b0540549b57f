"""A Valkey cache of one region: session state that must not be lost, results of queries, or what an application keeps at hand."""

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.base import Component
from components.data.valkey.alarms import ALWAYS, LOGGED, REPLICATED, AlarmArgs, cache_alarms
from components.data.valkey.caches import replication_group_id
from components.data.valkey.group import Placement, group_options, leading_group
from components.data.valkey.site import PORT, CacheSite, CacheSiteArgs
from components.data.valkey.spec import CacheSpec
from components.data.valkey.users import connect_policy, user_id
from components.location import Location
from components.network.vpc import Vpc


@dataclass(frozen=True, kw_only=True)
class CacheArgs:
    """Wires of a Cache."""

    spec: CacheSpec
    """Knobs; the class of the spec says what the cache is for."""
    vpc: Vpc
    """Network; the cache lies in its data subnets."""
    location: Location
    """Account and region."""
    cluster_name: str
    """Name of the cluster the cache is for; its physical id begins with it."""
    key_arn: pulumi.Input[str]
    """KMS key for data at rest and snapshots. ElastiCache uses it by a grant that whoever deploys must be allowed to make."""
    client_security_group_id: pulumi.Input[str]
    """Security group of those who may connect: the cluster's."""
    alarm_topic_arn: pulumi.Input[str] | None = None
    """SNS topic that alarms tell; without one they are seen in the console only."""


class Cache(Component, token="meridian:data:Cache"):
    """ElastiCache for Valkey, node-based, in cluster mode: Multi-AZ with automatic failover, TLS required, encrypted with our key, users by
    IAM, daily snapshots and a final one, slow and engine log in JSON, alarms.

    ElastiCache keeps primary and replicas of a shard in different zones. Pulumi refuses to delete any cache: an empty one sends its whole
    load to the database.

    Raises:
        ValueError: the physical id is none that ElastiCache takes, or no node type of the region holds the demand.
    """

    replication_group_id: str
    """Physical id."""
    endpoint: pulumi.Output[str]
    """Host name that cluster clients ask first, over TLS."""
    port: int
    """Port of every node."""
    user_ids: dict[str, str]
    """User -> the name it connects as."""

    def __init__(self, name: str, args: CacheArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        spec, self._location = args.spec, args.location
        self.replication_group_id = replication_group_id(args.cluster_name, spec.purpose)
        self.layout = spec.layout(args.location.region)
        super().__init__(name, opts)
        site = CacheSite(f"{name}-site", _site(args, self.replication_group_id), self.child)
        placement = Placement.on(
            site, replication_group_id=self.replication_group_id, key_arn=args.key_arn, alarm_topic_arn=args.alarm_topic_arn
        )
        group = leading_group(spec, self.layout, placement)
        group.auto_minor_version_upgrade = True
        group.durability = None if spec.transaction_log is None else spec.transaction_log.value
        durable = spec.transaction_log is not None
        cache = aws.elasticache.ReplicationGroup(f"{name}-valkey", group, group_options(self, *site.resources))
        symptoms = [ALWAYS, *([REPLICATED] if spec.replicas else []), *([LOGGED] if durable else [])]
        watched = AlarmArgs(members=self.layout.members(self.replication_group_id), symptoms=symptoms, topic_arn=args.alarm_topic_arn)
        cache_alarms(name, watched, self.after(cache))
        self.resources: tuple[pulumi.Resource, ...] = (cache,)
        self.endpoint, self.port = cache.configuration_endpoint_address, PORT
        self.user_ids = {user: user_id(self.replication_group_id, user) for user in spec.users}
        self._seal()

    def connect_policy(self, user: str) -> dict[str, Any]:
        """What the role of a workload needs to connect as that user, for `WorkloadRole`.

        Raises:
            ValueError: the cache has no such user.
        """
        if user not in self.user_ids:
            raise ValueError(f"user '{user}' is none of {self.replication_group_id}; it has {', '.join(self.user_ids)}")
        return connect_policy(self._location, self.replication_group_id, user)


def _site(args: CacheArgs, identifier: str) -> CacheSiteArgs:
    return CacheSiteArgs(
        spec=args.spec,
        vpc=args.vpc,
        location=args.location,
        replication_group_id=identifier,
        client_security_group_id=args.client_security_group_id,
    )
