"""The storage: writes each event as it comes, in a transaction of its own."""

import asyncio

from faststream import FastStream
from faststream.redis import StreamSub
from sqlmodel.ext.asyncio.session import AsyncSession

from tests.bench.naive import messages, tables
from tests.bench.naive.messages import EVENTS, Event
from tests.bench.naive.tables import Execution, ExecutionStep

engine = tables.connect()
broker = messages.connect()
app = FastStream(broker)


@broker.subscriber(stream=StreamSub(EVENTS, group="storage", consumer="storage"))
async def store(event: Event) -> None:
    async with AsyncSession(engine) as session:
        if event.type == "step.started":
            step = ExecutionStep(
                execution_id=event.execution_id, step_id=event.step_id or "", started_at=event.at, input=event.input
            )
            session.add(step)
        elif event.type == "step.finished":
            step = await session.get_one(ExecutionStep, (event.execution_id, event.step_id))
            step.status, step.finished_at = event.status or "error", event.at
            step.output, step.assertions = event.output, event.assertions
        else:
            execution = await session.get_one(Execution, event.execution_id)
            if event.type == "execution.started":
                execution.status, execution.started_at = "running", event.at
            else:
                execution.status, execution.finished_at = event.status or "error", event.at
        await session.commit()


if __name__ == "__main__":
    asyncio.run(app.run())
