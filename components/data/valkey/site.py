"""What a cache needs in a region before it can exist there: network, users, parameters and a place for its logs."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.base import Component
from components.data.valkey.sizing import RESERVED_PERCENT
from components.data.valkey.spec import ENGINES, CacheSpec
from components.data.valkey.users import CacheUsers, CacheUsersArgs
from components.location import Location
from components.log_group import LogGroup, LogGroupArgs
from components.network.vpc import Vpc

PORT = 6379
"""Port of every node, with TLS or without; clients learn the nodes from the first and talk to all of them on it."""
LOGS = ("slow-log", "engine-log")
"""Logs of ElastiCache, as its API spells them (LogType). Streams of one group keep them and the nodes apart."""


@dataclass(frozen=True, kw_only=True)
class CacheSiteArgs:
    """Wires of a CacheSite."""

    spec: CacheSpec
    """Knobs of the cache."""
    vpc: Vpc
    """Network; the cache lies in its data subnets."""
    location: Location
    """Account and region."""
    replication_group_id: str
    """Physical id of the cache."""
    client_security_group_id: pulumi.Input[str]
    """Security group of those who may connect: the cluster's."""


class CacheSite(Component, token="meridian:data:CacheSite"):
    """Subnet group over all data subnets, security group that admits the clients' group only, parameter group, users and a log group.

    Apart from the cache because the members of a global one are made by the global stack, in the sites of their regions.
    """

    security_group_id: pulumi.Output[str]
    """Security group of the nodes."""
    subnet_group_name: pulumi.Output[str]
    """Subnets of the nodes, one in every zone."""
    parameter_group_name: pulumi.Output[str]
    """Parameters of the engine. A secondary member of a global cache gets a copy of the primary's instead."""
    user_group_id: pulumi.Output[str]
    """Group of the users."""
    log_group_name: str
    """Log group of slow commands and of the engine."""

    def __init__(self, name: str, args: CacheSiteArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self.security_group_id = self._security_group(name, args)
        self.subnet_group_name = aws.elasticache.SubnetGroup(
            f"{name}-subnets",
            description=f"Data subnets for {args.replication_group_id}",
            subnet_ids=list(args.vpc.data_subnet_ids.values()),
            opts=self.child,
        ).name
        self.parameter_group_name = self._parameters(name, args)
        users = CacheUsers(
            f"{name}-users", CacheUsersArgs(replication_group_id=args.replication_group_id, users=args.spec.users), self.child
        )
        self.user_group_id = users.user_group_id
        logs = self._logs(name, args)
        self.log_group_name, self.resources = logs.log_group_name, logs.resources
        self._seal()

    def _security_group(self, name: str, args: CacheSiteArgs) -> pulumi.Output[str]:
        group = aws.ec2.SecurityGroup(
            f"{name}-nodes",
            description=f"Nodes of {args.replication_group_id}",
            vpc_id=args.vpc.vpc_id,
            tags={"Name": args.replication_group_id},
            opts=self.child,
        )
        aws.vpc.SecurityGroupIngressRule(
            f"{name}-from-cluster",
            description="Valkey with TLS from nodes and pods of the cluster",
            security_group_id=group.id,
            referenced_security_group_id=args.client_security_group_id,
            ip_protocol="tcp",
            from_port=PORT,
            to_port=PORT,
            opts=self.child,
        )
        return group.id

    def _parameters(self, name: str, args: CacheSiteArgs) -> pulumi.Output[str]:
        values = {
            "cluster-enabled": "yes",
            "maxmemory-policy": args.spec.eviction.value,
            "reserved-memory-percent": str(RESERVED_PERCENT),
        }
        return aws.elasticache.ParameterGroup(
            f"{name}-parameters",
            description=f"Parameters of {args.replication_group_id}",
            family=ENGINES[args.spec.engine_version].family,
            parameters=[aws.elasticache.ParameterGroupParameterArgs(name=key, value=value) for key, value in values.items()],
            opts=self.child,
        ).name

    def _logs(self, name: str, args: CacheSiteArgs) -> LogGroup:
        """Under `/aws/vendedlogs/`: delivery to other names fills the account's one resource policy of 5,120 characters.

        (CloudWatch Logs user guide, enabling logging from AWS services.)
        """
        return LogGroup(
            f"{name}-logs",
            LogGroupArgs(
                location=args.location,
                log_group_name=f"/aws/vendedlogs/elasticache/{args.replication_group_id}",
                purpose=f"Logs of {args.replication_group_id}",
                retention=args.spec.log_retention_days,
            ),
            self.child,
        )
