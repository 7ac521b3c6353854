"""Deleting what nobody can ask for any more: confirmed rows, old cancels, runners long gone, old presence."""

import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

from testmesh_chassis.bus import Bus
from testmesh_chassis.database import Database
from testmesh_contracts.topics import RUNNER_EVENTS
from testmesh_runner import runners
from testmesh_runner.cancels import Cancels
from testmesh_runner.runs import Runs

KEPT_HOURS = 48
EVERY_S = 60.0
AT_ONCE = 2000


class Retention:
    """Runs in every runner; rows are small, and whoever comes first deletes them."""

    def __init__(self, database: Database, runs: Runs, cancels: Cancels, bus: Bus) -> None:
        self._database = database
        self._runs = runs
        self._cancels = cancels
        self._bus = bus

    async def clean(self) -> None:
        """Delete what is older than 48 h, and trim `runners.events`, which only this service says."""
        before = datetime.now(UTC) - timedelta(hours=KEPT_HOURS)
        while await self._runs.forget(_first_id_at(before), before, AT_ONCE) == AT_ONCE:
            pass
        await self._cancels.forget(KEPT_HOURS)
        async with self._database.connection() as connection:
            await runners.forget(connection, KEPT_HOURS)
        kept_from = int((time.time() - RUNNER_EVENTS.retention_s) * 1000)
        await self._bus.client.xtrim(RUNNER_EVENTS.wire, minid=f"{kept_from}-0")


def _first_id_at(moment: datetime) -> UUID:
    """Return the smallest UUIDv7 of a moment: ids below it were made before."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)
