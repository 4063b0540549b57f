"""Logs of the edge, pushed into buckets of the jurisdiction they belong to."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_cloudflare as cloudflare
from pydantic import Field

from components.base import Component, Spec
from components.edge.site import EdgeSite

WRITER = "arn:aws:iam::391854517948:user/cloudflare-logpush"
"""Cloudflare's own user that writes the files (Cloudflare, Logpush to Amazon S3)."""


class AccountLog(StrEnum):
    """Datasets of the account, as the API spells them."""

    ACCESS_REQUESTS = "access_requests"
    AUDIT_LOGS = "audit_logs"
    DEVICE_POSTURE = "device_posture_results"
    GATEWAY_DNS = "gateway_dns"
    GATEWAY_HTTP = "gateway_http"
    GATEWAY_NETWORK = "gateway_network"
    ZERO_TRUST_SESSIONS = "zero_trust_network_sessions"


class ZoneLog(StrEnum):
    """Datasets of a zone, as the API spells them."""

    HTTP_REQUESTS = "http_requests"
    FIREWALL_EVENTS = "firewall_events"


FIELDS: Mapping[AccountLog | ZoneLog, str] = {
    AccountLog.ACCESS_REQUESTS: "Action Allowed AppDomain AppUUID Connection Country CreatedAt Email RayID UserUID",
    AccountLog.AUDIT_LOGS: "ActionResult ActionType ActorEmail ActorID ActorIP ActorType ID Interface OwnerID ResourceID ResourceType When",
    AccountLog.DEVICE_POSTURE: "DeviceID Email PolicyID PostureCheckName PostureCheckType PostureEvaluatedResult Timestamp UserUID",
    AccountLog.GATEWAY_DNS: "Datetime DeviceID Email MatchedCategoryNames PolicyID QueryName QueryTypeName ResolverDecision UserID",
    AccountLog.GATEWAY_HTTP: "Action Datetime DeviceID Email HTTPHost HTTPMethod HTTPStatusCode PolicyID PolicyName UserID",
    AccountLog.GATEWAY_NETWORK: "Action Datetime DestinationIP DestinationPort DeviceID Email PolicyID PolicyName Transport UserID",
    AccountLog.ZERO_TRUST_SESSIONS: (
        "ConnectionCloseReason DestinationTunnelID DeviceID Email OriginIP OriginPort Protocol SessionEndTime SessionID SessionStartTime "
        "UserID VirtualNetworkID"
    ),
    ZoneLog.HTTP_REQUESTS: (
        "CacheCacheStatus ClientCountry ClientRequestHost ClientRequestMethod ClientRequestPath EdgeColoCode EdgeEndTimestamp "
        "EdgeResponseStatus EdgeStartTimestamp OriginResponseDurationMs OriginResponseStatus RayID SecurityAction SecurityRuleID"
    ),
    ZoneLog.FIREWALL_EVENTS: "Action ClientCountry ClientRequestHost ClientRequestPath Datetime EdgeColoCode RayID RuleID Source",
}
"""Dataset -> its fields (Cloudflare, Logpush datasets). Of visitors neither address nor query nor header is logged: what is not there needs
no law."""


class EdgeLogsSpec(Spec):
    """Knobs of the edge's logs."""

    account: tuple[AccountLog, ...] = tuple(AccountLog)
    """Datasets of the account. They cannot be split by jurisdiction and go to `home`."""
    zone: tuple[ZoneLog, ...] = tuple(ZoneLog)
    """Datasets of the zone, split by host name."""
    home: str
    """Jurisdiction whose bucket takes what belongs to the account: that of the company, whose people the records are about."""
    interval_seconds: int = Field(default=60, ge=30, le=300)
    """Longest time that records wait before a file is written. Cloudflare takes 30 to 300."""


@dataclass(frozen=True, kw_only=True)
class LogBucket:
    """Where a jurisdiction's logs go."""

    bucket: pulumi.Input[str]
    """Name of the bucket. Its policy holds `delivery_statement`."""
    region: str
    """Region of the bucket, in the jurisdiction."""
    hosts: tuple[str, ...]
    """Host names whose requests belong to the jurisdiction, e.g. `eu.api.example.com`."""
    after: Sequence[pulumi.Resource] = ()
    """What must be there before Cloudflare writes: the bucket and its policy."""


