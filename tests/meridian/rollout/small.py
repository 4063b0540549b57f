"""A project of three small stacks, and an engine that only pretends."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from meridian.engine.events import Events, Step
from meridian.engine.project import Project
from meridian.engine.pulumi import Proposal
from meridian.engine.refusals import EngineFailed, EngineRefused
from meridian.plan import Plan

PROGRAM = """
import pulumi
import pulumi_aws as aws

region = pulumi.Config("meridian").require_object("region")["region"]
given = pulumi.ResourceOptions(provider=aws.Provider("aws", region=region))
vpc = aws.ec2.Vpc("network", cidr_block=pulumi.Config().get("block") or "10.0.0.0/16", opts=given)
pulumi.export("vpcId", vpc.id)
pulumi.export("edge", {"region": region, "cidrBlock": vpc.cidr_block})
"""
REGIONS: Mapping[str, Mapping[str, object]] = {
    "staging": {"region": "eu-west-1", "index": 0, "environment": "staging", "role": "secondary"},
    "eu-central-1": {"region": "eu-central-1", "index": 1, "role": "secondary", "partner": "eu-west-1", "capacity_sessions": 10},
    "eu-west-1": {"region": "eu-west-1", "index": 2, "role": "primary", "partner": "eu-central-1", "capacity_sessions": 10},
}
ORDER = tuple(REGIONS)


def written(root: Path, **config: str) -> Project:
    """The project in `root`; `config` goes into Ireland's file."""
    for name in ("components", "meridian", "policies", "stacks"):
        (root / name).mkdir(exist_ok=True)
    (root / "Pulumi.yaml").write_text(
        "name: small\nstackConfigDir: stacks\nruntime: {name: python, options: {toolchain: pip, virtualenv: .venv}}\n"
    )
    (root / "__main__.py").write_text(PROGRAM)
    for stack, region in REGIONS.items():
        more = config if stack == "eu-west-1" else {}
        (root / "stacks" / f"Pulumi.{stack}.yaml").write_text(yaml.safe_dump({"config": {"meridian:region": dict(region), **more}}))
    return Project.at(root)


@dataclass
class Pretended:
    """An engine that does what it is told to pretend, and remembers what was asked of it."""

    plan: Plan
    stack: str
    told: list[str]
    troubles: Mapping[str, Any]

    def refuse_interrupted(self) -> None:
        if "interrupted" in self.troubles:
            raise EngineRefused(f"{self.stack}: an earlier update was interrupted while creating network")

    def preview(self) -> Proposal:
        again = f"{self.stack} up" in self.told
        self.told.append(f"{self.stack} preview")
        left = (Step("update", "urn::network", ()),) if again and "unsettled" in self.troubles else ()
        return Proposal(self.plan, Events(steps=left, failed=(), diagnostics=self.troubles.get("diagnostics", ()), policies=()))

    def up(self) -> Events:
        self.told.append(f"{self.stack} up")
        if "update" in self.troubles:
            raise EngineFailed("limit exceeded\nsecond line")
        return Events(steps=(Step("create", "urn:network", ()),), failed=(), diagnostics=(), policies=())

    def deployed(self) -> Plan:
        return self.troubles.get("deployed", self.plan)


@dataclass
class Clouds:
    """Opens pretended engines; `troubles` are per stack."""

    plans: Mapping[str, Plan]
    troubles: dict[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    told: list[str] = field(default_factory=list[str])

    @contextmanager
    def live(self, stack: str) -> Iterator[Pretended]:
        yield Pretended(self.plans[stack], stack, self.told, self.troubles.get(stack, {}))
