"""Where the edge's logs lie: a bucket in the first region of each group of countries, so that each record stays under the law it is of."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

import pulumi

from components import catalog
from components.catalog.routing import RoutingTable
from components.data.bucket import DataBucket, DataBucketArgs, DataBucketSpec, StorageTier
from components.edge.logs import EdgeLogs, EdgeLogsArgs, LogBucket, delivery_statement
from components.location import Location
from components.tags import DataClass
from stacks.edge_providers import regional_provider
from stacks.global_spec import GlobalSpec, LogsSpec

PREFIX = "edge/"
"""Where Logpush writes."""
DAY_MINUTES = 1440
"""What a loss of the region may cost: logs have no copy in another jurisdiction, the application's own last a day longer."""
TIERS = DataBucketSpec(tiers={StorageTier.INFREQUENT: 30, StorageTier.INSTANT_ARCHIVE: 90})
"""Old logs are read seldom, and then at once."""


def log_places(spec: GlobalSpec, table: RoutingTable) -> Mapping[str, LogBucket]:
    """Jurisdiction -> its bucket. The general host name is of the group that takes clients of no known country: the strictest law."""
    regions: dict[str, str] = {}
    hosts: defaultdict[str, list[str]] = defaultdict(list)
    for group, host in spec.steering.group_hostnames(table).items():
        for region in table.groups[group].regions[:1]:
            jurisdiction = catalog.region(region).jurisdiction
            regions.setdefault(jurisdiction, region)
            hosts[jurisdiction] += [host, *([spec.steering.hostname] if group == table.unresolved.group else [])]
    return {
        jurisdiction: LogBucket(
            bucket=f"meridian-{spec.account_id}-{region}-edge-logs", region=region, hosts=tuple(sorted(hosts[jurisdiction]))
        )
        for jurisdiction, region in regions.items()
    }


def build(
    spec: GlobalSpec, logs: LogsSpec, table: RoutingTable, key_arns: Mapping[str, pulumi.Input[str]], opts: pulumi.ResourceOptions
) -> None:
    """Buckets, then the jobs that write there. `key_arns` is region -> KMS key of the region's secrets from here.

    A bucket of the edge's own and not the region's data bucket: Cloudflare's writer never gets a policy where data lies, and a region can
    be made before there is an edge.
    """
    buckets: dict[str, LogBucket] = {}
    for jurisdiction, place in log_places(spec, table).items():
        bucket = _bucket(spec, logs, place, key_arns[place.region])
        buckets[jurisdiction] = replace(place, after=bucket.resources)
    EdgeLogs("logs", EdgeLogsArgs(spec=logs.jobs, site=spec.site.site, buckets=buckets), opts)


def _bucket(spec: GlobalSpec, logs: LogsSpec, place: LogBucket, key_arn: pulumi.Input[str]) -> DataBucket:
    """Personal: records of sign-ins hold mail addresses."""
    name = str(place.bucket)
    args = DataBucketArgs(
        spec=TIERS,
        location=Location(account_id=spec.account_id, region=place.region),
        bucket_name=name,
        key_arn=key_arn,
        data_class=DataClass.PERSONAL,
        jurisdiction=catalog.region(place.region).jurisdiction,
        rpo_minutes=DAY_MINUTES,
        expiry={PREFIX: logs.retention_days},
        statements=[delivery_statement(f"arn:aws:s3:::{name}")],
    )
    return DataBucket(f"logs-{place.region}", args, regional_provider(spec, place.region))
