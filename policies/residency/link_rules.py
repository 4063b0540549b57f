"""Logs, networks and the engines of clusters: ways that data takes besides copies of stores."""

from collections.abc import Iterator

from policies.core import kinds, tokens
from policies.core.example import Example, example, resource
from policies.core.facts import providers
from policies.core.facts.ways import AWS, CHANGE_FEED, KUBERNETES
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Severity, is_unknown
from policies.residency.edges import CONTROLS, FIX, SETTINGS, all_known, ireland, of_ireland, refused

_LOGS = "arn:aws:logs:{}:{}:log-group:flows"
_OURS = "123456789012"
_BOUND = resource(tokens.AWS_PROVIDER, {"region": "eu-west-1", "allowedAccountIds": f'["{_OURS}"]'})


def _flow(region: str, account: str = _OURS) -> dict[str, object]:
    return {"vpcId": "vpc-1", "trafficType": "ALL", "logDestination": _LOGS.format(region, account)}


@rule(
    "res-13",
    on=(tokens.FLOW_LOG, tokens.TRAIL, tokens.FIREHOSE, tokens.LOG_SUBSCRIPTION_FILTER, tokens.METRIC_STREAM),
    scope=Scope.STACK,
    severity=Severity.HIGH,
    why="Logs hold addresses and names of people: whoever collects them abroad, or in an account of others, holds data of people.",
    fix="Send logs to an account of ours. " + FIX,
    controls=("gdpr:30", "hipaa:164.312(b)"),
    settings=(*SETTINGS, "own_accounts"),
    bad=(
        of_ireland(tokens.FLOW_LOG, _flow("us-east-1")),
        example(resource(tokens.FLOW_LOG, _flow("eu-west-1", "999999999999")), provider=_BOUND),
        of_ireland(tokens.TRAIL, {"s3BucketName": "${there.id}"}, there=resource(tokens.S3_BUCKET, {"region": "us-east-1"})),
        of_ireland(tokens.FIREHOSE, {"extendedS3Configuration": {"bucketArn": "arn:aws:s3:::logs-us-east-1"}}),
        of_ireland(
            tokens.LOG_SUBSCRIPTION_FILTER,
            {"logGroup": "app", "destinationArn": "arn:aws:firehose:ap-south-1:123456789012:deliverystream/logs"},
        ),
    ),
    good=(
        of_ireland(tokens.FLOW_LOG, _flow("eu-west-1")),
        example(resource(tokens.FLOW_LOG, _flow("eu-west-1")), provider=_BOUND),
        of_ireland(tokens.FLOW_LOG, {"vpcId": "vpc-1", "logDestination": "${group.arn}"}, group=resource(tokens.LOG_GROUP)),
        of_ireland(tokens.TRAIL, {"s3BucketName": "${there.id}"}, there=resource(tokens.S3_BUCKET, {"region": "eu-central-1"})),
        of_ireland(tokens.FIREHOSE, {"extendedS3Configuration": {"bucketArn": "arn:aws:s3:::logs-eu-west-1"}}),
    ),
)
def logs_are_kept_where_they_may_lie(log: Subject) -> Iterator[str]:
    return all_known(refused(log), _strangers(log))


def _strangers(log: Subject) -> Iterator[str]:
    """ARNs of other accounts that the log goes to; S3's name none."""
    ours = providers.own_accounts(log.stack, log.settings)
    keys = [form.path[0] for form in AWS[log.resource.type] if not form.each]
    texts = (log.resource.inputs.get(key) for key in keys)
    if not ours:
        return
    for text in texts:
        fields = text.split(":") if isinstance(text, str) and not is_unknown(text) else []
        if len(fields) > 5 and fields[4] and fields[4] not in ours:
            yield f"logs go to account {fields[4]}, which is none of ours"


