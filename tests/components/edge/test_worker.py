"""The Worker: what is uploaded, what it may read, where it answers; and its script, run by Node where there is one."""

import hashlib
import hmac
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from components.catalog.cloudflare_plans import CloudflarePlan
from components.edge.storage import EdgeBucket, EdgeBucketArgs, EdgeBucketSpec
from components.edge.worker import SCRIPTS, Worker, WorkerArgs, WorkerSpec, worker_faults
from meridian.plan import Plan
from tests.components.edge.sites import site
from tests.deploy import deploy

ROUTE = "app.example.com/units/*"


def _build() -> None:
    bucket = EdgeBucket("units", EdgeBucketArgs(spec=EdgeBucketSpec.from_yaml({"jurisdiction": "eu"}), site=site(), bucket_name="units-eu"))
    Worker("edge", WorkerArgs(spec=WorkerSpec(route=ROUTE), site=site(), worker_name="units", bucket=bucket, signing_key="top secret"))


@pytest.fixture(scope="module")
def plan() -> Plan:
    return deploy(_build)


def _one(plan: Plan, name: str) -> Any:
    return next(resource for resource in plan.made if resource.name == name)


def test_the_script_is_the_repositorys_file_and_its_hash(plan: Plan) -> None:
    inputs = _one(plan, "edge-script").inputs
    assert inputs["contentFile"] == "components/edge/scripts/units.js"
    assert inputs["contentSha256"] == hashlib.sha256(Path(inputs["contentFile"]).read_bytes()).hexdigest()
    assert inputs["mainModule"] == "units.js"


def test_it_reads_one_bucket_in_its_jurisdiction_and_the_key_is_a_secret(plan: Plan) -> None:
    script = _one(plan, "edge-script")
    key, units = script.inputs["bindings"]
    assert units == {"name": "UNITS", "type": "r2_bucket", "bucketName": "units-eu", "jurisdiction": "eu"}
    assert (key["name"], key["type"]) == ("SIGNING_KEY", "secret_text")
    assert any(path.startswith("bindings[0]") for path in script.secret), script.secret


def test_it_answers_on_the_zones_route_only(plan: Plan) -> None:
    assert _one(plan, "edge-route").inputs["pattern"] == ROUTE
    subdomain = _one(plan, "edge-workers-dev").inputs
    assert (subdomain["enabled"], subdomain["previewsEnabled"]) == (False, False)


def test_it_waits_for_the_bucket(plan: Plan) -> None:
    assert _one(plan, "units-bucket").urn in plan.depends(_one(plan, "edge-script"))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"script": "missing.js"}, "script: missing.js: no such file in components/edge/scripts; there are units.js"),
        ({"route": "https://app.example.com/"}, "route: https://app.example.com/: host name and path without scheme"),
        ({"route": "app.other.org/units/*"}, "route: app.other.org: not in zone example.com"),
        ({"cpu_ms": 50}, "cpu_ms: a CPU limit of one's own for a Worker needs any plan with add-on workers-paid"),
        ({"logpush": True}, "logpush: Logpush of a Worker's traces needs any plan with add-on workers-paid"),
    ],
)
def test_what_cannot_work_is_refused(change: dict[str, Any], told: str) -> None:
    (fault,) = worker_faults(WorkerSpec.from_yaml({"route": ROUTE} | change), site(CloudflarePlan.FREE))
    assert fault.startswith(told)


def test_smart_placement_is_named_for_regional_services() -> None:
    assert WorkerSpec(route=ROUTE, smart_placement=True).regional_conflicts == ("smart-placement",)
    assert WorkerSpec(route=ROUTE).regional_conflicts == ()


DRIVER = """
const { default: worker } = await import(process.argv[1]);
const unit = { body: "story", httpEtag: '"1"', writeHttpMetadata() {} };
const env = { SIGNING_KEY: "key", UNITS: { get: async (key) => (key === "a/b" ? unit : null), head: async () => null } };
const answers = [];
for (const [method, url] of JSON.parse(process.argv[2])) {
  answers.push((await worker.fetch(new Request(url, { method }), env)).status);
}
console.log(JSON.stringify(answers));
"""
FAR = 99_999_999_999


def _link(key: str, expires: int = FAR, secret: str = "key") -> str:
    signature = hmac.new(secret.encode(), f"{key}\n{expires}".encode(), hashlib.sha256).hexdigest()
    return f"https://app.example.com/units/{key}?expires={expires}&signature={signature}"


@pytest.mark.skipif(shutil.which("node") is None, reason="no Node.js here to run the script with")
def test_the_script_serves_signed_links_and_nothing_else(tmp_path: Path) -> None:
    module = tmp_path / "units.mjs"
    module.write_bytes((SCRIPTS / "units.js").read_bytes())
    asked = [
        ("GET", _link("a/b"), 200),
        ("GET", _link("none"), 404),
        ("GET", _link("a/b", expires=1), 403),
        ("GET", _link("a/b", secret="other"), 403),
        ("GET", "https://app.example.com/units/a/b", 403),
        ("GET", "https://app.example.com/other", 403),
        ("POST", _link("a/b"), 405),
    ]
    command = ["node", "--input-type=module", "-e", DRIVER, str(module), json.dumps([row[:2] for row in asked])]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert json.loads(done.stdout) == [row[2] for row in asked]
