"""The tag set: who owns a resource, who pays, what data it may hold and under which law."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

import pulumi_aws as aws
from pydantic import Field

from components.base import Spec


class DataClass(StrEnum):
    """How sensitive the data is that a resource may hold, in rising order."""

    PUBLIC = "public"
    OPERATIONAL = "operational"
    PERSONAL = "personal"
    SENSITIVE = "sensitive"


class TagSpec(Spec):
    """Tags that every resource of a stack carries, through the provider's default tags."""

    owner: str = Field(min_length=1, max_length=256)
    """Team that answers for the stack. 256 characters is AWS's limit of a tag value."""
    cost_center: str = Field(min_length=1, max_length=256)
    """Account of the company that pays, as finance spells it."""
    data_class: DataClass = DataClass.PERSONAL
    """Highest class of data the stack may hold; personal, because accounts of people are the product's core data."""


def default_tags(spec: TagSpec, *, environment: str, jurisdiction: str) -> dict[str, str]:
    """The tags of a stack's AWS provider. Keys are kebab-case."""
    return {
        "owner": spec.owner,
        "cost-center": spec.cost_center,
        "data-class": spec.data_class,
        "environment": environment,
        "jurisdiction": jurisdiction,
        "managed-by": "meridian",
    }


LAUNCHED_BY_TEMPLATE = ("instance", "volume", "network-interface")


def launch_tag_specifications(tags: Mapping[str, str]) -> Sequence[aws.ec2.LaunchTemplateTagSpecificationArgs]:
    """Tags of what a launch template starts. The provider's default tags do not reach them: EC2 makes them, not we."""
    return [aws.ec2.LaunchTemplateTagSpecificationArgs(resource_type=kind, tags=tags) for kind in LAUNCHED_BY_TEMPLATE]
