"""A cache of several regions: one primary that takes writes, up to two secondaries that follow and can be promoted by hand."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import pulumi
import pulumi_aws as aws
from pydantic import Field, model_validator

from components import catalog
from components.base import Component
from components.catalog.cache_nodes import NodeFeature
from components.data.valkey.alarms import ALWAYS, REPLICATED, SECONDARY, AlarmArgs, Symptom, cache_alarms
from components.data.valkey.group import Placement, group_options, leading_group, member_group
from components.data.valkey.sizing import Layout
from components.data.valkey.spec import QueryCacheSpec
from components.data.valkey.users import ENGINE
from components.naming import Kind, physical_name
from components.tags import DataClass

GOVERNED = ("engine", "engineVersion", "parameterGroupName", "nodeType", "numNodeGroups")
"""Inputs of the primary that the datastore governs from the day it exists: changed on a member they are refused or undone."""


class GlobalCacheSpec(QueryCacheSpec):
    """Results of queries that several regions read. Nothing in it is durable: the type has no knob for that."""

    purpose = "global"
    needs = frozenset({NodeFeature.GLOBAL_DATASTORE})
    excluded: ClassVar[Mapping[str, str]] = {
        "durability": "a global cache is never durable (ElastiCache user guide, Durability: limitations): keep such data in a session cache"
    }
    """What makes a cache durable."""

    primary: str
    """Region that takes writes, e.g. `eu-west-1`."""
    # Not strict: behind a `before` validator lists out of JSON arrive as Python lists, which a strict tuple refuses.
    secondaries: tuple[str, ...] = Field(min_length=1, max_length=2, strict=False)
    """Regions that follow; two are the most a global datastore has besides its primary (ElastiCache user guide, global datastores)."""
    data_class: DataClass = DataClass.PERSONAL
    """Highest class of data it may hold; it decides which regions may follow."""
    replicas: int = Field(default=2, ge=1, le=5)
    """Copies of each shard in every region; secondaries inherit automatic failover, which needs one."""
    major_upgrade_parameters: str | None = None
    """Parameter group in the primary's region for the update that raises the major version, e.g. `default.valkey9.cluster.on`. At any other
    time ElastiCache refuses it (pulumi_aws, GlobalReplicationGroup.parameter_group_name)."""

    @model_validator(mode="after")
    def _regions_differ(self) -> Self:
        if repeated := sorted({region for region in self.regions if self.regions.count(region) > 1}):
            raise ValueError(f"secondaries: {', '.join(repeated)} named twice: name each region once, the primary not among them")
        return self

    @property
    def regions(self) -> tuple[str, ...]:
        """All regions, the primary first."""
        return (self.primary, *self.secondaries)


@dataclass(frozen=True, kw_only=True)
class GlobalCacheArgs:
    """Wires of a GlobalCache."""

    spec: GlobalCacheSpec
    """Knobs."""
    placements: Mapping[str, Placement]
    """Region -> where the member lies in it: what the CacheSite there made, and the region's key."""
    suffix: str
    """End of the datastore's id; ElastiCache puts a prefix of the primary's region before it."""


class GlobalCache(Component, token="meridian:data:GlobalCache"):
    """An ElastiCache global datastore for Valkey.

    All members have one node type, one number of shards and one version: those of the datastore, which alone changes them. Secondaries are
    deleted before the datastore and that before the primary; Pulumi deletes none of them before it is told to by name.

    Raises:
        ValueError: a region has no placement or a placement no region, an id does not tell its region, data may not go to a secondary, or
            no node type that all regions offer holds the demand.
    """

    datastore_id: pulumi.Output[str]
    """Id of the datastore, for a promotion (FailoverGlobalReplicationGroup)."""
    endpoints: dict[str, pulumi.Output[str]]
    """Region -> host name that cluster clients ask first; only the primary's takes writes."""

    def __init__(self, name: str, args: GlobalCacheArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        spec = args.spec
        if faults := [*global_cache_faults(spec), *_placement_faults(spec, args.placements)]:
            raise ValueError(f"global cache '{name}': {'; '.join(faults)}")
        self.layout = spec.layout(*spec.regions)
        super().__init__(name, opts)
        placements = {region: replace(args.placements[region], region=region) for region in spec.regions}
        primary = aws.elasticache.ReplicationGroup(
            f"{name}-{spec.primary}",
            leading_group(spec, self.layout, placements[spec.primary]),
            group_options(self, ignore_changes=GOVERNED),
        )
        self.datastore_id = self._datastore(name, args, primary)
        members = {spec.primary: primary} | {
            region: aws.elasticache.ReplicationGroup(
                f"{name}-{region}", member_group(spec, placements[region], self.datastore_id), group_options(self)
            )
            for region in spec.secondaries
        }
        for region, member in members.items():
            symptoms = [ALWAYS, REPLICATED] if region == spec.primary else [ALWAYS, REPLICATED, SECONDARY]
            cache_alarms(f"{name}-{region}", _watched(placements[region], self.layout, symptoms), self.after(member))
        self.endpoints = {region: member.configuration_endpoint_address for region, member in members.items()}
        self._seal()

    def _datastore(self, name: str, args: GlobalCacheArgs, primary: aws.elasticache.ReplicationGroup) -> pulumi.Output[str]:
        return aws.elasticache.GlobalReplicationGroup(
            f"{name}-datastore",
            global_replication_group_id_suffix=physical_name(Kind.CACHE, args.suffix),
            global_replication_group_description=f"Valkey cache of {', '.join(args.spec.regions)}",
            primary_replication_group_id=primary.id,
            engine=ENGINE,  # beside a version the provider takes `redis` for it
            engine_version=args.spec.engine_version.value,
            cache_node_type=self.layout.node.name,
            num_node_groups=self.layout.shards,
            automatic_failover_enabled=True,
            parameter_group_name=args.spec.major_upgrade_parameters,
            region=args.spec.primary,
            opts=self.child,
        ).global_replication_group_id


def _watched(placement: Placement, layout: Layout, symptoms: list[Mapping[str, Symptom]]) -> AlarmArgs:
    return AlarmArgs(
        members=layout.members(placement.replication_group_id),
        symptoms=symptoms,
        topic_arn=placement.alarm_topic_arn,
        region=placement.region,
    )


def global_cache_faults(spec: GlobalCacheSpec) -> Iterator[str]:
    """One line for each reason why the cache cannot span its regions."""
    if unknown := [region for region in spec.regions if region not in catalog.regions()]:
        yield f"regions: {', '.join(unknown)} not in the catalogue; known are {', '.join(sorted(catalog.regions()))}"
        return
    for region in spec.secondaries:
        if catalog.may_copy(spec.data_class, spec.primary, region) is None:
            allowed = ", ".join(catalog.regions_allowed(spec.data_class, spec.primary)) or "none"
            yield f"secondaries: {spec.data_class} data of {spec.primary} may not be copied to {region}; regions it may go to: {allowed}"
    try:
        spec.layout(*spec.regions)
    except ValueError as error:
        yield str(error)


def _placement_faults(spec: GlobalCacheSpec, placements: Mapping[str, Placement]) -> Iterator[str]:
    """The region in each id keeps them apart: with equal ids the destruction never ends (hashicorp/terraform-provider-aws#38919)."""
    if set(placements) != set(spec.regions):
        yield f"placements: for {', '.join(placements)}, but the regions are {', '.join(spec.regions)}: give one for each region"
    for region, placement in placements.items():
        if region not in physical_name(Kind.CACHE, placement.replication_group_id):
            yield f"placements: {placement.replication_group_id} does not name {region}: put the region into the id"
