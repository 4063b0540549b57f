"""The role that CI deploys with, and who vouches for CI."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from meridian.bootstrap.documents import permissions, trust
from meridian.bootstrap.site import CI_AUDIENCE, CI_ISSUER, MANAGED_BY, Site
from meridian.bootstrap.thing import Action, Clients, Difference, refuse_foreign

POLICY = "deploy"
"""Name of the role's one inline policy."""
SESSION_SECONDS = 10800
"""Three hours: a region's first update takes over an hour (control plane, node groups, databases), and IAM's default is one."""


class IdentityProvider:
    """GitHub's issuer in the account; one for all stacks, and whoever else uses it stays as it is."""

    def __init__(self, site: Site, clients: Clients) -> None:
        self.site, self.iam = site, clients.iam
        self.arn = f"arn:aws:iam::{site.account_id}:oidc-provider/{CI_ISSUER}"

    def differences(self) -> Sequence[Difference]:
        """As `Thing` says."""
        audiences = self._audiences()
        if audiences is None:
            return [Difference(Action.CREATE, f"identity provider {CI_ISSUER}", f"audience {CI_AUDIENCE}")]
        lacks = CI_AUDIENCE not in audiences
        return [Difference(Action.CHANGE, f"identity provider {CI_ISSUER}", f"audience {CI_AUDIENCE} is missing")] if lacks else []

    def mend(self) -> None:
        """As `Thing` says. AWS trusts the issuer's certificate by its own list of authorities, so no thumbprint is given."""
        audiences = self._audiences()
        if audiences is None:
            tags: Any = [dict(zip(("Key", "Value"), MANAGED_BY, strict=True))]
            self.iam.create_open_id_connect_provider(Url=f"https://{CI_ISSUER}", ClientIDList=[CI_AUDIENCE], Tags=tags)
        elif CI_AUDIENCE not in audiences:
            self.iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=self.arn, ClientID=CI_AUDIENCE)

    def _audiences(self) -> list[str] | None:
        try:
            return self.iam.get_open_id_connect_provider(OpenIDConnectProviderArn=self.arn)["ClientIDList"]
        except self.iam.exceptions.NoSuchEntityException:
            return None


class DeployRole:
    """The role, its trust and its one policy. It belongs to the account: tags that name a stack are not put on it."""

    def __init__(self, site: Site, clients: Clients) -> None:
        self.site, self.iam = site, clients.iam
        self.tags = dict([MANAGED_BY])

    @property
    def name(self) -> str:
        """How it is called in a plan."""
        return f"role {self.site.role_name}"

    def differences(self) -> Sequence[Difference]:
        """As `Thing` says."""
        role = self._role()
        if role is None:
            return [Difference(Action.CREATE, self.name, f"for {', '.join(self.site.subjects)}, in {', '.join(self.site.regions)}")]
        refuse_foreign(self.name, {tag["Key"]: tag["Value"] for tag in role.get("Tags", [])})
        attached = self.iam.list_attached_role_policies(RoleName=self.site.role_name)["AttachedPolicies"]
        faults = {
            "trust differs": role["AssumeRolePolicyDocument"] != trust(self.site),
            "permissions differ": self._permissions() != permissions(self.site),
            "session's length differs": role["MaxSessionDuration"] != SESSION_SECONDS,
            f"policies beside ours: {', '.join(self._others())}": bool(self._others()),
            f"attached policies: {', '.join(each.get('PolicyName', '') for each in attached)}": bool(attached),
        }
        return [Difference(Action.CHANGE, self.name, fault) for fault, found in faults.items() if found]

    def mend(self) -> None:
        """As `Thing` says. What somebody gave the role besides is taken away again."""
        name, document = self.site.role_name, json.dumps(trust(self.site))
        if self._role() is None:
            tags: Any = [{"Key": key, "Value": value} for key, value in self.tags.items()]
            self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=document, Tags=tags, MaxSessionDuration=SESSION_SECONDS)
        self.iam.update_assume_role_policy(RoleName=name, PolicyDocument=document)
        self.iam.update_role(RoleName=name, MaxSessionDuration=SESSION_SECONDS)
        self.iam.put_role_policy(RoleName=name, PolicyName=POLICY, PolicyDocument=json.dumps(permissions(self.site)))
        for other in self._others():
            self.iam.delete_role_policy(RoleName=name, PolicyName=other)
        for attached in self.iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
            self.iam.detach_role_policy(RoleName=name, PolicyArn=attached.get("PolicyArn", ""))

    def _role(self) -> Any:
        try:
            return self.iam.get_role(RoleName=self.site.role_name)["Role"]
        except self.iam.exceptions.NoSuchEntityException:
            return None

    def _permissions(self) -> Mapping[str, Any] | None:
        try:
            found: Any = self.iam.get_role_policy(RoleName=self.site.role_name, PolicyName=POLICY)["PolicyDocument"]
        except self.iam.exceptions.NoSuchEntityException:
            return None
        return found

    def _others(self) -> list[str]:
        return [name for name in self.iam.list_role_policies(RoleName=self.site.role_name)["PolicyNames"] if name != POLICY]
