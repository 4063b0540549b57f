"""A KMS key under an alias: rotating every year, administered by the account."""

import json
from collections.abc import Sequence
from typing import Any

from meridian.bootstrap.documents import key_policy
from meridian.bootstrap.site import CannotBootstrap, Site
from meridian.bootstrap.thing import Action, Clients, Difference, missing, refuse_foreign


class Key:
    """The key behind an alias."""

    def __init__(self, site: Site, clients: Clients, alias: str, purpose: str) -> None:
        self.site, self.kms, self.alias, self.purpose = site, clients.kms, alias, purpose

    @property
    def arn(self) -> str | None:
        """ARN of the key; none while there is no alias."""
        try:
            return self.kms.describe_key(KeyId=self.alias)["KeyMetadata"].get("Arn")
        except self.kms.exceptions.NotFoundException:
            return None

    def differences(self) -> Sequence[Difference]:
        """As `Thing` says."""
        arn, name = self.arn, f"key {self.alias}"
        if arn is None:
            return [Difference(Action.CREATE, name, f"{self.purpose}; rotates every year")]
        if (state := self.kms.describe_key(KeyId=arn)["KeyMetadata"].get("KeyState")) != "Enabled":
            raise CannotBootstrap(f"{name}: is {state}: what it encrypts cannot be read; `aws kms cancel-key-deletion` and `enable-key`")
        refuse_foreign(name, self._tags(arn))
        faults = {
            "rotation is off": not self.kms.get_key_rotation_status(KeyId=arn)["KeyRotationEnabled"],
            "policy differs": _parsed(self.kms.get_key_policy(KeyId=arn, PolicyName="default")["Policy"]) != key_policy(self.site),
            "tags differ": bool(missing(self._tags(arn), self.site.tags)),
        }
        return [Difference(Action.CHANGE, name, fault) for fault, found in faults.items() if found]

    def mend(self) -> None:
        """As `Thing` says."""
        arn, policy = self.arn, json.dumps(key_policy(self.site))
        tags: Any = [{"TagKey": key, "TagValue": value} for key, value in self.site.tags.items()]
        if arn is None:
            arn = self.kms.create_key(Description=self.purpose, Policy=policy, Tags=tags)["KeyMetadata"].get("Arn", "")
            self.kms.create_alias(AliasName=self.alias, TargetKeyId=arn)
        self.kms.enable_key_rotation(KeyId=arn)
        self.kms.put_key_policy(KeyId=arn, PolicyName="default", Policy=policy)
        self.kms.tag_resource(KeyId=arn, Tags=tags)

    def _tags(self, arn: str) -> dict[str, str]:
        return {tag["TagKey"]: tag["TagValue"] for tag in self.kms.list_resource_tags(KeyId=arn)["Tags"]}


def _parsed(policy: str) -> Any:
    return json.loads(policy)
