"""Object storage at the edge (R2), in a jurisdiction that every part of a bucket repeats."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import pulumi
import pulumi_cloudflare as cloudflare
from pydantic import Field

from components.base import Component, Spec
from components.edge.regional import host_faults
from components.edge.site import EdgeSite

DAY = 86_400
"""Seconds."""


class R2Jurisdiction(StrEnum):
    """Where R2 guarantees that objects stay, as its API spells it."""

    DEFAULT = "default"
    """Nowhere in particular."""
    EU = "eu"
    """European Union."""
    FEDRAMP = "fedramp"
    """United States, FedRAMP."""


class R2Class(StrEnum):
    """Storage classes of R2."""

    STANDARD = "Standard"
    INFREQUENT_ACCESS = "InfrequentAccess"


class EdgeBucketSpec(Spec):
    """Knobs of a bucket."""

    jurisdiction: R2Jurisdiction
    """Where its objects stay. A location would be best effort and only for a name never used before; this is a guarantee, and final."""
    storage_class: R2Class = R2Class.STANDARD
    """Class of new objects."""
    infrequent_after_days: int | None = Field(default=None, ge=1)
    """Age in days at which objects move to infrequent access; never if none."""
    expire_after_days: int | None = Field(default=None, ge=1)
    """Age in days at which objects are deleted; never if none."""
    abort_upload_days: int = Field(default=7, ge=1)
    """Days after which parts of an upload that never ended are dropped; R2's own default."""
    locked_days: int | None = Field(default=None, ge=1)
    """Days that nobody can delete or overwrite an object; not locked if none."""
    hostname: str | None = None
    """Host name in the zone under which it is public; private if none."""
    origins: tuple[str, ...] = ()
    """Web origins whose scripts may read it (CORS), e.g. `https://app.example.com`."""


def edge_bucket_faults(spec: EdgeBucketSpec, site: EdgeSite) -> Iterator[str]:
    """A line for each knob that contradicts another or lies outside the zone."""
    if spec.hostname:
        yield from host_faults(site, "hostname", [spec.hostname])
    if spec.expire_after_days and spec.locked_days and spec.expire_after_days < spec.locked_days:
        yield f"expire_after_days: {spec.expire_after_days}: objects are locked for {spec.locked_days} days: raise it to that at the least"
    if spec.infrequent_after_days and spec.expire_after_days and spec.infrequent_after_days >= spec.expire_after_days:
        yield f"infrequent_after_days: {spec.infrequent_after_days}: objects are gone after {spec.expire_after_days} days: leave it out"
    for origin in spec.origins:
        if not re.fullmatch(r"https://[^/*]+", origin):
            yield f"origins: {origin}: an https origin without path or wildcard, e.g. https://app.{site.domain}"


@dataclass(frozen=True, kw_only=True)
class EdgeBucketArgs:
    """Wires of an EdgeBucket."""

    spec: EdgeBucketSpec
    """Knobs."""
    site: EdgeSite
    """Account, and zone of the host name."""
    bucket_name: str
    """Physical name: S3's rules, unique in the account and jurisdiction."""


