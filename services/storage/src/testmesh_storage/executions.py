"""What can be seen of executions: one with its steps, lists, pages of steps and of log lines."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from pydantic_core import from_json

from testmesh_chassis.database import Connection, Database
from testmesh_contracts.executions import ExecutionSummary, ExecutionView, LogView, StepView
from testmesh_contracts.queries import (
    ExecutionList,
    GetExecution,
    ListExecutions,
    ListLogs,
    ListSteps,
    LogList,
    StepList,
)
from testmesh_storage.errors import ExecutionNotFoundError
from testmesh_storage.repository import logs, views

JSON_FIELDS = frozenset(
    ("labels", "warnings", "step_counts", "upload", "planned", "outputs", "input", "output", "assertions", "attempts")
)


class ExecutionQueries:
    """Answers questions about executions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, query: GetExecution) -> ExecutionView:
        """Return an execution and its steps as they were together at one moment of the feed."""
        async with self._snapshot() if query.steps else self._database.connection() as connection:
            record = await views.find(connection, query.project_id, query.execution_id)
            if record is None:
                raise ExecutionNotFoundError(query.execution_id)
            steps = await self._steps(connection, query.execution_id) if query.steps else []
        cursor = views.cursor_at(record["last_entry"])
        return ExecutionView.model_validate(_told(record) | {"steps": steps, "event_cursor": cursor})

    async def list(self, query: ListExecutions) -> ExecutionList:
        """Return a page, newest first, as it was at one moment of the feed; the total counts among the newest alone."""
        async with self._snapshot() as connection:
            records = await views.page(
                connection,
                project_id=query.project_id,
                flow_id=query.flow_id,
                batch_id=query.batch_id,
                status=query.status,
                after=query.after,
                limit=query.limit,
            )
            total = await views.count(
                connection,
                project_id=query.project_id,
                flow_id=query.flow_id,
                batch_id=query.batch_id,
                status=query.status,
            )
            cursor = await views.whole_cursor(connection)
        items = [ExecutionSummary.model_validate(_told(record)) for record in records]
        return ExecutionList(items=items, total_estimate=total, event_cursor=cursor)

    async def list_steps(self, query: ListSteps) -> StepList:
        """Return a page of steps in the order of run and start."""
        async with self._database.connection() as connection:
            if not await views.is_there(connection, query.project_id, query.execution_id):
                raise ExecutionNotFoundError(query.execution_id)
            after = (query.after_run, query.after_number)
            steps = await self._steps(connection, query.execution_id, after=after, limit=query.limit)
        return StepList(items=steps)

    async def list_logs(self, query: ListLogs) -> LogList:
        """Return a page of log lines as they were at one moment of the feed; those of older runs stay.

        Lines become rows in the order of run and seq, so that none comes before a place that was read past:
        pages that follow one another repeat and miss nothing, also while lines are added. A line that is
        committed is in the page, behind it (`more`), or after its `event_cursor`. So the cursor of the last
        page alone is where to go on listening: one of an earlier page is from before later pages were read,
        and would tell of their lines again.
        """
        async with self._snapshot() as connection:
            if not await views.is_there(connection, query.project_id, query.execution_id):
                raise ExecutionNotFoundError(query.execution_id)
            page = await logs.page(connection, query)
            cursor = await views.feed_cursor(connection)
        items = [LogView.model_validate(_told(record)) for record in page.records]
        return LogList(items=items, more=page.more, event_cursor=cursor)

    @asynccontextmanager
    async def _snapshot(self) -> AsyncIterator[Connection]:
        """Open a connection on which everything read is of one moment."""
        async with (
            self._database.connection() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            yield connection

    async def _steps(
        self,
        connection: Connection,
        execution_id: UUID,
        *,
        after: tuple[int, int] = (0, 0),
        limit: int | None = None,
    ) -> Sequence[StepView]:
        records = await views.steps(connection, execution_id, after, limit)
        return [StepView.model_validate(_told(record)) for record in records]


def _told(record: Any) -> dict[str, Any]:
    """Return a row's known values, JSON read; what is null has the view's default."""
    return {
        name: from_json(value) if name in JSON_FIELDS else value for name, value in record.items() if value is not None
    }
