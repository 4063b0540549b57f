"""What preflight looks at. Each check asks AWS and tells, line by line, what is well, what may go wrong and what will."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from botocore.exceptions import ClientError

from components.catalog.quotas import Quota, quota
from meridian.preflight.names import NAMES
from meridian.preflight.needs import Needs
from meridian.preflight.reading import Ask


class State(StrEnum):
    """How it stands."""

    OK = "ok"
    WARN = "warn"
    """The first update goes through; later something may not."""
    FAIL = "fail"
    """The first update fails there."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    check: str
    """Which check."""
    state: State
    """How it stands."""
    seen: str
    """What was found."""
    remedy: str = ""
    """What to do; empty where nothing is."""


HOME = "us-east-1"
"""Region that every account has; it knows of the others, whether they are enabled or not (EC2 API, DescribeRegions)."""
Look = Callable[[Ask, Needs], Iterator[Finding]]


def preflight(ask: Ask, needs: Needs) -> tuple[Finding, ...]:
    """All findings. Where account or region is wrong, nothing else is asked: every answer would be about something else."""
    first = [*_account(ask, needs), *_region(ask, needs)]
    if any(finding.state is State.FAIL for finding in first):
        return tuple(first)
    return (*first, *(finding for check, look in CHECKS.items() for finding in _looked(check, look, ask, needs)))


def _looked(check: str, look: Look, ask: Ask, needs: Needs) -> Iterator[Finding]:
    """What AWS does not let us see is no fault of the region, but nobody knows then."""
    try:
        yield from look(ask, needs)
    except ClientError as error:
        yield Finding(check=check, state=State.WARN, seen=str(error), remedy="allow this reading call, or look at it by hand")


def _account(ask: Ask, needs: Needs) -> Iterator[Finding]:
    found = ask("sts").get_caller_identity()["Account"]
    right = found == needs.account_id
    remedy = "" if right else f"take credentials of account {needs.account_id}, or correct account_id in the stack file"
    yield Finding(check="account", state=State.OK if right else State.FAIL, seen=f"credentials of {found}", remedy=remedy)


def _region(ask: Ask, needs: Needs) -> Iterator[Finding]:
    rows = ask("ec2", HOME).describe_regions(AllRegions=True)["Regions"]
    status = next((row.get("OptInStatus", "") for row in rows if row["RegionName"] == needs.region), "unknown")
    right = status in {"opt-in-not-required", "opted-in"}
    remedy = "" if right else f"`aws account enable-region --region-name {needs.region}`; it takes minutes to hours"
    yield Finding(check="region", state=State.OK if right else State.FAIL, seen=f"{needs.region} is {status}", remedy=remedy)


def _zones(ask: Ask, needs: Needs) -> Iterator[Finding]:
    rows = ask("ec2").describe_availability_zones(AllAvailabilityZones=False)["AvailabilityZones"]
    there = {row["ZoneId"]: row["State"] for row in rows}
    for zone in needs.zones:
        state = there.get(zone, "missing")
        remedy = "" if state == "available" else f"network.zones: take others of {', '.join(sorted(there))}"
        yield Finding(check="zones", state=State.OK if not remedy else State.FAIL, seen=f"{zone} is {state}", remedy=remedy)


def _offerings(ask: Ask, needs: Needs) -> Iterator[Finding]:
    pages = ask("ec2").get_paginator("describe_instance_type_offerings")
    filters = [{"Name": "instance-type", "Values": list(needs.types)}]
    rows = [row for page in pages.paginate(LocationType="availability-zone-id", Filters=filters) for row in page["InstanceTypeOfferings"]]
    for name, wanted in needs.types.items():
        lacking = sorted(wanted - {row["Location"] for row in rows if row["InstanceType"] == name})
        state = State.OK if not lacking else State.FAIL if len(lacking) == len(wanted) else State.WARN
        seen = f"{name} is offered in all its zones" if not lacking else f"{name} is not offered in {', '.join(lacking)}"
        yield Finding(check="offerings", state=state, seen=seen, remedy="name another type for that group" if lacking else "")


def _version(ask: Ask, needs: Needs) -> Iterator[Finding]:
    rows = ask("eks").describe_cluster_versions(includeAll=True)["clusterVersions"]
    status = {row["clusterVersion"]: row.get("versionStatus", row.get("status", "")).upper() for row in rows}
    seen = status.get(needs.version, "UNKNOWN")
    state = {"STANDARD_SUPPORT": State.OK, "EXTENDED_SUPPORT": State.WARN}.get(seen, State.FAIL)
    offered = ", ".join(sorted(minor for minor, said in status.items() if said == "STANDARD_SUPPORT"))
    remedy = "" if state is State.OK else f"cluster.version: take one of {offered}"
    yield Finding(check="eks version", state=state, seen=f"{needs.version} is in {seen.lower().replace('_', ' ')}", remedy=remedy)


