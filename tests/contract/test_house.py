"""The laws of the house (docs/ARCHITECTURE.md), as tests over the source: they need no list that somebody must keep."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("components", "policies", "stacks", "meridian")
SOURCES = sorted(path.relative_to(ROOT) for package in PACKAGES for path in (ROOT / package).rglob("*.py"))

CLUSTER = {"components", "components/catalog", "components/network", "components/cluster"}
MAY_IMPORT = {
    "components": {"components"},
    "components/catalog": {"components/catalog"},
    "components/network": {"components", "components/catalog", "components/network"},
    "components/cluster": CLUSTER,
    "components/platform": {*CLUSTER, "components/platform"},
    "components/data": {*CLUSTER, "components/platform", "components/data"},
    "components/edge": {*CLUSTER, "components/platform", "components/edge"},
    "policies": {"components/catalog", "policies"},
    "stacks": {*CLUSTER, "components/platform", "components/data", "components/edge", "stacks"},
    "meridian": {"components/catalog", "meridian", "policies", "stacks"},
}
"""Room -> rooms it may import. Components have a room per folder, beside the base in components/*.py; the others are one room each."""
FORBIDDEN_IN_COMPONENTS = {"get_stack", "get_project", "export", "StackReference", "Config", "is_dry_run", "environ", "getenv"}
LONGEST_FILE = 250
LONGEST_INIT = 40
LONGEST_BASE = 75


def _parsed(path: Path) -> ast.Module:
    return ast.parse((ROOT / path).read_text())


def _room(module: str) -> str:
    """`components.cluster.eks` -> `components/cluster`, `components.base` -> `components`, `policies.core.rule` -> `policies`."""
    package, *below = module.split(".")
    return f"{package}/{below[0]}" if package == "components" and below and (ROOT / package / below[0]).is_dir() else package


def _imports(path: Path) -> Iterator[str]:
    """Modules a file imports; `from components import catalog` is `components.catalog`."""
    for node in ast.walk(_parsed(path)):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = {alias.name for alias in node.names}
            folders = {name for name in names if (ROOT / node.module.replace(".", "/") / name).is_dir()}
            yield from (f"{node.module}.{name}" for name in folders)
            if names - folders:
                yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


@pytest.mark.parametrize("path", SOURCES, ids=str)
def test_imports_go_one_way(path: Path) -> None:
    own = _room(".".join(path.with_suffix("").parts))
    assert {_room(module) for module in _imports(path) if module.split(".")[0] in PACKAGES} - MAY_IMPORT[own] == set()


@pytest.mark.parametrize("path", [path for path in SOURCES if path.parts[0] == "components"], ids=str)
def test_components_know_nothing_of_stack_environment_cloud_or_clock(path: Path) -> None:
    used = {node.attr for node in ast.walk(_parsed(path)) if isinstance(node, ast.Attribute)}
    assert used & FORBIDDEN_IN_COMPONENTS == set()
    assert {module.split(".")[0] for module in _imports(path)} & {"boto3", "os", "socket", "time", "random", "requests"} == set()
    assert not {"now", "today", "utcnow"} & {node.attr for node in ast.walk(_parsed(path)) if isinstance(node, ast.Attribute)}


@pytest.mark.parametrize("path", [path for path in SOURCES if path.parts[0] == "policies" and path.name != "pack.py"], ids=str)
def test_policies_import_no_provider_sdk(path: Path) -> None:
    """Importing one costs a pack seconds."""
    assert {module.split(".")[0] for module in _imports(path)} & {"pulumi_aws", "pulumi_kubernetes", "pulumi_cloudflare"} == set()


@pytest.mark.parametrize("path", SOURCES, ids=str)
def test_files_stay_short(path: Path) -> None:
    longest = LONGEST_BASE if path == Path("components/base.py") else LONGEST_FILE
    assert len((ROOT / path).read_text().splitlines()) <= longest


@pytest.mark.parametrize("path", [path for path in SOURCES if path.parts[0] == "components"], ids=str)
def test_constructors_stay_short(path: Path) -> None:
    for node in ast.walk(_parsed(path)):
        if isinstance(node, ast.FunctionDef) and node.name == "__init__":
            assert node.end_lineno
            assert node.end_lineno - node.lineno < LONGEST_INIT, f"{path}:{node.lineno}"


@pytest.mark.parametrize("path", SOURCES, ids=str)
def test_every_module_says_what_it_is(path: Path) -> None:
    assert path.name == "__init__.py" or ast.get_docstring(_parsed(path))


@pytest.mark.parametrize("path", SOURCES, ids=str)
def test_public_names_are_documented(path: Path) -> None:
    body = _parsed(path).body
    bare = [
        node.name
        for node in body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_") and not ast.get_docstring(node)
    ]
    is_pack = path.parts[0] == "policies" and path.name.endswith("_rules.py")
    assert bare == [] or is_pack  # a rule documents itself in its decorator


def _fields(node: ast.ClassDef) -> Iterator[tuple[str, bool]]:
    for at, line in enumerate(node.body):
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name) and not line.target.id.startswith("_"):
            below = node.body[at + 1] if at + 1 < len(node.body) else None
            yield line.target.id, isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)


@pytest.mark.parametrize("path", [path for path in SOURCES if path.parts[0] in {"components", "stacks"}], ids=str)
def test_every_public_field_is_documented(path: Path) -> None:
    bare = [
        f"{node.name}.{name}"
        for node in ast.walk(_parsed(path))
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
        for name, documented in _fields(node)
        if not documented
    ]
    assert bare == []


def _mirrored() -> list[Path]:
    return [path for path in SOURCES if path.parts[0] == "components" and path.name != "__init__.py"]


@pytest.mark.parametrize("path", _mirrored(), ids=str)
def test_every_component_module_has_its_test_file(path: Path) -> None:
    assert (ROOT / "tests" / path.parent / f"test_{path.name}").exists()


def test_every_test_file_is_collected() -> None:
    """A file of another name would never run (seen in a public estate: four of them, for years)."""
    support = {"__init__.py", "deploy.py", "bench.py", "conftest.py"}
    named = {path for path in (ROOT / "tests").rglob("*.py") if path.name not in support}
    with_tests = {path for path in named if "def test_" in path.read_text()}
    assert {path for path in with_tests if not path.name.startswith("test_")} == set()
    folders = {path.parent for path in with_tests}
    assert {folder for folder in folders if not (folder / "__init__.py").exists()} == set()


def test_no_folder_or_policy_module_hides_one_of_python() -> None:
    roots = {path.name for path in ROOT.iterdir() if path.is_dir() and (path / "__init__.py").exists()}
    modules = {
        path.stem for path in SOURCES if path.parts[0] == "policies" and path.parts[1] != "core"
    }  # a pack's folder is where its program starts
    assert (roots | modules - {"__init__", "__main__"}) & set(sys.stdlib_module_names) == set()