@dataclass(frozen=True, kw_only=True)
class EdgeLogsArgs:
    """Wires of an EdgeLogs."""

    spec: EdgeLogsSpec
    """Knobs."""
    site: EdgeSite
    """Account and zone."""
    buckets: Mapping[str, LogBucket]
    """Jurisdiction -> its bucket."""


class EdgeLogs(Component, token="meridian:edge:EdgeLogs"):
    """A job for each dataset and jurisdiction; the file that proves whose bucket it is is read back before a job is made.

    Under the Customer Metadata Boundary the dashboard shows none of these records: the buckets are where they are.

    Raises:
        ValueError: the plan has no Logpush, or `home` has no bucket, or a host is in none, or in two; all faults at once.
    """

    def __init__(self, name: str, args: EdgeLogsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        if faults := list(log_faults(args.spec, args.site, args.buckets)):
            raise ValueError(f"edge logs '{name}': {'; '.join(faults)}")
        super().__init__(name, opts)
        home = [self._job(name, dataset, args.spec.home, args) for dataset in args.spec.account]
        split = [
            self._job(name, dataset, jurisdiction, args)
            for dataset in args.spec.zone
            for jurisdiction, bucket in args.buckets.items()
            if bucket.hosts
        ]
        self.resources: tuple[pulumi.Resource, ...] = (*home, *split)
        self._seal()

    def _job(self, name: str, dataset: AccountLog | ZoneLog, jurisdiction: str, args: EdgeLogsArgs) -> cloudflare.LogpushJob:
        bucket = args.buckets[jurisdiction]
        logical, of_zone = f"{name}-{dataset}-{jurisdiction}", isinstance(dataset, ZoneLog)
        account, zone = (None, args.site.zone_id) if of_zone else (args.site.account_id, None)
        destination = pulumi.Output.format("s3://{0}/edge/{1}/{{DATE}}?region={2}&sse=AES256", bucket.bucket, dataset, bucket.region)
        challenge = cloudflare.LogpushOwnershipChallenge(
            f"{logical}-challenge", account_id=account, zone_id=zone, destination_conf=destination, opts=self.after(*bucket.after)
        )
        proof = aws.s3.get_object_output(
            bucket=bucket.bucket, key=challenge.filename, region=bucket.region, opts=pulumi.InvokeOutputOptions(parent=self)
        )
        return cloudflare.LogpushJob(
            logical,
            account_id=account,
            zone_id=zone,
            name=logical,
            dataset=dataset,
            enabled=True,
            destination_conf=destination,
            ownership_challenge=pulumi.Output.secret(proof.body),
            filter=json.dumps(_filter(bucket.hosts), separators=(",", ":")) if of_zone else None,
            max_upload_interval_seconds=args.spec.interval_seconds,
            output_options=cloudflare.LogpushJobOutputOptionsArgs(
                field_names=FIELDS[dataset].split(), output_type="ndjson", timestamp_format="rfc3339", sample_rate=1.0
            ),
            opts=self.child,
        )


def delivery_statement(bucket_arn: str) -> dict[str, Any]:
    """Statement of a bucket's policy that lets Cloudflare write the edge's logs, and nothing else."""
    return {
        "Sid": "EdgeLogs",
        "Effect": "Allow",
        "Principal": {"AWS": WRITER},
        "Action": "s3:PutObject",
        "Resource": f"{bucket_arn}/edge/*",
    }


def log_faults(spec: EdgeLogsSpec, site: EdgeSite, buckets: Mapping[str, LogBucket]) -> Iterator[str]:
    """One line for each thing that the plan lacks, or that would leave records without a bucket, or in two."""
    if (lack := site.lacks("logpush")) is not None:
        yield f"logs: {lack}"
    if spec.account and spec.home not in buckets:
        yield f"home: {spec.home} has no bucket, there are {', '.join(sorted(buckets)) or 'none'}"
    hosts = [host for bucket in buckets.values() for host in bucket.hosts]
    for host in sorted({host for host in hosts if hosts.count(host) > 1}):
        yield f"buckets: {host} is of two jurisdictions: its requests would be copied to both"
    for host in hosts:
        if not site.covers(host):
            yield f"buckets: {host} lies in no zone: names must end with .{site.domain}"


def _filter(hosts: Sequence[str]) -> dict[str, Any]:
    """Only requests to these hosts (Cloudflare, Logpush filters)."""
    return {"where": {"or": [{"key": "ClientRequestHost", "operator": "eq", "value": host} for host in sorted(hosts)]}}
