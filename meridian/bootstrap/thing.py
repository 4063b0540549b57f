"""What every part of a bootstrap is: something that can be compared with how it should be, and mended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol, cast

import boto3
from botocore.exceptions import ClientError

from meridian.bootstrap.site import MANAGED_BY, CannotBootstrap, Site

if TYPE_CHECKING:  # stubs, which are there for development only
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sts import STSClient


class Action(StrEnum):
    """What is done to a thing."""

    CREATE = "create"
    CHANGE = "change"


@dataclass(frozen=True)
class Difference:
    """One thing that is not as it should be. Never holds a secret: names and settings only."""

    action: Action
    """What mends it."""
    thing: str
    """Which one, e.g. `bucket meridian-state-111122223333-eu-west-1`."""
    detail: str
    """What differs."""


@dataclass(frozen=True, kw_only=True)
class Clients:
    """The clouds' ends of the parts."""

    s3: "S3Client"
    kms: "KMSClient"
    iam: "IAMClient"
    sts: "STSClient"

    @classmethod
    def of(cls, region: str, profile: str | None = None) -> "Clients":
        """By the credentials that boto3 finds, or those of a named profile."""
        session: Any = boto3.Session(profile_name=profile, region_name=region)
        return cls(s3=session.client("s3"), kms=session.client("kms"), iam=session.client("iam"), sts=session.client("sts"))


class Thing(Protocol):
    """A part of the bootstrap."""

    def differences(self) -> Sequence[Difference]:
        """What is not as it should be; only reads.

        Raises:
            CannotBootstrap: something of that name is somebody else's.
        """
        ...

    def mend(self) -> None:
        """Make it as it should be. Doing it again changes nothing."""
        ...


def refuse_wrong_account(clients: Clients, site: Site) -> None:
    """Stop before anything of another account is read.

    Raises:
        CannotBootstrap: the credentials are another account's.
    """
    found = clients.sts.get_caller_identity()["Account"]
    if found != site.account_id:
        raise CannotBootstrap(
            f"{site.stack}: account_id: the credentials are those of account {found}, the stack file says {site.account_id}: "
            "take credentials of that account"
        )


def refuse_foreign(thing: str, tags: Mapping[str, str]) -> None:
    """Stop at what Meridian did not make.

    Raises:
        CannotBootstrap: it lacks the tag.
    """
    key, value = MANAGED_BY
    if tags.get(key) != value:
        raise CannotBootstrap(f"{thing}: exists and is not Meridian's: tag it {key}={value} to hand it over, or rename what is in the way")


def missing(tags: Mapping[str, str], wanted: Mapping[str, str]) -> dict[str, str]:
    """Tags that are not as they should be. Others stay: whoever pays may add theirs."""
    return {key: value for key, value in wanted.items() if tags.get(key) != value}


def code(error: ClientError) -> str:
    """What AWS calls the error."""
    return str(cast("Mapping[str, Any]", error.response).get("Error", {}).get("Code", ""))
