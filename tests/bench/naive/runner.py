"""The runner: runs the steps of an execution one after the other, and tells of each."""

import asyncio
import os
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
from faststream import FastStream
from faststream.redis import StreamSub

from tests.bench.naive import messages
from tests.bench.naive.messages import EVENTS, REQUESTS, Event, ExecutionRequested, Step

broker = messages.connect()
client = httpx.AsyncClient()
app = FastStream(broker)


class Fields(dict[str, Any]):
    """A map whose fields an assertion reads as attributes."""

    def __getattr__(self, name: str) -> Any:
        value = self[name]
        return Fields(value) if isinstance(value, dict) else value


@broker.subscriber(stream=StreamSub(REQUESTS, group="runner", consumer=os.environ["NAIVE_NAME"]), max_workers=50)
async def run_execution(request: ExecutionRequested) -> None:
    execution_id, status = request.execution_id, "passed"
    await tell("execution.started", execution_id)
    for step in request.definition.steps:
        if status == "passed":
            status = await run_step(execution_id, step)
    await tell("execution.finished", execution_id, status=status)


async def run_step(execution_id: UUID, step: Step) -> str:
    await tell("step.started", execution_id, step_id=step.id, input=step.config)
    outcomes: list[dict[str, Any]] = []
    try:
        output = await act(step)
    except httpx.HTTPError as error:
        status, output = "error", {"error": str(error)}
    else:
        wanted = step.assertions + (step.config["assertions"] if step.action == "assert" else [])
        outcomes = [{"expression": text, "holds": holds(text, output)} for text in wanted]
        status = "passed" if all(outcome["holds"] for outcome in outcomes) else "failed"
    await tell("step.finished", execution_id, step_id=step.id, status=status, output=output, assertions=outcomes)
    return status


async def act(step: Step) -> dict[str, Any]:
    if step.action != "http_request":
        return step.config
    response = await client.request(step.config["method"], step.config["url"])
    return {"status": response.status_code, "headers": dict(response.headers), "body": response.json()}


def holds(expression: str, output: dict[str, Any]) -> bool:
    fields = Fields(output)
    return bool(eval(expression, {"__builtins__": {}}, {name: getattr(fields, name) for name in output}))


async def tell(kind: str, execution_id: UUID, **more: Any) -> None:
    event = Event(type=kind, execution_id=execution_id, at=datetime.now(UTC), **more)
    await broker.publish(event, stream=EVENTS)


if __name__ == "__main__":
    asyncio.run(app.run())
