"""What is kept of a store's data, for how long and where: one declaration, rendered to each engine's own means."""

from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from components import catalog
from components.base import Spec
from components.data.bucket_replication import copy_fault
from components.data.schedule import schedule
from components.tags import DataClass

BACKUP_TAG = "backup"
"""Tag by which a plan finds what it backs up; its value is the plan's name."""
Schedule = Annotated[str, AfterValidator(schedule)]
"""Unix cron of five fields, in UTC."""


class BackupSpec(Spec):
    """How much may be lost, and how long what was kept can be asked for."""

    rpo_minutes: int = Field(default=5, ge=1)
    """Newest data that a loss of the store may cost, in minutes. 5 is what TiDB's log backup holds and the platform promises."""
    full_schedule: Schedule = "0 1 * * *"
    """When a full backup is made, Unix cron of five fields, UTC; at night in Europe. Other dialects are refused."""
    retention_days: int = Field(default=35, ge=1, le=36500)
    """Days a backup is kept: a month, and days to notice. 100 years is AWS Backup's most."""
    drill_schedule: Schedule = "0 5 * * 0"
    """When a restore is tried, Unix cron of five fields, UTC; weekly, as what was never restored is no backup."""
    copy_to: tuple[str, ...] = ()
    """Regions that get a copy; none by default, as a copy needs a legal basis (residency.yaml)."""

    @model_validator(mode="after")
    def _once(self) -> "BackupSpec":
        if twice := sorted({region for region in self.copy_to if self.copy_to.count(region) > 1}):
            raise ValueError(f"copy_to: {', '.join(twice)}: named twice, name each region once")
        return self


def copy_faults(spec: BackupSpec, data_class: DataClass, region: str) -> list[str]:
    """One line for each copy that the law on the data does not allow, with the regions it does."""
    found = (copy_fault(f"copy_to[{n}]", data_class, region, destination) for n, destination in enumerate(spec.copy_to))
    return [fault for fault in found if fault]


def retention_faults(spec: BackupSpec, data_class: DataClass) -> list[str]:
    """One line where backups are kept for less than the class of the data asks."""
    least = catalog.data_class(data_class).minimum_retention_days
    if spec.retention_days >= least:
        return []
    return [f"retention_days: {spec.retention_days}: backups of {data_class} data are kept {least} days or more (residency.yaml)"]


def backup_faults(spec: BackupSpec, data_class: DataClass, region: str) -> list[str]:
    """All that is wrong with the declaration for such data in the region."""
    return [*retention_faults(spec, data_class), *copy_faults(spec, data_class, region)]
