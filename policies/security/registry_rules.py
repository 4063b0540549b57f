"""Image registries."""

import json
from collections.abc import Iterator
from typing import Any

from policies.core import tokens
from policies.core.example import Example, example, resource
from policies.core.facts import iam, trust
from policies.core.facts.keys import all_ours
from policies.core.facts.providers import own_accounts
from policies.core.rule import Scope, Subject, rule
from policies.core.verdict import Properties, Severity, known_first


def _repository(**inputs: Any) -> Example:
    wanted = {
        "imageTagMutability": "IMMUTABLE",
        "imageScanningConfiguration": {"scanOnPush": True},
        "encryptionConfigurations": [{"encryptionType": "KMS", "kmsKey": "${key.arn}"}],
    }
    given = {key: value for key, value in {**wanted, **inputs}.items() if value is not None}
    return example(resource(tokens.ECR_REPOSITORY, given), key=resource(tokens.KMS_KEY))


def _shared(principal: Any, condition: dict[str, Any] | None = None) -> Example:
    """A repository policy for a principal, in a stack of account 123456789012."""
    statement = {
        "Effect": "Allow",
        "Principal": principal,
        "Action": "ecr:BatchGetImage",
        **({"Condition": condition} if condition else {}),
    }
    return example(
        resource(tokens.ECR_REPOSITORY_POLICY, {"repository": "blue", "policy": json.dumps({"Statement": [statement]})}),
        provider=resource(tokens.AWS_PROVIDER, {"allowedAccountIds": '["123456789012"]'}),
    )


@rule(
    "sec-44",
    on=(tokens.ECR_REPOSITORY, tokens.ECR_REPOSITORY_POLICY),
    scope=Scope.STACK,
    severity=Severity.MEDIUM,
    why="A tag that can be moved runs another image than was reviewed; what nobody scanned is as old as the day it was pushed.",
    fix=(
        'Set image_tag_mutability="IMMUTABLE", image_scanning_configuration.scan_on_push=True and encryption_configurations with type '
        "KMS and a key of this stack; name only principals of this account in the repository policy."
    ),
    controls=("cis-eks-1.4:5.1.1", "cis-eks-1.4:5.1.2", "fsbp:ECR.1", "fsbp:ECR.2"),
    settings=("own_accounts",),
    bad=(
        _repository(imageTagMutability=None),
        {},
        _repository(imageTagMutability="MUTABLE"),
        _repository(imageScanningConfiguration={"scanOnPush": False}),
        _repository(encryptionConfigurations=[{"encryptionType": "AES256"}]),
        _repository(encryptionConfigurations=[{"encryptionType": "KMS"}]),
        _shared("*"),
        _shared({"AWS": "*"}),
        _shared({"AWS": ["arn:aws:iam::210987654321:root"]}),
        _shared({"AWS": "210987654321"}),
        _shared("*", {"StringLike": {"aws:PrincipalOrgID": "*"}}),
    ),
    good=(
        _repository(),
        _repository(imageTagMutability="IMMUTABLE_WITH_EXCLUSION"),
        _shared({"AWS": "arn:aws:iam::123456789012:role/builder"}),
        _shared({"Service": "lambda.amazonaws.com"}),
        _shared("*", {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}),
    ),
)
def images_cannot_be_replaced(registry: Subject) -> Iterator[str]:
    if registry.resource.type == tokens.ECR_REPOSITORY_POLICY:
        yield from known_first(iam.statements(registry.properties, "policy"), lambda statement: _foreigners(registry, statement))
        return
    read = registry.properties
    if not read.text("imageTagMutability", "MUTABLE").startswith("IMMUTABLE"):
        yield "tags can be moved"
    if not read.section("imageScanningConfiguration").flag("scanOnPush"):
        yield "images are not scanned when pushed"
    encryption = read.sections("encryptionConfigurations")
    if not all_ours(registry.stack, registry.resource, "encryptionConfigurations", encryption, "kmsKey"):
        yield "images are not encrypted with a customer managed key"


def _foreigners(registry: Subject, statement: Properties) -> Iterator[str]:
    if not iam.allows(statement) or trust.is_bound(statement):
        return
    own = own_accounts(registry.stack, registry.settings)
    for principal in trust.principals(statement):
        if principal.is_anybody or (own and principal.account and principal.account not in own):
            yield f"{principal.name} may use the images"
