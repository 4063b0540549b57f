"""What a stack file may not say: each fault by path, value and remedy, all of them at once."""

import copy
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from policies.core.settings import Settings
from stacks.faults import WrongStackFile
from stacks.fleet_checks import Surroundings, next_index
from stacks.neighbours import Neighbour, neighbours
from stacks.profile import Environment, Profile, Role
from stacks.spec import KEY, RegionSpec
from stacks.stack_file import load

STACKS = Path(__file__).parents[2] / "stacks"
IRELAND: dict[str, Any] = yaml.safe_load((STACKS / "Pulumi.eu-west-1.yaml").read_text())["config"][KEY]
FRANKFURT = Neighbour(index=5, region="eu-central-1", role=Role.SECONDARY, profile=Profile.ALL)
LAB = Neighbour(index=30, region="eu-west-1", environment="development", cidr_block="10.200.0.0/16")
AROUND = Surroundings(today=date(2026, 11, 20), neighbours={"eu-central-1": FRANKFURT, "lab": LAB})


def around(**changed: Neighbour) -> Surroundings:
    """Ireland's neighbours with some of them changed or added, `_` for `-` in their names."""
    named = {stack.replace("_", "-"): neighbour for stack, neighbour in changed.items()}
    return Surroundings(today=AROUND.today, neighbours={**AROUND.neighbours, **named})


Change = Callable[[dict[str, Any]], None]


def refused(*changes: Change, around: Surroundings = AROUND) -> list[str]:
    values = copy.deepcopy(IRELAND)
    for change in changes:
        change(values)
    with pytest.raises(WrongStackFile) as refusal:
        load("eu-west-1", values, around)
    assert str(refusal.value).splitlines() == [f"Pulumi.eu-west-1.yaml: {fault}" for fault in refusal.value.faults]
    return [str(fault) for fault in refusal.value.faults]


def put(path: str, value: Any) -> Change:
    *way, last = path.split(".")

    def change(values: dict[str, Any]) -> None:
        for part in way:
            values = values.setdefault(part, {})
        values[last] = value

    return change


def test_the_file_of_ireland_is_accepted() -> None:
    assert isinstance(load("eu-west-1", IRELAND, AROUND), RegionSpec)