class EdgeBucket(Component, token="meridian:edge:EdgeBucket"):
    """An R2 bucket with life cycle, lock, CORS and host name, each told the jurisdiction: without it Cloudflare looks for the bucket among
    those of the default one. Public only by its host name, never under `r2.dev`. Pulumi refuses to delete it.

    Raises:
        ValueError: knobs contradict one another, the host name is of another zone, or R2 does not take the bucket's name.
    """

    bucket_name: str
    """Physical name."""
    jurisdiction: str
    """Where its objects stay; whoever binds the bucket repeats it."""

    def __init__(self, name: str, args: EdgeBucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        faults = list(edge_bucket_faults(args.spec, args.site))
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]", args.bucket_name):
            faults.append(f"bucket_name: {args.bucket_name}: 3 to 63 of a-z, 0-9 and -, no - at the ends (R2, create buckets)")
        if faults:
            raise ValueError(f"edge bucket '{name}': {'; '.join(faults)}")
        super().__init__(name, opts)
        self.bucket_name, self.jurisdiction = args.bucket_name, args.spec.jurisdiction.value
        self._account, self._name = args.site.account_id, name
        bucket = cloudflare.R2Bucket(
            f"{name}-bucket",
            account_id=self._account,
            name=self.bucket_name,
            jurisdiction=self.jurisdiction,
            storage_class=args.spec.storage_class.value,
            opts=pulumi.ResourceOptions.merge(self.child, pulumi.ResourceOptions(protect=True)),
        )
        self._companions = self.after(bucket)
        self._life_cycle(args.spec)
        self._lock(args.spec)
        self._public(args.spec, args.site)
        self.resources: tuple[pulumi.Resource, ...] = (bucket,)
        self._seal()

    def _life_cycle(self, spec: EdgeBucketSpec) -> None:
        cloudflare.R2BucketLifecycle(
            f"{self._name}-lifecycle",
            account_id=self._account,
            bucket_name=self.bucket_name,
            jurisdiction=self.jurisdiction,
            rules=life_cycle_rules(spec),
            opts=self._companions,
        )

    def _lock(self, spec: EdgeBucketSpec) -> None:
        if spec.locked_days:
            condition = cloudflare.R2BucketLockRuleConditionArgs(type="Age", max_age_seconds=spec.locked_days * DAY)
            cloudflare.R2BucketLock(
                f"{self._name}-lock",
                account_id=self._account,
                bucket_name=self.bucket_name,
                jurisdiction=self.jurisdiction,
                rules=[cloudflare.R2BucketLockRuleArgs(id="all", enabled=True, prefix="", condition=condition)],
                opts=self._companions,
            )

    def _public(self, spec: EdgeBucketSpec, site: EdgeSite) -> None:
        shared = {"account_id": self._account, "bucket_name": self.bucket_name, "jurisdiction": self.jurisdiction}
        cloudflare.R2ManagedDomain(f"{self._name}-r2-dev", **shared, enabled=False, opts=self._companions)
        if spec.hostname:
            cloudflare.R2CustomDomain(
                f"{self._name}-host",
                **shared,
                zone_id=site.zone_id,
                domain=spec.hostname,
                enabled=True,
                min_tls="1.2",
                opts=self._companions,
            )
        if spec.origins:
            allowed = cloudflare.R2BucketCorsRuleAllowedArgs(methods=["GET", "HEAD"], origins=list(spec.origins))
            rule = cloudflare.R2BucketCorsRuleArgs(id="read", allowed=allowed, max_age_seconds=DAY)
            cloudflare.R2BucketCors(f"{self._name}-cors", **shared, rules=[rule], opts=self._companions)


def life_cycle_rules(spec: EdgeBucketSpec) -> list[cloudflare.R2BucketLifecycleRuleArgs]:
    """One rule for all objects of the bucket."""
    abort = cloudflare.R2BucketLifecycleRuleAbortMultipartUploadsTransitionConditionArgs(type="Age", max_age=spec.abort_upload_days * DAY)
    rule = cloudflare.R2BucketLifecycleRuleArgs(
        id="all",
        enabled=True,
        conditions=cloudflare.R2BucketLifecycleRuleConditionsArgs(prefix=""),
        abort_multipart_uploads_transition=cloudflare.R2BucketLifecycleRuleAbortMultipartUploadsTransitionArgs(condition=abort),
        delete_objects_transition=_expiry(spec.expire_after_days),
        storage_class_transitions=_cooling(spec.infrequent_after_days),
    )
    return [rule]


def _expiry(days: int | None) -> cloudflare.R2BucketLifecycleRuleDeleteObjectsTransitionArgs | None:
    if days is None:
        return None
    condition = cloudflare.R2BucketLifecycleRuleDeleteObjectsTransitionConditionArgs(type="Age", max_age=days * DAY)
    return cloudflare.R2BucketLifecycleRuleDeleteObjectsTransitionArgs(condition=condition)


def _cooling(days: int | None) -> list[cloudflare.R2BucketLifecycleRuleStorageClassTransitionArgs] | None:
    if days is None:
        return None
    condition = cloudflare.R2BucketLifecycleRuleStorageClassTransitionConditionArgs(type="Age", max_age=days * DAY)
    cooler = R2Class.INFREQUENT_ACCESS.value
    return [cloudflare.R2BucketLifecycleRuleStorageClassTransitionArgs(condition=condition, storage_class=cooler)]
