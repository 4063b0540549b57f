"""Facts about the world, as rows with their source: `from components import catalog`, then `catalog.region("eu-west-1")`."""

from components.catalog.loader import (
    Chart,
    EksVersion,
    InstanceType,
    NotInCatalog,
    Region,
    chart,
    charts,
    eks_version,
    eks_versions,
    instance_type,
    instance_types,
    offered,
    region,
    regions,
)

__all__ = [
    "Chart",
    "EksVersion",
    "InstanceType",
    "NotInCatalog",
    "Region",
    "chart",
    "charts",
    "eks_version",
    "eks_versions",
    "instance_type",
    "instance_types",
    "offered",
    "region",
    "regions",
]
