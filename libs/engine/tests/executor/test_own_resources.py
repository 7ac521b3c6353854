"""What an action opens for its execution alone: shared by its steps, closed behind the teardown whatever happens."""

import asyncio
from typing import ClassVar

import pytest

from testmesh_sdk import Action, ActionConfig, ActionResult

FLOW = """\
name: a
steps:
  - {id: one, action: session}
  - {id: two, action: session}
  - {id: three, action: REST}
teardown:
  - {id: end, action: session}
"""


class Given(ActionConfig):
    pass


class Result(ActionResult):
    number: int


@pytest.fixture
def session():
    class SessionAction(Action[Given, Result]):
        name = "session"
        config = Given
        result = Result
        opened = 0
        closed: ClassVar[list[int]] = []
        breaks = False

        async def run(self, config, context):
            return Result(number=await context.execution.get("k", self.open, self.close))

        @classmethod
        async def open(cls):
            cls.opened += 1
            return cls.opened

        @classmethod
        async def close(cls, number):
            cls.closed.append(number)
            if cls.breaks:
                raise OSError("the session is gone")

    return SessionAction


@pytest.mark.parametrize(
    ("last", "status"), [("log, config: {message: x}", "passed"), ("fail, config: {message: x}", "failed")]
)
async def test_all_steps_of_an_execution_share_it_and_it_is_closed_behind_the_teardown(play, session, last, status):
    flow = FLOW.replace("REST", last)
    played = await play(flow, session)

    assert played.outcome.status == status
    assert (played["one"].output["number"], played["end"].output["number"]) == (1, 1)
    assert session.closed == [1]
    assert (await play(flow, session))["one"].output["number"] == 2


async def test_a_cancelled_run_closes_it_too(play, session):
    cancel = asyncio.Event()
    flow = FLOW.replace("REST", "delay, config: {duration: 1h}")
    running = asyncio.ensure_future(play(flow, session, cancel=cancel))
    while not session.opened:
        await asyncio.sleep(0)
    cancel.set()

    assert (await running).outcome.status == "cancelled"
    assert session.closed == [1]


async def test_a_run_whose_task_is_cancelled_closes_it_too(play, session):
    running = asyncio.ensure_future(play(FLOW.replace("REST", "delay, config: {duration: 1h}"), session))
    while not session.opened:
        await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert session.closed == [1]


async def test_what_does_not_close_is_told_and_changes_no_verdict(play, session):
    session.breaks = True
    played = await play(FLOW.replace("REST", "log, config: {message: x}"), session)

    assert played.outcome.status == "passed"
    assert any("did not close: the session is gone" in warning for warning in played.outcome.warnings)
