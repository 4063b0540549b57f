"""The global stack: it plans over the regions' own Plans, and reads nothing of them but their typed outputs."""

import functools
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

from components.catalog import region
from components.catalog.routing import routing
from meridian.analysis.verdicts import verdicts
from meridian.engine.project import Project
from meridian.plan import Mode, Plan
from meridian.preview import told as settings_told
from policies.core.registry import rules
from policies.core.verdict import UNKNOWN, Verdict
from policies.core.waivers import read_waivers
from stacks import outputs
from stacks.faults import WrongStackFile
from stacks.global_ import load
from stacks.global_checks import Regions
from stacks.global_secrets import Kept
from stacks.global_spec import KEY
from stacks.neighbours import fleet
from tests.deploy import deploy

ROOT = Path(__file__).parents[2]
PROJECT = Project.at(ROOT)
TODAY = date(2026, 11, 20)
KEY_ARN = "arn:aws:kms:{}:111122223333:key/0a1b2c3d-0000-4000-8000-000000000000"
FLEET = Regions(stacks=fleet(ROOT / "stacks"))
POOL, ROUTE = (
    "cloudflare:index/loadBalancerPool:LoadBalancerPool",
    "cloudflare:index/zeroTrustTunnelCloudflaredRoute:ZeroTrustTunnelCloudflaredRoute",
)


def told(region: str, **outputs: Any) -> Plan:
    """A region's Plan as far as the global stack reads it."""
    edge = {
        "region": region,
        "cluster_name": f"meridian-{region}",
        "cidr_block": f"10.{FLEET.stacks[region].index}.0.0/16",
        "origin_hostname": UNKNOWN,
        "secrets_key_arn": UNKNOWN,
        **outputs,
    }
    return Plan(project="meridian", stack=region, mode=Mode.PREVIEW, resources=(), outputs={"edge": edge})


@functools.cache
def planned() -> Plan:
    """In preview, over regions of which only names are known, as before anything exists."""
    return PROJECT.plan("global", referenced={stack: told(stack) for stack in FLEET.stacks})


@functools.cache
def updated() -> Plan:
    """In an update, over regions that exist."""
    known = {
        stack: told(stack, origin_hostname=f"{stack}.elb.example.com", secrets_key_arn=KEY_ARN.format(stack)) for stack in FLEET.stacks
    }
    return PROJECT.plan("global", Mode.UPDATE, referenced=known)


@pytest.mark.parametrize("plan", [planned, updated], ids=["preview", "update"])
def test_policies_find_nothing_but_what_is_waived(plan: Callable[[], Plan]) -> None:
    found = verdicts(plan(), waivers=read_waivers(rules(), TODAY), today=TODAY, settings=settings_told(PROJECT))
    assert found.of(Verdict.FAIL) == []
    assert {judgement.rule for judgement in found.of(Verdict.WAIVED)} == {"res-20"}
    undecided = {judgement.rule for judgement in found.of(Verdict.UNDECIDED)} - {"cost-01", "cost-02"}  # nobody told a budget
    assert undecided <= ({"rel-06", "res-23", "sec-42"} if plan is planned else set())  # addresses and keys are the regions' to say


def test_each_region_of_the_fleet_has_a_pool_and_there_is_one_for_maintenance() -> None:
    pools = {pool.inputs["name"].removeprefix("meridian-"): pool for pool in planned().of_type(POOL)}
    assert len(pools) == len(FLEET.stacks) + 1


def test_what_a_region_knows_is_known_and_what_it_does_not_know_stays_unknown() -> None:
    routes = {route.inputs["network"] for route in planned().of_type(ROUTE)}
    assert routes == {f"10.{neighbour.index}.0.0/16" for neighbour in FLEET.stacks.values()}
    unknown = [path for pool in planned().of_type(POOL) for path in pool.unknown if "address" in path]
    assert len(unknown) == len(FLEET.stacks)


def test_regions_are_read_by_one_reference_each_and_everything_else_is_made() -> None:
    references = planned().of_type("pulumi:pulumi:StackReference")
    assert sorted(reference.name for reference in references) == sorted(FLEET.stacks)
    assert {resource.type for resource in planned() if resource.read} == {"pulumi:pulumi:StackReference"}


def test_every_resource_has_an_explicit_provider_of_its_own_cloud() -> None:
    plan = planned()
    assert {plan.by_urn[resource.provider].type.split(":")[-1] == resource.type.split(":")[0] for resource in plan.made} == {True}


SECRET, JOB, CONFIG = (
    "aws:secretsmanager/secret:Secret",
    "cloudflare:index/logpushJob:LogpushJob",
    "cloudflare:index/zeroTrustTunnelCloudflaredConfig:ZeroTrustTunnelCloudflaredConfig",
)


def test_every_region_learns_whom_to_trust_and_each_secret_names_the_law_of_its_region() -> None:
    left = [secret for secret in planned().of_type(SECRET) if secret.name.startswith("origin-pulls-")]
    assert {secret.inputs["region"] for secret in left} == set(FLEET.names)
    assert all(secret.inputs["tags"]["jurisdiction"] == region(secret.inputs["region"]).jurisdiction for secret in left)
    [shown] = planned().of_type("cloudflare:index/authenticatedOriginPullsCertificate:AuthenticatedOriginPullsCertificate")
    assert "privateKey" in shown.secret


