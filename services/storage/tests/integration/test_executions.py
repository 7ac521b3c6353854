"""What can be seen of executions."""

import pytest

from testmesh_chassis.errors import FaultError
from testmesh_contracts import uuid7
from testmesh_contracts.queries import GetExecution, ListExecutions, ListSteps
from testmesh_contracts.topics import EVENTS
from testmesh_storage.executions import ExecutionQueries

pytestmark = pytest.mark.integration


@pytest.fixture
def executions(house):
    return ExecutionQueries(house.database)


async def test_an_execution_is_seen_with_its_steps_and_the_place_of_the_feed(house, tell, executions, project):
    tale = tell()
    await house.requests(tale.request())
    assertion = {"expression": "status == 200", "holds": True, "operands": [{"text": "status", "value": 200}]}
    attempt = {"number": 1, "status": "passed", "started_at": tale.at, "duration_ms": 1.5}
    step = tale.step(1, input={"url": "/"}, assertions=[assertion], attempts=[attempt], outputs={"id": 7}, line=4)
    plan = [{"path": "step1", "step_id": "step1", "name": "Step 1", "action": "http_request", "phase": "steps"}]
    await house.events(tale.pack(tale.started(planned=plan), step, tale.finished(outputs={"total": 59.98})))
    await house.rows("INSERT INTO executions.folds VALUES ($1, 0, 'me', 1, now(), '5-1')", EVENTS.name)
    view = await executions.get(GetExecution(project_id=project, execution_id=tale.id))

    assert (view.status, view.outputs, view.labels) == ("passed", {"total": 59.98}, {"branch": "main"})
    assert (view.planned[0].path, view.event_cursor) == ("step1", "0:5-1")
    (seen,) = view.steps
    assert (seen.input, seen.output, seen.outputs, seen.line) == ({"url": "/"}, {"status": 200}, {"id": 7}, 4)
    assert (seen.assertions[0].operands[0].value, seen.attempts[0].duration_ms) == (200, 1.5)


async def test_steps_of_every_run_come_in_order_and_by_pages(house, tell, executions, project):
    tale = tell()
    await house.requests(tale.request())
    await house.events(tale.pack(tale.started(), tale.step(1), tale.step_started(2)))
    await house.events(tale.pack(tale.started(), tale.step(2), tale.step(1), run=2, fence=9))
    view = await executions.get(GetExecution(project_id=project, execution_id=tale.id))
    ask = ListSteps(project_id=project, execution_id=tale.id, limit=3)
    first = await executions.list_steps(ask)
    rest = await executions.list_steps(ask.model_copy(update={"after_run": 2, "after_number": 1}))

    assert [(step.run, step.step_number) for step in view.steps] == [(1, 1), (1, 2), (2, 1), (2, 2)]
    assert [*first.items, *rest.items] == view.steps
    assert view.event_cursor == "0:0-0"


async def test_lists_are_paged_newest_first_and_filtered(house, tell, executions, project):
    tales = [tell() for _ in range(5)]
    batch = uuid7()
    await house.requests(*(tale.request(batch_id=batch if n < 2 else None) for n, tale in enumerate(tales)))
    await house.control(tales[0].cancel(), tales[4].cancel())
    ids = sorted((tale.id for tale in tales), reverse=True)
    first = await executions.list(ListExecutions(project_id=project, limit=3))
    rest = await executions.list(ListExecutions(project_id=project, limit=3, after=first.items[-1].id))
    cancelled = await executions.list(ListExecutions(project_id=project, status="cancelled"))
    of_batch = await executions.list(ListExecutions(project_id=project, batch_id=batch, status="pending"))
    of_flow = await executions.list(ListExecutions(project_id=project, flow_id=tales[0].facts["flow_id"]))

    assert [item.id for item in (*first.items, *rest.items)] == ids
    assert (first.total_estimate, cancelled.total_estimate) == (5, 2)
    assert {item.id for item in cancelled.items} == {tales[0].id, tales[4].id}
    assert [item.id for item in of_batch.items] == [tales[1].id]
    assert of_flow.total_estimate == 5


async def test_an_execution_of_another_project_or_of_none_is_not_there(house, tell, executions):
    tale = tell()
    await house.requests(tale.request())
    for ask in (executions.get, executions.list_steps):
        query = GetExecution if ask == executions.get else ListSteps
        with pytest.raises(FaultError, check=lambda error: error.code == "execution_not_found"):
            await ask(query(project_id=uuid7(), execution_id=tale.id))
    assert (await executions.list(ListExecutions(project_id=uuid7()))).items == []