@rule(
    "res-14",
    on=(tokens.VPC_PEERING, tokens.TGW_PEERING),
    scope=Scope.STACK,
    severity=Severity.HIGH,
    why="Over a link between networks every store of one is a query away from the other, whatever law it lies under.",
    fix="List the link in the configuration (networkLinks: source>destination by region) once it was agreed on, or remove it. " + FIX,
    controls=("gdpr:32",),
    settings=SETTINGS,
    bad=(
        of_ireland(tokens.VPC_PEERING, {"vpcId": "vpc-1", "peerVpcId": "vpc-2", "peerRegion": "us-east-1"}),
        of_ireland(tokens.TGW_PEERING, {"transitGatewayId": "tgw-1", "peerTransitGatewayId": "tgw-2", "peerRegion": "ap-east-1"}),
    ),
    good=(
        of_ireland(tokens.VPC_PEERING, {"vpcId": "vpc-1", "peerVpcId": "vpc-2", "peerRegion": "eu-central-1"}),
        of_ireland(tokens.VPC_PEERING, {"vpcId": "vpc-1", "peerVpcId": "vpc-2"}),
        of_ireland(
            tokens.VPC_PEERING,
            {"vpcId": "${net.id}", "peerVpcId": "vpc-2", "peerRegion": "us-east-1"},
            net=resource(tokens.VPC, {"tags": {"data-class": "public"}}),
        ),
    ),
)
def networks_are_linked_where_their_data_may_go(link: Subject) -> Iterator[str]:
    return refused(link)


def _in_ireland(token: str, spec: dict[str, object], annotations: dict[str, str] | None = None) -> Example:
    """An object of a cluster; its provider knows no region, so the stack's AWS provider tells."""
    metadata = {"metadata": {"annotations": annotations}} if annotations else {}
    return example(resource(token, {**metadata, "spec": spec}), aws=ireland())


def _backup(region: str) -> dict[str, object]:
    return {"s3": {"provider": "aws", "region": region, "bucket": "backups"}}


def _external(host: str) -> dict[str, object]:
    return {"instances": 3, "externalClusters": [{"name": "other", "connectionParameters": {"host": host}}]}


@rule(
    "res-18",
    on=(*(token for group in KUBERNETES for token in group), *kinds.TIDB_CLUSTER),
    scope=Scope.STACK,
    severity=Severity.CRITICAL,
    why="Engines copy data on their own: a backup, a mirror or a feed to another region leaves the jurisdiction as a bucket's copy does.",
    fix=FIX,
    controls=CONTROLS,
    settings=SETTINGS,
    bad=(
        _in_ireland(kinds.TIDB_BACKUP[0], _backup("us-east-1")),
        _in_ireland(kinds.TIDB_BACKUP_SCHEDULE[0], {"schedule": "0 1 * * *", "backupTemplate": _backup("ap-south-1")}),
        _in_ireland(kinds.TIDB_RESTORE[0], _backup("us-east-1")),
        _in_ireland(kinds.VELERO_LOCATION[0], {"provider": "aws", "config": {"region": "us-east-1"}, "objectStorage": {"bucket": "b"}}),
        _in_ireland(kinds.POSTGRESQL_CLUSTER[0], _external("people.db.us-east-1.example.com")),
        _in_ireland(kinds.BARMAN_OBJECT_STORE[0], {"configuration": {"endpointURL": "https://s3.us-east-1.amazonaws.com"}}),
        _in_ireland(kinds.MIRROR_MAKER[0], {"target": {"alias": "far", "bootstrapServers": "kafka.us-east-1.example.com:9092"}}),
        _in_ireland(kinds.SERVICE_ENTRY[0], {"hosts": ["s3.us-east-1.amazonaws.com"]}),
        _in_ireland(kinds.TIDB_CLUSTER[0], {"version": "v8.5.3"}, {CHANGE_FEED: "us-east-1"}),
    ),
    good=(
        _in_ireland(kinds.TIDB_BACKUP[0], _backup("eu-west-1")),
        _in_ireland(kinds.VELERO_LOCATION[0], {"provider": "aws", "config": {"region": "eu-central-1"}, "objectStorage": {"bucket": "b"}}),
        _in_ireland(kinds.POSTGRESQL_CLUSTER[0], _external("people-rw.data.svc")),
        _in_ireland(kinds.SERVICE_ENTRY[0], {"hosts": ["s3.eu-west-1.amazonaws.com", "api.example.com"]}),
        _in_ireland(kinds.TIDB_CLUSTER[0], {"version": "v8.5.3"}, {CHANGE_FEED: "eu-central-1"}),
        _in_ireland(kinds.TIDB_CLUSTER[0], {"version": "v8.5.3"}),
    ),
)
def engines_copy_where_the_data_may_lie(engine: Subject) -> Iterator[str]:
    return refused(engine)