CASES: list[tuple[str, Change, tuple[str, ...]]] = [
    ("unknown key", put("cluster.versoin", "1.35"), ("meridian:region.cluster.versoin", "did you mean 'version'?")),
    ("unknown key in a pool", put("gpu_pools.inference.max_node", 3), ("gpu_pools.inference.max_node", "did you mean 'max_nodes'?")),
    ("unknown key on top", put("regoin", "x"), ("meridian:region.regoin", "did you mean 'region'?")),
    ("wrong type", put("index", "four"), ("meridian:region.index", '"four"', "valid integer")),
    ("text for a number", put("index", "4"), ("meridian:region.index", '"4"', "valid integer")),
    ("bad enum", put("network.nat", "per_az"), ("meridian:region.network.nat", '"per_az"', "'per_zone', 'one' or 'none'")),
    ("index taken", put("index", 5), ("meridian:region.index: 5: taken by Pulumi.eu-central-1.yaml; the next free one is 0",)),
    ("no such index", put("index", 32), ("32", "0 to 31")),
    ("overlap with a custom block", put("network.cidr_block", "10.200.0.0/16"), ("10.200.0.0/16", "Pulumi.lab.yaml")),
    ("overlap with a derived block", put("network.cidr_block", "10.5.0.0/16"), ("10.5.0.0/16", "index 5")),
    ("block among the pods", put("network.cidr_block", "100.64.0.0/16"), ("100.64.0.0/16", "RFC 1918")),
    ("two zones in production", put("network.zones", ["euw1-az1", "euw1-az2"]), ("network.zones", "production needs at least 3 zones")),
    (
        "zone of another region",
        put("network.zones", ["euw1-az1", "euw1-az2", "euw1-az7"]),
        ("euw1-az7", "no zone of eu-west-1", "euw1-az3"),
    ),
    ("accelerator not offered", put("gpu_pools.inference.accelerator", "l4"), ("gpu_pools.inference.accelerator", "l4", "a10g", "t4")),
    ("accelerator unheard of", put("gpu_pools.inference.accelerator", "v100"), ("gpu_pools.inference.accelerator", '"v100"')),
    ("version not in the catalogue", put("cluster.version", "1.28"), ("cluster.version", "1.28", "1.34", "1.35", "1.36")),
    ("min over max", put("node_groups.system.min_nodes", 9), ("node_groups.system.min_nodes: 9", "max_nodes: 6")),
    ("min over max of a GPU pool", put("gpu_pools.inference.min_nodes", 9), ("gpu_pools.inference.min_nodes: 9", "max_nodes: 8")),
    (
        "reservation in several zones",
        put("gpu_pools.inference", {"accelerator": "a10g", "reservation": "cr-0123456789abcdef0", "instance_types": ["g5.2xlarge"]}),
        ("gpu_pools.inference.reservation", "cr-0123456789abcdef0", "3 zones", "name it in `zones`"),
    ),
    ("endpoint open to all", put("cluster.public_access_cidrs", ["0.0.0.0/0"]), ("cluster.public_access_cidrs", "0.0.0.0/0")),
    (
        "endpoint open to both halves",
        put("cluster.public_access_cidrs", ["0.0.0.0/1", "128.0.0.0/1"]),
        ("cluster.public_access_cidrs", "0.0.0.0/1"),
    ),
    ("endpoint open to IPv6", put("cluster.public_access_cidrs", ["::/0"]), ("cluster.public_access_cidrs", "::/0")),
    ("instance type not offered", put("node_groups.system.instance_types", ["m9g.xlarge"]), ("node_groups.system", "m9g.xlarge")),
    (
        "Services among the addresses of the VPC",
        put("network.cidr_block", "172.20.0.0/16"),
        ("cluster.service_cidr", "172.20.0.0/16", "overlaps"),
    ),
    ("even Keeper", put("data.clickhouse", {"keeper": {"members": 4}}), ("data.clickhouse.keeper.members", "4", "odd")),
    ("ClickHouse name too long", put("data.clickhouse.cluster_name", "analytics-of-all-kinds"), ("analytics-of-all-kinds", "15")),
    ("even PD", put("data.tidb.pd_pods", 4), ("data.tidb.pd_pods", "4", "odd")),
    ("TiDB for developers", put("data.tidb.profile", "dev"), ("data.tidb.profile", "dev", "production")),
    ("TiKV that does not fit the zones", put("data.tidb.tikv.stores", 4), ("data.tidb.tikv", "4", "zones")),
    ("log backup in an archive", put("data.bucket", {"tiered_prefixes": ["tidb/"]}), ("data.bucket.tiered_prefixes", "tidb/log/")),
    ("copy to another law", put("data.backup.copy_to", ["us-east-1"]), ("data.backup.copy_to", "us-east-1")),
    ("another dialect of cron", put("data.backup.full_schedule", "cron(0 1 * * ? *)"), ("data.backup.full_schedule", "cron(0 1 * * ? *)")),
    (
        "snapshots for a day",
        put("data.caches.session", {"snapshot_retention_days": 1}),
        ("data.caches.session.snapshot_retention_days", "7"),
    ),
    (
        "durable without durability",
        put("data.caches.session", {"engine_version": "8.2"}),
        ("data.caches.session.engine_version", "8.2", "9.0"),
    ),
    ("no system group", lambda values: values["node_groups"].pop("system"), ("node_groups", "'system' is needed")),
    ("account with eleven digits", put("account_id", "11112222333"), ("account_id", "11112222333")),
    ("region not in the catalogue", put("region", "eu-south-9"), ("meridian:region.region", "eu-south-9", "eu-west-1")),
    ("required key missing", lambda values: values.pop("account_id"), ("meridian:region.account_id: missing: required",)),
    ("no capacity", put("capacity_sessions", 0), ("capacity_sessions", "0", "greater than or equal to 1")),
    ("profile unheard of", put("profile", "storage"), ("meridian:region.profile", "'all', 'compute+storage+cdn' or 'compute+storage'")),
    ("profile without its database", put("data.clickhouse", None), ("data.clickhouse: all: missing", "promises databases")),
    ("regime unheard of", put("regimes", ["GDPR", "GDRP"]), ("regimes: GDRP: unknown", "of eu-west-1 are GDPR")),
    ("regime of elsewhere", put("regimes", ["GDPR", "PIPEDA"]), ("regimes: PIPEDA: no law of IE", "GDPR")),
    ("partner nobody made", put("partner", "eu-west-2"), ("partner: eu-west-2: no other production region; there are eu-central-1",)),
    ("no partner in production", put("partner", "eu-west-1"), ("partner: eu-west-1: no other production region",)),
    (
        "Bottlerocket with a device plugin",
        put("gpu_pools.inference.system", "bottlerocket"),
        ("gpu_pools.inference", "device_plugin on bottlerocket"),
    ),
    ("two GPU runtimes", put("gpu_pools.inference.runtime", "gpu_operator"), ("gpu_pools.runtime", "device_plugin and gpu_operator")),
]


