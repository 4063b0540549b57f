"""Resources whose deletion loses data."""

from collections.abc import Iterator

from policies.core import tokens
from policies.core.example import example, resource
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Severity

STATEFUL = (
    tokens.BACKUP_VAULT,
    tokens.DOCUMENTDB_CLUSTER,
    tokens.DYNAMODB_TABLE,
    tokens.EBS_VOLUME,
    tokens.ECR_REPOSITORY,
    tokens.EFS_FILE_SYSTEM,
    tokens.ELASTICACHE_REPLICATION_GROUP,
    tokens.FSX_LUSTRE_FILE_SYSTEM,
    tokens.KMS_EXTERNAL_KEY,
    tokens.KMS_KEY,
    tokens.KMS_REPLICA_KEY,
    tokens.MSK_CLUSTER,
    tokens.OPENSEARCH_DOMAIN,
    tokens.RDS_CLUSTER,
    tokens.RDS_INSTANCE,
    tokens.S3_BUCKET,
    tokens.S3_BUCKET_V2,
)
"""Types that hold data, or the key of it: what they lose no second `pulumi up` brings back."""

_DISPOSABLE = resource(tokens.AWS_PROVIDER, {"defaultTags": '{"tags": {"environment": "development"}}'})
_PRODUCTION = resource(tokens.AWS_PROVIDER, {"defaultTags": '{"tags": {"environment": "production"}}'})


@rule(
    "rel-18",
    on=STATEFUL,
    scope=Scope.STACK,
    severity=Severity.HIGH,
    why="No policy runs on `pulumi destroy`, nor when a resource leaves the program: only the engine's own protection asks.",
    fix="Give ResourceOptions(protect=True); stacks whose environment tag is in disposable_environments need none.",
    controls=("soc2:A1.2",),
    settings=("disposable_environments",),
    bad=(
        {},
        example(resource(tokens.S3_BUCKET)),
        example(resource(tokens.KMS_KEY), provider=_PRODUCTION),
    ),
    good=(
        example(resource(tokens.KMS_KEY, protect=True)),
        example(resource(tokens.S3_BUCKET), provider=_DISPOSABLE),
        example(resource(tokens.S3_BUCKET, {"tags": {"environment": "staging"}})),
    ),
)
def stateful_resource_is_protected(subject: Subject) -> Iterator[str]:
    if not subject.resource.protect and _environment(subject) not in subject.settings.disposable_environments:
        yield "the engine may delete it: protect is off"


def _environment(subject: Subject) -> str:
    """The resource's `environment` tag, which wins over the provider's default one (AWS provider, default_tags)."""
    tags = subject.properties.section("tags")
    if "environment" in tags:
        return tags.text("environment")
    return subject.stack.provider_configuration(subject.resource).section("defaultTags").section("tags").text("environment")
