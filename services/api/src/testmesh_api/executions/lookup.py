"""Looking executions up: storage knows them; until it does, the outbox answers for it."""

from collections.abc import Awaitable, Callable, Collection
from functools import partial
from typing import TypeVar
from uuid import UUID

from testmesh_api.errors import ExecutionNotFoundError
from testmesh_api.owners import Owner
from testmesh_api.principals import Principal
from testmesh_chassis.database import Database
from testmesh_chassis.errors import FaultError
from testmesh_chassis.outbox import Outbox
from testmesh_contracts.executions import ExecutionRequested, ExecutionUploaded, ExecutionView
from testmesh_contracts.queries import (
    ArtifactList,
    GetExecution,
    ListArtifacts,
    ListLogs,
    ListSteps,
    LogList,
    StepList,
)

NOT_FOUND = "execution_not_found"
REQUESTED = "execution.requested"
UPLOADED = "execution.uploaded"

R = TypeVar("R")


class Lookup:
    """Finds executions, from the moment on in which they were accepted."""

    def __init__(self, database: Database, outbox: Outbox, storage: Owner) -> None:
        self._database = database
        self._outbox = outbox
        self._storage = storage

    async def get(
        self, principal: Principal, execution_id: UUID, *, steps: bool = True, afresh: bool = False
    ) -> ExecutionView:
        """Return an execution; `afresh` for who decides by its status, and must not be told an earlier one.

        Raises:
            ExecutionNotFoundError: nobody accepted it in the principal's project.
        """
        question = GetExecution(project_id=principal.project_id, execution_id=execution_id, steps=steps)
        ask = partial(self._storage.ask_together, question, ExecutionView)
        return await self._known(
            principal, execution_id, partial(ask, afresh=afresh), partial(ask, afresh=True), lambda pending: pending
        )

    async def steps(self, principal: Principal, question: ListSteps) -> StepList:
        """Return a page of an execution's steps: none yet, where storage does not know it yet."""
        ask = partial(self._storage.ask, question, StepList)
        return await self._known(principal, question.execution_id, ask, ask, lambda _: StepList(items=[]))

    async def logs(self, principal: Principal, question: ListLogs) -> LogList:
        """Return a page of an execution's log lines: none yet, where storage does not know it yet."""
        ask = partial(self._storage.ask, question, LogList)
        return await self._known(principal, question.execution_id, ask, ask, lambda _: LogList(items=[], more=False))

    async def artifacts(self, principal: Principal, question: ListArtifacts) -> ArtifactList:
        """Return a page of the files that an execution left: none yet, where storage does not know it yet."""
        ask = partial(self._storage.ask, question, ArtifactList)
        return await self._known(principal, question.execution_id, ask, ask, lambda _: ArtifactList(items=[]))

    def outdate(self, executions: Collection[UUID]) -> None:
        """Take note that these have changed: no later `get` is answered with what was asked before."""
        self._storage.outdate(executions)

    async def _known(
        self,
        principal: Principal,
        execution_id: UUID,
        ask: Callable[[], Awaitable[R]],
        ask_again: Callable[[], Awaitable[R]],
        of_pending: Callable[[ExecutionView], R],
    ) -> R:
        try:
            return await ask()
        except FaultError as fault:
            if fault.code != NOT_FOUND:
                raise
        if (pending := await self._pending(principal, execution_id)) is not None:
            return of_pending(pending)
        # Between the two looks it may have been folded, and its row confirmed.
        # So the question that settles it is asked after the look into the outbox.
        try:
            return await ask_again()
        except FaultError as fault:
            if fault.code != NOT_FOUND:
                raise
            raise ExecutionNotFoundError(execution_id) from fault

    async def _pending(self, principal: Principal, execution_id: UUID) -> ExecutionView | None:
        async with self._database.connection() as connection:
            rows = await self._outbox.find(connection, execution_id)
        for row in rows:
            if row.entry.type == REQUESTED:
                request = ExecutionRequested.model_validate_json(row.entry.body)
                if request.project_id == principal.project_id:
                    return _view(request)
            if row.entry.type == UPLOADED:
                upload = ExecutionUploaded.model_validate_json(row.entry.body)
                if upload.project_id == principal.project_id:
                    return _view_of_upload(upload)
        return None


def _view(request: ExecutionRequested) -> ExecutionView:
    return ExecutionView(
        id=request.execution_id,
        project_id=request.project_id,
        flow_id=request.flow_id,
        flow_name=request.flow_name,
        flow_version=request.flow_version,
        status="pending",
        environment=request.environment,
        trigger_type=request.trigger_type,
        triggered_by=request.triggered_by,
        parent_id=request.parent_id,
        batch_id=request.batch_id,
        priority=request.priority,
        labels=request.labels,
        requested_at=request.requested_at,
    )


def _view_of_upload(upload: ExecutionUploaded) -> ExecutionView:
    """Return an upload as what it is until its steps are rows: to come."""
    return ExecutionView(
        id=upload.execution_id,
        project_id=upload.project_id,
        flow_name=upload.flow_name,
        status="pending",
        environment=upload.environment,
        trigger_type=upload.trigger_type,
        triggered_by=upload.triggered_by,
        labels=upload.labels,
        upload=upload.upload,
    )
