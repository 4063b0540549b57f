"""Limits of physical names, against AWS's own API models where they have one."""

import gzip
import json
from pathlib import Path
from typing import Any

import botocore
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.naming import LIMITS, Kind, physical_name

DATA = Path(botocore.__file__).parent / "data"
SHAPES = {
    Kind.EKS_CLUSTER: ("eks/2017-11-01", "ClusterName"),
    Kind.IAM_ROLE: ("iam/2010-05-08", "roleNameType"),
    Kind.LOG_GROUP: ("logs/2014-03-28", "LogGroupName"),
}


def shape(service: str, name: str) -> dict[str, Any]:
    return json.loads(gzip.decompress((DATA / service / "service-2.json.gz").read_bytes()))["shapes"][name]


@pytest.mark.parametrize("kind", SHAPES)
def test_limits_are_those_of_the_api(kind: Kind) -> None:
    said = shape(*SHAPES[kind])
    assert LIMITS[kind].longest == said["max"]
    assert LIMITS[kind].pattern.removesuffix("*").removesuffix("+") == said["pattern"].removeprefix("^").removesuffix("$").removesuffix(
        "*"
    ).removesuffix("+")


@pytest.mark.parametrize("kind", Kind)
@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789", min_size=2, max_size=120).map("a{}".format))
def test_a_name_comes_back_whole_or_not_at_all(kind: Kind, name: str) -> None:
    if len(name) <= LIMITS[kind].longest:
        assert physical_name(kind, name) == name
    else:
        with pytest.raises(ValueError, match=f"has {len(name)} characters, at most {LIMITS[kind].longest}"):
            physical_name(kind, name)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (Kind.EKS_CLUSTER, "-meridian"),
        (Kind.IAM_ROLE, "a/b"),
        (Kind.LOG_GROUP, "a b"),
        (Kind.SQS_QUEUE, "a.b"),
        (Kind.KUBERNETES_LABEL, "a-"),
        (Kind.KUBERNETES_OBJECT, "Upper"),
        (Kind.EKS_CLUSTER, ""),
        (Kind.S3_BUCKET, "Backup"),
        (Kind.S3_BUCKET, "meridian.backup"),
        (Kind.S3_BUCKET, "xn--backup"),
        (Kind.S3_BUCKET, "backup-s3alias"),
        (Kind.S3_BUCKET, "ab"),
        (Kind.KMS_ALIAS, "aws/s3"),
        (Kind.BACKUP_VAULT, "a"),
        (Kind.RESTORE_TESTING_PLAN, "a-b"),
    ],
)
def test_a_name_of_other_characters_is_refused_with_the_pattern(kind: Kind, name: str) -> None:
    with pytest.raises(ValueError, match="must match"):
        physical_name(kind, name)
