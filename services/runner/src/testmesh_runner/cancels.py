"""The rows of `agents.cancels`: executions that somebody wants ended, remembered until none can start any more."""

from collections.abc import Sequence

from testmesh_chassis.database import Database
from testmesh_contracts.executions import CancelExecution


class Cancels:
    """What intake and each heartbeat read, so that no cancel is missed in whichever order things arrive."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, cancels: Sequence[CancelExecution]) -> None:
        """Remember cancels; the first word on an execution stays."""
        async with self._database.connection() as connection:
            await connection.execute(
                "INSERT INTO agents.cancels (execution_id, project_id, reason, requested_by)"
                " SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[])"
                " ON CONFLICT (execution_id) DO NOTHING",
                [cancel.execution_id for cancel in cancels],
                [cancel.project_id for cancel in cancels],
                [cancel.reason for cancel in cancels],
                [cancel.requested_by for cancel in cancels],
            )

    async def forget(self, hours: int) -> None:
        """Delete cancels that no request can still be waiting for."""
        async with self._database.connection() as connection:
            await connection.execute(
                "DELETE FROM agents.cancels WHERE at < clock_timestamp() - make_interval(hours => $1)", hours
            )