def test_logs_of_a_host_name_lie_in_a_region_of_its_group_and_the_bucket_lets_cloudflare_write_and_nothing_more() -> None:
    groups = {f"{group}.api.example.com": row.regions for group, row in routing().groups.items()}
    jobs = [job for job in planned().of_type(JOB) if job.inputs.get("filter")]
    placed = {
        clause["value"]: job.inputs["destinationConf"].split("region=")[1].split("&")[0]
        for job in jobs
        for clause in json.loads(job.inputs["filter"])["where"]["or"]
    }
    assert placed.pop("api.example.com") == "eu-west-1"  # clients of no known country: the strictest law
    assert placed.keys() == groups.keys()
    assert all(placed[host] in groups[host] for host in groups)
    policies = [policy for policy in planned().of_type("aws:s3/bucketPolicy:BucketPolicy") if policy.name.startswith("logs-")]
    assert len(policies) == len(set(placed.values()))
    for policy in policies:
        [allowed] = [row for row in json.loads(policy.inputs["policy"])["Statement"] if row["Effect"] == "Allow"]
        assert (allowed["Action"], allowed["Principal"]) == ("s3:PutObject", {"AWS": "arn:aws:iam::391854517948:user/cloudflare-logpush"})
        assert allowed["Resource"].endswith("-edge-logs/edge/*")


def test_a_bucket_of_logs_is_made_by_a_provider_of_its_region() -> None:
    for bucket in planned().of_type("aws:s3/bucket:Bucket"):
        provider = planned().by_urn[bucket.provider]
        assert provider.inputs["region"] in bucket.inputs["bucket"]


def test_every_tunnel_ends_in_404_and_carries_the_interfaces_of_its_region() -> None:
    for config in planned().of_type(CONFIG):
        *rules, last = config.inputs["config"]["ingresses"]
        assert last == {"service": "http_status:404"}
        place = config.name.removeprefix("tunnel-").removesuffix("-config")
        assert all(rule["hostname"].endswith(f"-{place}.example.com") for rule in rules)


def test_private_networks_ask_for_every_check_of_a_device() -> None:
    rules = [
        rule for rule in planned().of_type("cloudflare:index/zeroTrustGatewayPolicy:ZeroTrustGatewayPolicy") if "-private-" in rule.name
    ]
    assert len(rules) == len(FLEET.names)
    posture = "cloudflare:index/zeroTrustDevicePostureRule:ZeroTrustDevicePostureRule"
    every = {rule.urn for rule in planned().of_type(posture)}
    assert every
    assert all(every <= set(rule.property_dependencies["devicePosture"]) for rule in rules)


def test_the_edge_hands_out_units_from_a_bucket_in_the_union() -> None:
    [script] = planned().of_type("cloudflare:index/workersScript:WorkersScript")
    [units] = [binding for binding in script.inputs["bindings"] if binding["type"] == "r2_bucket"]
    assert (units["bucketName"], units["jurisdiction"]) == ("meridian-units", "eu")


def refused(change: Callable[[dict[str, Any]], object], regions: Regions = FLEET) -> list[str]:
    values = yaml.safe_load((ROOT / "stacks" / "Pulumi.global.yaml").read_text())["config"][KEY]
    change(values)
    with pytest.raises(WrongStackFile) as refusal:
        load("global", values, regions, lambda key: Kept.ENCRYPTED)
    return [str(fault) for fault in refusal.value.faults]


def test_a_region_too_few_breaks_n_1_and_is_told_before_anything_is_made() -> None:
    without = Regions(stacks={stack: region for stack, region in FLEET.stacks.items() if stack != "eu-central-1"})
    assert any("meridian:global.steering" in fault for fault in refused(lambda values: None, without))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda values: values["steering"]["demand"].update({"eu-west": 9000}), "steering"),
        (lambda values: values["site"].update(plan="free", addons=[]), "steering"),
        (lambda values: values["steering"].update(hostname="api.example.org"), "api.example.org"),
        (lambda values: values.update(colour="red"), "colour"),
        (lambda values: values["access"]["groups"].clear(), "access.groups"),
    ],
)
def test_refused_with_path_and_reason(change: Callable[[dict[str, Any]], object], said: str) -> None:
    assert any(said in fault for fault in refused(change))


def test_outputs_are_read_back_as_they_were_written_and_a_missing_one_is_told() -> None:
    written = outputs.RegionOutputs(
        region="eu-west-1", cluster_name="c", cidr_block="10.4.0.0/16", origin_hostname="o", secrets_key_arn="arn:aws:kms:::key/k"
    )
    assert outputs.exported(written)["edge"]["origin_hostname"] == "o"

    def build() -> None:
        pulumi.export("origin", outputs.read("eu-west-1").origin_hostname)

    with pytest.raises(pulumi.RunError, match=r"eu-west-1: stack output edge\.\w+ is missing"):
        deploy(build)


def test_a_region_never_imports_cloudflares_sdk() -> None:
    """It costs seconds and 100 MB (research/engine-offline.md §5)."""
    code = "import sys, stacks.region, stacks.programs; sys.exit('pulumi_cloudflare' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
