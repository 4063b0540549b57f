"""The bucket of a stack's state: every version kept for a while, encrypted by its own key, closed to everybody else."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from meridian.bootstrap.documents import bucket_policy
from meridian.bootstrap.keys import Key
from meridian.bootstrap.site import CannotBootstrap, Site
from meridian.bootstrap.thing import Action, Clients, Difference, code, missing, refuse_foreign

OLD_VERSIONS_DAYS = 90
"""How long an overwritten state can be brought back: a mistake may show only with the next quarter's change."""
UNFINISHED_DAYS = 7
"""Uploads that nobody will finish."""
FIRST_REGION = "us-east-1"
"""Region whose buckets have no location constraint (S3 API, CreateBucket and GetBucketLocation)."""
PUBLIC_ACCESS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")

Asked = Callable[[], Any]


class StateBucket:
    """The bucket and its seven settings."""

    def __init__(self, site: Site, clients: Clients, key: Key) -> None:
        self.site, self.s3, self.key = site, clients.s3, key
        self.own: Any = {"Bucket": site.bucket_name, "ExpectedBucketOwner": site.account_id}

    @property
    def name(self) -> str:
        """How it is called in a plan."""
        return f"bucket {self.site.bucket_name}"

    def differences(self) -> Sequence[Difference]:
        """As `Thing` says."""
        if not self._exists():
            return [
                Difference(Action.CREATE, self.name, f"in {self.site.region}, versioned, private, TLS only, key {self.site.state_alias}")
            ]
        self._refuse_elsewhere()
        refuse_foreign(self.name, self._tags())
        wanted = self._wanted()
        return [Difference(Action.CHANGE, self.name, f"{what} differs") for what, held in self._held().items() if held != wanted[what]]

    def mend(self) -> None:
        """As `Thing` says."""
        if not self._exists():
            self._create()
        wanted = self._wanted()
        self.s3.put_public_access_block(**self.own, PublicAccessBlockConfiguration=wanted["public access"])
        self.s3.put_bucket_ownership_controls(**self.own, OwnershipControls={"Rules": wanted["ownership"]})
        self.s3.put_bucket_versioning(**self.own, VersioningConfiguration={"Status": wanted["versioning"]})
        self.s3.put_bucket_encryption(**self.own, ServerSideEncryptionConfiguration={"Rules": wanted["encryption"]})
        self.s3.put_bucket_policy(**self.own, Policy=json.dumps(wanted["policy"]))
        self.s3.put_bucket_lifecycle_configuration(**self.own, LifecycleConfiguration={"Rules": wanted["lifecycle"]})
        tags: Any = [{"Key": key, "Value": value} for key, value in {**self._tags(), **self.site.tags}.items()]
        self.s3.put_bucket_tagging(**self.own, Tagging={"TagSet": tags})

    def _create(self) -> None:
        """Raises CannotBootstrap where another account has the name: all of AWS shares one name space."""
        constraint: Any = (
            {} if self.site.region == FIRST_REGION else {"CreateBucketConfiguration": {"LocationConstraint": self.site.region}}
        )
        try:
            self.s3.create_bucket(Bucket=self.site.bucket_name, **constraint)
        except ClientError as error:
            if code(error) == "BucketAlreadyExists":
                raise self._foreign() from None
            raise
        self.s3.put_bucket_tagging(**self.own, Tagging={"TagSet": [{"Key": key, "Value": value} for key, value in self.site.tags.items()]})

    def _exists(self) -> bool:
        try:
            self.s3.head_bucket(**self.own)
        except ClientError as error:
            if code(error) == "404":
                return False
            if code(error) in {"403", "AccessDenied"}:
                raise self._foreign() from None
            if code(error) in {"301", "400"}:
                raise self._elsewhere("another region") from None
            raise
        return True

    def _refuse_elsewhere(self) -> None:
        found = self.s3.get_bucket_location(**self.own).get("LocationConstraint") or FIRST_REGION
        if found != self.site.region:
            raise self._elsewhere(found)

    def _elsewhere(self, region: str) -> CannotBootstrap:
        return CannotBootstrap(
            f"{self.name}: lies in {region}, the stack in {self.site.region}: its state holds that region's data and may not leave it; "
            "a bucket cannot move, so empty and delete it, then bootstrap again"
        )

    def _foreign(self) -> CannotBootstrap:
        return CannotBootstrap(
            f"{self.name}: belongs to another account, or its policy keeps these credentials out: find out who has it; "
            "another stack name gives another bucket name"
        )

    def _tags(self) -> dict[str, str]:
        return self._or({}, lambda: {tag["Key"]: tag["Value"] for tag in self.s3.get_bucket_tagging(**self.own)["TagSet"]}, "NoSuchTagSet")

    def _held(self) -> Mapping[str, Any]:
        """Settings as they are."""
        s3, own = self.s3, self.own
        absent = "NoSuchPublicAccessBlockConfiguration"
        return {
            "versioning": s3.get_bucket_versioning(**own).get("Status"),
            "public access": self._or({}, lambda: s3.get_public_access_block(**own)["PublicAccessBlockConfiguration"], absent),
            "ownership": self._or([], lambda: s3.get_bucket_ownership_controls(**own)["OwnershipControls"]["Rules"], "OwnershipControls"),
            "encryption": self._or(
                [], lambda: _encryption(s3.get_bucket_encryption(**own)), "ServerSideEncryptionConfigurationNotFoundError"
            ),
            "policy": self._or({}, lambda: json.loads(s3.get_bucket_policy(**own)["Policy"]), "NoSuchBucketPolicy"),
            "lifecycle": self._or([], lambda: s3.get_bucket_lifecycle_configuration(**own).get("Rules"), "NoSuchLifecycleConfiguration"),
            "tags": missing(self._tags(), self.site.tags),
        }

    def _wanted(self) -> Mapping[str, Any]:
        """Settings as they should be."""
        by_default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": self.key.arn}
        return {
            "versioning": "Enabled",
            "public access": dict.fromkeys(PUBLIC_ACCESS, True),
            "ownership": [{"ObjectOwnership": "BucketOwnerEnforced"}],
            "encryption": [{"ApplyServerSideEncryptionByDefault": by_default, "BucketKeyEnabled": True}],
            "policy": bucket_policy(self.site),
            "lifecycle": [
                {
                    "ID": "old-versions",
                    "Status": "Enabled",
                    "Filter": {"Prefix": ""},
                    "NoncurrentVersionExpiration": {"NoncurrentDays": OLD_VERSIONS_DAYS},
                    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": UNFINISHED_DAYS},
                }
            ],
            "tags": {},
        }

    @staticmethod
    def _or(default: Any, ask: Asked, absent: str) -> Any:
        """The answer, or the default where AWS says that nothing is set."""
        try:
            return ask()
        except ClientError as error:
            if code(error).startswith(absent):
                return default
            raise


def _encryption(answer: Any) -> Any:
    """What is ours to say; S3 adds fields of its own."""
    known = ("ApplyServerSideEncryptionByDefault", "BucketKeyEnabled")
    return [{key: rule[key] for key in known if key in rule} for rule in answer["ServerSideEncryptionConfiguration"]["Rules"]]
