"""Names of the Terraform providers for what Pulumi's bridge renamed."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

TABLE = Path(__file__).parent / "terraform.yaml"
MANIFEST = "kubernetes_manifest"
"""Type of a Kubernetes object that is given whole (provider hashicorp/kubernetes)."""


@cache
def table() -> Mapping[str, Any]:
    """What the rules do not give."""
    return yaml.safe_load(TABLE.read_text(encoding="utf-8"))


def snake(name: str) -> str:
    """`kmsKeyId` -> `kms_key_id`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def type_of(token: str) -> str:
    """`aws:kms/key:Key` -> `aws_kms_key`."""
    if token in table()["types"]:
        return table()["types"][token]
    package, path, kind = token.split(":")
    if package == "kubernetes":
        return MANIFEST
    module, _, name = path.rpartition("/")
    if package == "aws":
        prefix = table()["modules"].get(module, module)
        kind = snake(name.removesuffix("V2") if module == "s3" else name)
        return "_".join(filter(None, ("aws", "" if kind == prefix else prefix, kind)))
    return f"{package}_{snake(name or kind)}"


def singular(name: str) -> str:
    """`rules` -> `rule`, `metric_queries` -> `metric_query`."""
    return f"{name[:-3]}y" if name.endswith("ies") else name.removesuffix("s")


def attribute_of(type: str, key: str, value: Any) -> str:
    """Name of a property: blocks that may repeat are plural in Pulumi alone."""
    renamed = table()["attributes"].get(type, {}).get(key)
    if renamed:
        return renamed
    blocks = isinstance(value, list) and any(isinstance(item, dict) for item in value)  # pyright: ignore[reportUnknownVariableType]  # any JSON
    return singular(snake(key)) if blocks and key not in table()["plural"] else snake(key)


def is_map(key: str) -> bool:
    """Whether an object under this name has keys of its own choice."""
    return key in table()["maps"]