@pytest.mark.parametrize(("change", "said"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_refused_with_one_line_that_says_where_what_and_what_instead(change: Change, said: tuple[str, ...]) -> None:
    faults = refused(change)
    assert len(faults) == 1, faults
    assert [part for part in said if part not in faults[0]] == [], faults


def test_a_profile_holds_nothing_that_it_does_not_offer() -> None:
    faults = refused(
        put("profile", "compute+storage"),
        put("role", "secondary"),
        around=around(paris=replace(FRANKFURT, index=7, role="primary", region="eu-west-2")),
    )
    assert [fault.split(": ")[0] for fault in faults] == ["meridian:region.data.clickhouse", "meridian:region.data.tidb"]
    assert all("profile 'compute+storage' has no databases: leave it out, or take profile 'all'" in fault for fault in faults)


FLEETS: list[tuple[str, Change, Surroundings, tuple[str, ...]]] = [
    (
        "two primaries in one area",
        put("index", 4),
        around(eu_central_1=replace(FRANKFURT, role="primary")),
        ("meridian:region.role: primary: Pulumi.eu-central-1.yaml is the primary of EMEA already",),
    ),
    ("no primary in the area", put("role", "secondary"), AROUND, ("meridian:region.role: secondary: EMEA has no primary",)),
    (
        "partner that lacks a service",
        put("index", 4),
        around(eu_central_1=replace(FRANKFURT, profile="compute+storage+cdn")),
        ("meridian:region.partner: eu-central-1: Pulumi.eu-central-1.yaml lacks databases, which eu-west-1 offers",),
    ),
    (
        "partner under another law",
        put("partner", "us-east-1"),
        around(us_east_1=replace(FRANKFURT, index=7, region="us-east-1")),
        ("meridian:region.partner: us-east-1: no legal basis to hold personal data of eu-west-1", "allowed are eu-central-1"),
    ),
    (
        "partner whose names do not follow from its region",
        put("index", 4),
        around(eu_central_1=FRANKFURT, germany=replace(FRANKFURT, index=9)),
        ("meridian:region.partner: eu-central-1: Pulumi.germany.yaml: copies go to names derived from the region",),
    ),
    (
        "partner of another account",
        put("index", 4),
        around(eu_central_1=replace(FRANKFURT, account_id="999988887777")),
        ("meridian:region.partner: eu-central-1: Pulumi.eu-central-1.yaml is of account 999988887777: copies go within one account",),
    ),
    (
        "primary without everything",
        lambda values: values.update(profile="compute+storage+cdn", data={}),
        AROUND,
        ("meridian:region.profile: compute+storage+cdn: a primary offers all services, this one lacks databases",),
    ),
]


@pytest.mark.parametrize(("change", "surroundings", "said"), [case[1:] for case in FLEETS], ids=[case[0] for case in FLEETS])
def test_refused_for_what_other_files_say(change: Change, surroundings: Surroundings, said: tuple[str, ...]) -> None:
    faults = refused(change, around=surroundings)
    assert len(faults) == 1, faults
    assert [part for part in said if part not in faults[0]] == [], faults


def test_health_data_lies_where_hipaa_holds_only() -> None:
    """S-319; a region of another country has no such data, whatever its class."""
    virginia = copy.deepcopy(yaml.safe_load((STACKS / "Pulumi.us-east-1.yaml").read_text())["config"][KEY])
    surroundings = Surroundings(today=AROUND.today, neighbours=neighbours("us-east-1", STACKS))
    assert load("us-east-1", virginia, surroundings).regimes == ("CCPA", "HIPAA")
    with pytest.raises(WrongStackFile, match=r"tags\.data_class: sensitive: needs HIPAA among `regimes`"):
        load("us-east-1", {**virginia, "regimes": ["CCPA"]}, surroundings)


def test_one_index_in_two_files_is_told_in_both() -> None:
    twins = {"a": replace(FRANKFURT, index=4)}
    assert "taken by Pulumi.a.yaml" in refused(put("partner", None), around=Surroundings(today=AROUND.today, neighbours=twins))[0]


def test_all_faults_come_at_once_of_models_and_of_rules_across_them() -> None:
    faults = refused(
        put("cluster.versoin", "1.35"),
        put("network.nat", "per_az"),
        put("index", 5),
        put("gpu_pools.inference.accelerator", "l4"),
        put("network.zones", ["euw1-az1", "euw1-az2"]),
    )
    paths = {fault.split(": ")[0] for fault in faults}
    assert paths == {
        "meridian:region.cluster.versoin",
        "meridian:region.network.nat",
        "meridian:region.index",
        "meridian:region.gpu_pools.inference.accelerator",
        "meridian:region.network.zones",
    }


def test_a_version_is_refused_from_the_day_its_support_ended() -> None:
    def judged(day: date) -> list[str]:
        return refused(put("cluster.version", "1.34"), around=Surroundings(today=day, neighbours=AROUND.neighbours))

    assert load(
        "eu-west-1",
        {**IRELAND, "cluster": {**IRELAND["cluster"], "version": "1.34"}},
        Surroundings(today=date(2026, 12, 2), neighbours=AROUND.neighbours),
    )
    assert "standard support of 1.34 ended on 2026-12-02" in judged(date(2026, 12, 3))[0]  # endoflife.date, amazon-eks


def test_a_zone_eks_does_not_support_is_told() -> None:
    virginia = {
        **copy.deepcopy(IRELAND),
        "region": "us-east-1",
        "network": {"zones": ["use1-az1", "use1-az2", "use1-az3"]},
        "gpu_pools": {},
    }
    with pytest.raises(WrongStackFile, match="use1-az3: EKS puts no control plane there"):
        load("us-east-1", virginia, AROUND)


def test_two_zones_will_do_for_development() -> None:
    values = {**copy.deepcopy(IRELAND), "environment": "development", "profile": "compute+storage", "data": {}}
    values["network"]["zones"] = ["euw1-az1", "euw1-az2"]
    assert load("dev", values, AROUND).network.zones == ("euw1-az1", "euw1-az2")


def test_neighbours_are_the_other_files_and_broken_ones_are_passed_over(tmp_path: Path) -> None:
    for stack, index, block in (("a", 0, None), ("b", 1, "10.200.0.0/16"), ("self", 7, None)):
        network = {"zones": []} | ({"cidr_block": block} if block else {})
        (tmp_path / f"Pulumi.{stack}.yaml").write_text(yaml.safe_dump({"config": {KEY: {"index": index, "network": network}}}))
    (tmp_path / "Pulumi.broken.yaml").write_text("config: [")
    (tmp_path / "Pulumi.global.yaml").write_text("config: {}")
    assert neighbours("self", tmp_path) == {"a": Neighbour(index=0), "b": Neighbour(index=1, cidr_block="10.200.0.0/16")}


def test_the_next_index_fills_the_first_gap() -> None:
    assert next_index({}) == 0
    assert next_index({"a": Neighbour(index=0), "b": Neighbour(index=2)}) == 1


def test_environments_that_policies_hold_disposable_are_ours() -> None:
    assert Settings().disposable_environments <= set(Environment)
