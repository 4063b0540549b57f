"""How much of a service an account may have before it asks for more."""

import functools
from collections.abc import Mapping
from types import MappingProxyType

from components.catalog.loader import Fact, find, instance_type, read

FAMILIES: Mapping[str, str] = MappingProxyType({"g": "gpu", "vt": "gpu", "p": "accelerated"})
"""Letters before the generation of an instance type -> quota it counts against; `standard` for A, C, D, H, I, M, R, T and Z (EC2 user
guide, on-demand instance quotas)."""


class Quota(Fact):
    """One quota of the Service Quotas API."""

    name: str
    """e.g. `elastic-ips`."""
    service: str
    """Code of the service, as the API spells it."""
    code: str
    """Code of the quota, e.g. `L-0263D0A3`."""
    title: str
    """Name that AWS gives it."""
    default: int | None
    """Value of a new account; none where no published one was found."""
    source: str
    """Where code and value are from; the file's head has the whole name."""


@functools.cache
def quotas() -> Mapping[str, Quota]:
    """All quotas, by name."""
    return MappingProxyType({name: Quota(name=name, **row) for name, row in read("quotas")["quotas"].items()})


def quota(name: str) -> Quota:
    """The quota of that name; raises NotInCatalog."""
    return find("quota", name, quotas())


def vcpu_quota(type_name: str, *, spot: bool) -> Quota:
    """The quota that vCPUs of the instance type count against; raises NotInCatalog."""
    letters = instance_type(type_name).family.rstrip("abcdefghijklmnopqrstuvwxyz-").rstrip("0123456789")
    return quota(f"{FAMILIES.get(letters, 'standard')}-{'spot' if spot else 'on-demand'}")
