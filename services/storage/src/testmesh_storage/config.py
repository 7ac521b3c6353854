"""Settings of storage, each with its default: `TESTMESH_STORAGE_<NAME>`."""

from datetime import timedelta
from typing import ClassVar

from testmesh_chassis.settings import ServiceSettings
from testmesh_contracts.topics import Service


class StorageSettings(ServiceSettings):
    """What storage needs to run."""

    service: ClassVar[Service] = "storage"

    database_connections: int = 16
    fold_batch: int = 500
    upload_batch: int = 10
    """Uploads of one transaction: one of them may have 100,000 steps."""
    fence: bool = True
    """Whether events of an older run are refused. `off` serves ONE test, which shows that without the
    fence its checker finds what the fence prevents. Never switch it off elsewhere: results become wrong."""
    sweep_every_s: float = 5.0
    sweep_batch: int = 500
    sweep_slack_s: float = 5.0
    """How long after a deadline it is judged: folds that count as current may be this far behind."""
    sweep_all_every_s: float = 600.0
    """How often the sweeper looks from the very first execution, not from the oldest that was open."""
    teardown_s: float = 60.0
    grace_s: float = 60.0
    unknown_timeout_s: float = 86_400.0
    """For a run whose request has not been heard, so that its timeout is not known yet."""
    hole_patience_s: float = 30.0
    """How long a terminal event waits for events before it that did not arrive."""
    upload_file_patience_s: float = 180.0
    """How long the file of an uploaded result may be away before it is given up: a store may be mounted late."""
    months_ahead: int = 3
    upkeep_every_s: float = 86_400.0

    @property
    def after_timeout(self) -> timedelta:
        """What a run may take beyond its flow's timeout."""
        return timedelta(seconds=self.teardown_s + self.grace_s)

    @property
    def unknown_timeout(self) -> timedelta:
        return timedelta(seconds=self.unknown_timeout_s)
