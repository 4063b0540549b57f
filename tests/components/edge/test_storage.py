"""R2 buckets: the jurisdiction everywhere, no public way but the host name."""

from typing import Any

import pytest
from pydantic import ValidationError

from components.edge.storage import EdgeBucket, EdgeBucketArgs, EdgeBucketSpec, edge_bucket_faults
from meridian.plan import Plan
from tests.components.edge.sites import site
from tests.deploy import deploy

FULL = {
    "jurisdiction": "eu",
    "infrequent_after_days": 30,
    "expire_after_days": 365,
    "locked_days": 90,
    "hostname": "files.example.com",
    "origins": ["https://app.example.com"],
}


def _plan(values: dict[str, Any], bucket_name: str = "meridian-units-eu") -> Plan:
    args = EdgeBucketArgs(spec=EdgeBucketSpec.from_yaml(values), site=site(), bucket_name=bucket_name)
    return deploy(lambda: EdgeBucket("units", args))


def _one(plan: Plan, kind: str) -> dict[str, Any]:
    (found,) = (resource for resource in plan.made if resource.type.endswith(f":{kind}"))
    return dict(found.inputs)


def test_the_jurisdiction_is_on_the_bucket_and_on_each_of_its_parts() -> None:
    plan = _plan(FULL)
    assert {resource.name for resource in plan.made} == {
        f"units-{part}" for part in ("bucket", "lifecycle", "lock", "r2-dev", "host", "cors")
    }
    assert {resource.inputs["jurisdiction"] for resource in plan.made} == {"eu"}


def test_parts_wait_for_the_bucket_which_cannot_be_deleted() -> None:
    plan = _plan(FULL)
    bucket = next(resource for resource in plan.made if resource.name == "units-bucket")
    assert bucket.options.protect
    assert all(bucket.urn in plan.depends(resource) for resource in plan.made if resource is not bucket)


def test_days_become_the_seconds_that_r2_counts_in() -> None:
    plan = _plan(FULL)
    (rule,) = _one(plan, "R2BucketLifecycle")["rules"]
    assert rule["deleteObjectsTransition"]["condition"] == {"type": "Age", "maxAge": 31_536_000}
    assert rule["storageClassTransitions"] == [{"condition": {"type": "Age", "maxAge": 2_592_000}, "storageClass": "InfrequentAccess"}]
    assert rule["abortMultipartUploadsTransition"]["condition"]["maxAge"] == 604_800
    assert _one(plan, "R2BucketLock")["rules"][0]["condition"] == {"type": "Age", "maxAgeSeconds": 7_776_000}


def test_it_is_public_by_its_host_name_with_tls_1_2_and_never_under_r2_dev() -> None:
    plan = _plan(FULL)
    host = _one(plan, "R2CustomDomain")
    assert (host["domain"], host["minTls"], host["zoneId"]) == ("files.example.com", "1.2", "b" * 32)
    assert _one(plan, "R2ManagedDomain")["enabled"] is False
    assert _one(plan, "R2BucketCors")["rules"][0]["allowed"]["methods"] == ["GET", "HEAD"]


def test_a_plain_bucket_is_private_and_keeps_what_it_has() -> None:
    plan = _plan({"jurisdiction": "eu"})
    assert {resource.name for resource in plan.made} == {"units-bucket", "units-lifecycle", "units-r2-dev"}
    assert "deleteObjectsTransition" not in _one(plan, "R2BucketLifecycle")["rules"][0]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"expire_after_days": 60}, "expire_after_days: 60: objects are locked for 90 days"),
        ({"infrequent_after_days": 365}, "infrequent_after_days: 365: objects are gone after 365 days"),
        ({"hostname": "files.other.org"}, "hostname: files.other.org: not in zone example.com"),
        ({"origins": ["*"]}, "origins: *: an https origin"),
    ],
)
def test_contradictions_are_refused(change: dict[str, Any], told: str) -> None:
    (fault,) = edge_bucket_faults(EdgeBucketSpec.from_yaml(FULL | change), site())
    assert fault.startswith(told)


def test_a_bucket_must_say_where_its_objects_stay() -> None:
    with pytest.raises(ValidationError, match="jurisdiction"):
        EdgeBucketSpec.from_yaml({})


def test_a_name_that_r2_does_not_take_is_refused() -> None:
    args = EdgeBucketArgs(spec=EdgeBucketSpec.from_yaml(FULL), site=site(), bucket_name="Units_EU")
    with pytest.raises(ValueError, match="bucket_name: Units_EU: 3 to 63"):
        EdgeBucket("units", args)
