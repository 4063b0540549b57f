"""The page of a preview, read as a browser reads it: a real Chromium where there is one."""

import html
import json
import re
import shutil
import subprocess
from datetime import date
from pathlib import Path
from urllib.parse import urlencode

import pytest

from meridian.engine.project import Project
from meridian.plan import Mode
from meridian.preview import Preview, preview
from meridian.report.page import page

ROOT = Path(__file__).parents[3]
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on PATH")
STACK = "eu-west-1"


@pytest.fixture(scope="module")
def region() -> Preview:
    return preview(Project.at(ROOT), STACK, mode=Mode.PREVIEW, with_policies=True, today=date(2026, 11, 20))


@pytest.fixture(scope="module")
def written(region: Preview, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("page") / "page.html"
    file.write_text(page([region]))
    return file


def opened(file: Path, width: int = 1280, **state: str) -> str:
    """What stands on the page once its script has run."""
    flags = ["--headless", "--no-sandbox", "--disable-gpu", f"--window-size={width},900", "--virtual-time-budget=5000", "--dump-dom"]
    address = f"{file.as_uri()}#{urlencode(state)}"
    return subprocess.run([str(CHROMIUM), *flags, address], capture_output=True, text=True, check=True, timeout=120).stdout


def names(dom: str) -> list[str]:
    tree = dom.split('id="tree">')[1].split('id="details"', maxsplit=1)[0]
    return [html.unescape(name).strip() for name in re.findall(r"<button[^>]*>([^<]*)<small>", tree)]


def test_it_asks_nobody_for_anything(written: Path) -> None:
    text = written.read_text()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    assert policy is not None
    assert policy[1].startswith("default-src 'none'")
    outside = re.findall(r'(?:src|href|action)="([^"#][^"]*)"', text)
    assert outside == []


def test_all_resources_are_in_it_without_secrets(region: Preview, written: Path) -> None:
    (data,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', written.read_text(), re.DOTALL)
    (stack,) = json.loads(data)
    assert {resource["urn"] for resource in stack["resources"]} == {resource.urn for resource in region.plan}
    assert str(ROOT) not in data


@needs_chromium
def test_the_tree_opens_at_the_stack(written: Path) -> None:
    dom = opened(written)
    assert re.search(r"<output[^>]*>\d+ in all</output>", dom)
    assert "<summary>network <small>" in dom


@needs_chromium
def test_search_finds_by_words_in_names_and_values(region: Preview, written: Path) -> None:
    found = names(opened(written, stack=STACK, q="subnet euw1-az2"))
    wanted = [
        r.name
        for r in region.plan
        if "subnet" in f"{r.urn}{json.dumps(r.inputs)}".lower() and "euw1-az2" in f"{r.urn}{json.dumps(r.inputs)}".lower()
    ]
    assert found
    assert sorted(found) == sorted(wanted)


@needs_chromium
def test_the_filter_by_verdict_shows_those_resources_only(region: Preview, written: Path) -> None:
    assert region.verdicts is not None
    urns = {judgement.urn for judgement in region.verdicts.judgements if judgement.verdict == "undecided"}
    found = names(opened(written, stack=STACK, verdict="undecided"))
    assert sorted(found) == sorted(region.plan.by_urn[urn].name for urn in urns)


@needs_chromium
def test_a_resource_opens_with_inputs_needs_and_verdicts(region: Preview, written: Path) -> None:
    cluster = region.plan.find("aws:eks/cluster:Cluster", "cluster-cluster")
    details = opened(written, stack=STACK, urn=cluster.urn).split('id="details"')[1].split('id="data"')[0]
    assert '"authenticationMode": "API"' in html.unescape(details)
    assert "pass sec-06" in details
    for needed in cluster.dependencies:
        assert needed.split("::")[-1] in details
    assert "components/cluster/eks.py:" in details


@needs_chromium
@pytest.mark.parametrize("width", [1280, 400])
def test_nothing_is_wider_than_the_window(written: Path, tmp_path: Path, width: int) -> None:
    """The page itself tells: a script of the test's own writes the width that it would need into the title."""
    probe = "<script>document.title = 'needs ' + document.documentElement.scrollWidth</script></body>"
    file = tmp_path / "probed.html"
    file.write_text(written.read_text().replace("</body>", probe))
    found = re.search(r"<title>needs (\d+)</title>", opened(file, width))
    assert found is not None
    assert int(found[1]) <= max(width, 500)  # Chromium's own window is never narrower than 500
