"""Copies that a region keeps in its partner: of the bucket's objects and of the vault's recovery points.

Derived from names, never from the partner's outputs: both stacks can be previewed, made and lost alone. Objects go to a bucket of their own
there, as both regions' engines write under the same prefixes. What the law does not let go stays (components/catalog/residency.yaml).
"""

from components import catalog
from components.data.backup import BackupSpec
from components.data.bucket import DataBucketSpec
from components.data.bucket_replication import ReplicationSpec
from components.location import Location
from components.tags import DataClass
from stacks.spec import RegionSpec


def cluster_name(stack: str) -> str:
    """What a region's physical names begin with. Production stacks are named by their region, so this derives a partner's too."""
    return f"meridian-{stack}"


def bucket_name(cluster: str, account_id: str) -> str:
    """Bucket that the partner's objects are copied to."""
    return f"{cluster}-{account_id}-copies"


def key_alias(cluster: str) -> str:
    """Name of a region's key for data; S3 takes its ARN for that of the key (S3 API, EncryptionConfiguration.ReplicaKmsKeyID)."""
    return f"{cluster}-data"


def replicated(spec: RegionSpec, bucket: DataBucketSpec) -> DataBucketSpec:
    """The bucket with its copy in the partner, where the file names no other and the law lets one be."""
    partner = spec.partner
    moved = None if partner is None else sent_class(spec, partner)
    if partner is None or moved is None or bucket.replication is not None:
        return bucket
    there, name = Location(account_id=spec.account_id, region=partner), cluster_name(partner)
    copy = ReplicationSpec(
        region=partner,
        bucket_name=bucket_name(name, spec.account_id),
        key_arn=there.arn("kms", f"alias/{key_alias(name)}"),
        data_class=None if moved is spec.tags.data_class else moved,
    )
    return bucket.model_copy(update={"replication": copy})


def copied(spec: RegionSpec, backup: BackupSpec) -> BackupSpec:
    """Backups with their copy in the partner, where the file names no other. A recovery point is copied whole, or, where it may hold what
    must stay, not at all.
    """
    partner = spec.partner
    if partner is None or backup.copy_to or sent_class(spec, partner) is not spec.tags.data_class:
        return backup
    return backup.model_copy(update={"copy_to": (partner,)})


def sent_class(spec: RegionSpec, partner: str) -> DataClass | None:
    """Highest class of the region's data that may be copied to its partner; none where not even public data may."""
    classes = list(DataClass)
    held = classes[: classes.index(spec.tags.data_class) + 1]
    return next((each for each in reversed(held) if catalog.may_copy(each, spec.region, partner)), None)


def held_class(spec: RegionSpec) -> DataClass | None:
    """Highest class of the partner's data that may be copied here; none where there is no partner. Personal at most, whatever the partner
    holds: sensitive data may leave no region for another but to come home.
    """
    if spec.partner is None:
        return None
    classes = (DataClass.PERSONAL, DataClass.OPERATIONAL, DataClass.PUBLIC)
    return next((each for each in classes if catalog.may_copy(each, spec.partner, spec.region)), None)
