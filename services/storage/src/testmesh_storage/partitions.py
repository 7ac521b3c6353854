"""Partitions by month, made ahead of time and dropped by functions of the migration's role."""

from datetime import datetime

import structlog

from testmesh_chassis.database import Database

_log = structlog.get_logger(__name__)


class Partitions:
    """The months for which executions, steps and logs have a partition of their own."""

    def __init__(self, database: Database, months_ahead: int) -> None:
        self._database = database
        self._months_ahead = months_ahead

    async def make(self) -> None:
        """Make what is missing; rows that lay in the default partition move to their month's."""
        async with self._database.transaction() as connection:
            made = await connection.fetchval("SELECT executions.make_partitions($1)", self._months_ahead)
        if made:
            _log.info("partitions made", count=made)

    async def drop(self, before: datetime) -> int:
        """Drop every month that ended before the month of a moment; return the number of partitions."""
        async with self._database.transaction() as connection:
            dropped: int = await connection.fetchval("SELECT executions.drop_partitions($1)", before)
        return dropped