def _addons(ask: Ask, needs: Needs) -> Iterator[Finding]:
    for name, version in needs.addons.items():
        rows = ask("eks").describe_addon_versions(addonName=name, kubernetesVersion=needs.version)["addons"]
        offered = [row["addonVersion"] for addon in rows for row in addon["addonVersions"]]
        remedy = (
            "" if version in offered else f"components/catalog/eks_versions.yaml: take one of {', '.join(offered[:3]) or 'another add-on'}"
        )
        seen = f"{name} {version} is {'offered' if not remedy else 'not offered'} for {needs.version}"
        yield Finding(check="add-ons", state=State.FAIL if remedy else State.OK, seen=seen, remedy=remedy)


def _services(ask: Ask, needs: Needs) -> Iterator[Finding]:
    path = f"/aws/service/global-infrastructure/regions/{needs.region}/services"
    pages = ask("ssm", HOME).get_paginator("get_parameters_by_path").paginate(Path=path)
    there = {row["Value"] for page in pages for row in page["Parameters"]}
    for service in sorted(needs.services):
        remedy = "" if service in there else "leave out what needs it (`profile`), or take another region"
        seen = f"{service} is {'there' if not remedy else 'not there'}"
        yield Finding(check="services", state=State.FAIL if remedy else State.OK, seen=seen, remedy=remedy)


USED: Mapping[str, Callable[[Ask], int]] = MappingProxyType(
    {
        "vpcs": lambda ask: len(ask("ec2").describe_vpcs()["Vpcs"]),
        "internet-gateways": lambda ask: len(ask("ec2").describe_internet_gateways()["InternetGateways"]),
        "elastic-ips": lambda ask: len(ask("ec2").describe_addresses()["Addresses"]),
        "clusters": lambda ask: len(ask("eks").list_clusters()["clusters"]),
    }
)
"""Quota of a whole region -> how much of it is taken already. Those of one VPC or cluster begin at nothing; vCPUs in use are not
counted, as EC2 does not tell which instances count against which quota."""


def _quotas(ask: Ask, needs: Needs) -> Iterator[Finding]:
    for name in sorted({*needs.at_once, *needs.at_most}):
        row, used = quota(name), USED[name](ask) if name in USED else 0
        limit, assumed = _limit(ask, row)
        once, most = used + needs.at_once.get(name, 0), used + needs.at_most.get(name, 0)
        state = State.FAIL if once > limit else State.WARN if most > limit or assumed else State.OK
        wanted = max(once, most)
        told = f"{row.title}: {once} at once" + (f", {most} at most" if most > once else "") + f", {limit:g} allowed{assumed}"
        request = f"`aws service-quotas request-service-quota-increase --service-code {row.service} --quota-code {row.code}"
        remedy = f"{request} --desired-value {wanted} --region {needs.region}`" if wanted > limit else ""
        yield Finding(check="quotas", state=state, seen=told, remedy=remedy or ("look it up in Service Quotas" if assumed else ""))


def _limit(ask: Ask, row: Quota) -> tuple[float, str]:
    """The account's own value; where it cannot be had, that of a new account, and nothing where none is known."""
    try:
        found: Any = ask("service-quotas").get_service_quota(ServiceCode=row.service, QuotaCode=row.code)
        return float(found["Quota"]["Value"]), ""
    except ClientError:
        return float(row.default or 0), " to a new account; this one's value could not be read"


def _names(ask: Ask, needs: Needs) -> Iterator[Finding]:
    for token, name in needs.names:
        taken = NAMES[token](ask, name)
        what = token.rsplit(":", 1)[-1]
        remedy = "delete or rename it; if it is this stack's own, the stack is there already and needs no preflight" if taken else ""
        yield Finding(check="names", state=State.FAIL if taken else State.OK, seen=f"{what} {name} {taken or 'is free'}", remedy=remedy)


CHECKS: Mapping[str, Look] = MappingProxyType(
    {
        "zones": _zones,
        "offerings": _offerings,
        "eks version": _version,
        "add-ons": _addons,
        "services": _services,
        "quotas": _quotas,
        "names": _names,
    }
)
"""Check -> what looks; after account and region."""
