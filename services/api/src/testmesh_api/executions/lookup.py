"""Looking executions up: storage knows them; until it does, the outbox answers for it."""

from uuid import UUID

from testmesh_api.errors import ExecutionNotFoundError
from testmesh_api.owners import Owner
from testmesh_api.principals import Principal
from testmesh_chassis.database import Database
from testmesh_chassis.errors import FaultError
from testmesh_chassis.outbox import Outbox
from testmesh_contracts.executions import ExecutionRequested, ExecutionView
from testmesh_contracts.queries import GetExecution, ListSteps, StepList

NOT_FOUND = "execution_not_found"
REQUESTED = "execution.requested"


class Lookup:
    """Finds executions, from the moment on in which they were accepted."""

    def __init__(self, database: Database, outbox: Outbox, storage: Owner) -> None:
        self._database = database
        self._outbox = outbox
        self._storage = storage

    async def get(self, principal: Principal, execution_id: UUID, *, steps: bool = True) -> ExecutionView:
        """Return an execution.

        Raises:
            ExecutionNotFoundError: nobody accepted it in the principal's project.
        """
        question = GetExecution(project_id=principal.project_id, execution_id=execution_id, steps=steps)
        try:
            return await self._storage.ask(question, ExecutionView)
        except FaultError as fault:
            if fault.code != NOT_FOUND:
                raise
        if (pending := await self._pending(principal, execution_id)) is not None:
            return pending
        # Between the two looks it may have been folded, and its row confirmed.
        try:
            return await self._storage.ask(question, ExecutionView)
        except FaultError as fault:
            if fault.code != NOT_FOUND:
                raise
            raise ExecutionNotFoundError(execution_id) from fault

    async def steps(self, principal: Principal, question: ListSteps) -> StepList:
        """Return a page of an execution's steps: none yet, where storage does not know it yet."""
        try:
            return await self._storage.ask(question, StepList)
        except FaultError as fault:
            if fault.code != NOT_FOUND:
                raise
        await self.get(principal, question.execution_id, steps=False)
        return StepList(items=[])

    async def _pending(self, principal: Principal, execution_id: UUID) -> ExecutionView | None:
        async with self._database.connection() as connection:
            rows = await self._outbox.find(connection, execution_id)
        for row in rows:
            if row.entry.type == REQUESTED:
                request = ExecutionRequested.model_validate_json(row.entry.body)
                if request.project_id == principal.project_id:
                    return _view(request)
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
