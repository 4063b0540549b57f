"""The edge's logs: each record in the bucket of its jurisdiction, and nothing of visitors that no law lets go."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from components.catalog.cloudflare_plans import CloudflarePlan
from components.edge.logs import (
    FIELDS,
    AccountLog,
    EdgeLogs,
    EdgeLogsArgs,
    EdgeLogsSpec,
    LogBucket,
    ZoneLog,
    delivery_statement,
    log_faults,
)
from meridian.engine.faults import ProgramFailed
from meridian.plan import Plan
from tests.components.edge.sites import site
from tests.deploy import deploy

JOB = "cloudflare:index/logpushJob:LogpushJob"
CHALLENGE = "cloudflare:index/logpushOwnershipChallenge:LogpushOwnershipChallenge"
BUCKETS = {
    "EU": LogBucket(bucket="logs-eu", region="eu-west-1", hosts=("eu.api.example.com",)),
    "US": LogBucket(bucket="logs-us", region="us-east-1", hosts=("na.api.example.com", "api.example.com")),
}


@pytest.fixture(scope="module")
def plan() -> Plan:
    return deploy(lambda: EdgeLogs("logs", EdgeLogsArgs(spec=EdgeLogsSpec(home="EU"), site=site(), buckets=BUCKETS)), mode="update")


def test_every_dataset_of_the_account_goes_home(plan: Plan) -> None:
    jobs = [job for job in plan.of_type(JOB) if "accountId" in job.inputs]
    assert {job.inputs["dataset"] for job in jobs} == set(AccountLog)
    assert all(job.inputs["destinationConf"].startswith("s3://logs-eu/edge/") for job in jobs)
    assert {"access_requests", "audit_logs"} <= {job.inputs["dataset"] for job in jobs}


def test_requests_go_to_the_bucket_of_their_hosts_jurisdiction(plan: Plan) -> None:
    europe, america = plan.find(JOB, "logs-http_requests-EU").inputs, plan.find(JOB, "logs-http_requests-US").inputs
    assert europe["destinationConf"] == "s3://logs-eu/edge/http_requests/{DATE}?region=eu-west-1&sse=AES256"
    assert america["destinationConf"] == "s3://logs-us/edge/http_requests/{DATE}?region=us-east-1&sse=AES256"
    assert json.loads(europe["filter"]) == {
        "where": {"or": [{"key": "ClientRequestHost", "operator": "eq", "value": "eu.api.example.com"}]}
    }
    assert "eu.api" not in america["filter"]


def test_no_job_of_the_zone_is_without_a_filter(plan: Plan) -> None:
    """Without one it would copy every jurisdiction's requests."""
    assert all("filter" in job.inputs for job in plan.of_type(JOB) if "zoneId" in job.inputs)


def test_a_bucket_is_proven_before_a_job_writes_to_it(plan: Plan) -> None:
    for job in plan.of_type(JOB):
        challenge = plan.find(CHALLENGE, f"{job.name}-challenge")
        assert challenge.inputs["destinationConf"] == job.inputs["destinationConf"]
        assert challenge.urn in job.dependencies
        assert "ownershipChallenge" in job.secret


def test_neither_addresses_nor_queries_of_visitors_are_logged() -> None:
    logged = {field for dataset in ZoneLog for field in FIELDS[dataset].split()}
    assert not logged & {"ClientIP", "ClientRequestURI", "ClientRequestReferer", "ClientRequestUserAgent", "Cookies", "RequestHeaders"}


def test_fields_are_named_once_and_in_order() -> None:
    """So that a change of them is one word in a review."""
    for fields in FIELDS.values():
        names = fields.split()
        assert names == sorted(set(names))


def test_files_come_often_and_whole(plan: Plan) -> None:
    for job in plan.of_type(JOB):
        assert job.inputs["maxUploadIntervalSeconds"] == 60
        assert job.inputs["outputOptions"]["sampleRate"] == 1
        assert "frequency" not in job.inputs
        assert "logpullOptions" not in job.inputs


def test_cloudflare_may_write_and_nothing_else() -> None:
    statement = delivery_statement("arn:aws:s3:::logs-eu")
    assert statement["Principal"] == {"AWS": "arn:aws:iam::391854517948:user/cloudflare-logpush"}
    assert (statement["Action"], statement["Resource"]) == ("s3:PutObject", "arn:aws:s3:::logs-eu/edge/*")


@pytest.mark.parametrize(
    ("home", "buckets", "fault"),
    [
        ("JP", BUCKETS, "home: JP has no bucket, there are EU, US"),
        (
            "EU",
            {"EU": BUCKETS["EU"], "GB": LogBucket(bucket="logs-uk", region="eu-west-2", hosts=("eu.api.example.com",))},
            "buckets: eu.api.example.com is of two jurisdictions: its requests would be copied to both",
        ),
        (
            "EU",
            {"EU": LogBucket(bucket="logs-eu", region="eu-west-1", hosts=("eu.api.example.org",))},
            "buckets: eu.api.example.org lies in no zone: names must end with .example.com",
        ),
    ],
)
def test_records_without_a_place_or_with_two_are_refused(home: str, buckets: dict[str, LogBucket], fault: str) -> None:
    assert list(log_faults(EdgeLogsSpec(home=home), site(), buckets)) == [fault]


def test_logpush_needs_enterprise() -> None:
    args = EdgeLogsArgs(spec=EdgeLogsSpec(home="EU"), site=site(CloudflarePlan.PRO), buckets=BUCKETS)
    with pytest.raises(ProgramFailed, match=r"logs: Logpush needs plan enterprise, the zone has plan pro"):
        deploy(lambda: EdgeLogs("logs", args))


@pytest.mark.parametrize("values", [{"home": "EU", "interval_seconds": 29}, {"home": "EU", "interval_seconds": 301}, {}])
def test_what_cloudflare_does_not_take_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        EdgeLogsSpec.from_yaml(values)
