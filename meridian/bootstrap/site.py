"""What a stack needs before its first update, as plain values: names, documents, who may do what. Nothing here asks or changes a cloud."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components import catalog
from meridian.engine.project import Project
from stacks.neighbours import Neighbour, neighbours

MANAGED_BY = ("managed-by", "meridian")
"""Tag by which Meridian knows what it made; what lacks it is somebody else's."""
CI_ISSUER = "token.actions.githubusercontent.com"
"""Who signs the identity of a GitHub workflow (GitHub, OpenID Connect in AWS)."""
CI_AUDIENCE = "sts.amazonaws.com"
"""Whom such an identity is made out to; aws-actions/configure-aws-credentials asks for this one."""
REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}")
"""`owner/name`, as GitHub allows them."""


class CannotBootstrap(Exception):
    """There is nothing that could be made from this; the message has a line for each reason."""


@dataclass(frozen=True, kw_only=True)
class Site:
    """One stack's state, secrets key and deploy role."""

    stack: str
    """Name of the stack."""
    account_id: str
    """The only account that is touched."""
    region: str
    """Where bucket and keys lie: the stack's own region, and so its jurisdiction."""
    role_name: str
    """Role that CI deploys with; stacks of one account share it."""
    subjects: tuple[str, ...]
    """Exact subjects of CI's identity that may take the role, sorted."""
    regions: tuple[str, ...]
    """Regions that the role works in: those of all stacks that share it, sorted."""
    tags: Mapping[str, str]
    """Tags of everything that is made."""

    @property
    def bucket_name(self) -> str:
        """Bucket of the stack's state. The account's id makes it unique, as all accounts share one name space."""
        return f"meridian-state-{self.account_id}-{self.stack}"

    @property
    def state_alias(self) -> str:
        """Alias of the key that encrypts the bucket."""
        return f"alias/meridian-{self.stack}-state"

    @property
    def secrets_alias(self) -> str:
        """Alias of the key that encrypts the secrets within the state."""
        return f"alias/meridian-{self.stack}-secrets"

    @property
    def login(self) -> str:
        """Argument of `pulumi login`."""
        return f"s3://{self.bucket_name}?region={self.region}"

    @property
    def secrets_provider(self) -> str:
        """Argument of `pulumi stack init --secrets-provider`."""
        return f"awskms://{self.secrets_alias}?region={self.region}"


def site(project: Project, stack: str, *, repository: str, subjects: Sequence[str] = ()) -> Site:
    """What the stack files say; `subjects` replace those that follow from the repository.

    Raises:
        WrongProject: there is no such stack.
        CannotBootstrap: its file says too little, or the repository or a subject is none that a trust may name.
    """
    project.config(stack)
    beside = neighbours("", project.stack_directory)
    values = _values(project, stack)
    if stack not in beside or not values:
        raise CannotBootstrap(f"{stack}: is no stack of a region: name one of {', '.join(sorted(beside))}")
    if faults := list(_faults(stack, beside[stack], values, repository, subjects)):
        raise CannotBootstrap("\n".join(faults))
    sharing = _sharing(project, values["account_id"])
    return Site(
        stack=stack,
        account_id=values["account_id"],
        region=beside[stack].region,
        role_name=_role_name(values) or "",
        subjects=tuple(sorted(subjects or (f"repo:{repository}:environment:{each}" for each in sharing))),
        regions=tuple(sorted({beside[each].region for each in sharing if each in beside})),
        tags=dict([MANAGED_BY, ("stack", stack), ("jurisdiction", catalog.region(beside[stack].region).jurisdiction)]),
    )


def _values(project: Project, stack: str) -> Mapping[str, Any]:
    text = project.config(stack).values.get("meridian:region")
    return json.loads(text) if text else {}


def _sharing(project: Project, account_id: str) -> list[str]:
    """Stacks of the account, the global one included: it stands in a region's account and deploys with the same role."""
    return [stack for stack in project.stacks if f'"account_id": "{account_id}"' in " ".join(project.config(stack).values.values())]


def _role_name(values: Mapping[str, Any]) -> str | None:
    arn = str(values.get("cluster", {}).get("access", {}).get("deploy", {}).get("role_arn", ""))
    found = re.fullmatch(rf"arn:aws:iam::{values.get('account_id')}:role/([\w+=,.@-]{{1,64}})", arn)
    return found.group(1) if found else None


def _faults(stack: str, said: Neighbour, values: Mapping[str, Any], repository: str, subjects: Sequence[str]) -> Iterator[str]:
    if said.region not in catalog.regions():
        yield f"{stack}: region: '{said.region}' is not in the catalogue: add its rows to components/catalog"
    if not re.fullmatch(r"\d{12}", str(values.get("account_id"))):
        yield f"{stack}: account_id: '{values.get('account_id')}' is no account: write its twelve digits into the stack file"
    if _role_name(values) is None:
        yield f"{stack}: cluster.access.deploy.role_arn: names no role of the account: CI deploys with it, so name one"
    if not REPOSITORY.fullmatch(repository):
        yield f"--repository: '{repository}' is not `owner/name`: a trust names one repository"
    for subject in subjects:
        if not subject.startswith(f"repo:{repository}:") or set(subject) & set("*?"):
            yield f"--subject: '{subject}' must begin with 'repo:{repository}:' and hold no wildcard: anybody it matches could deploy"
