"""The api: keeps flows, accepts executions, tells how they went."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import uvicorn
import yaml
from fastapi import FastAPI, HTTPException, Request
from pydantic import BaseModel
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from tests.bench.naive import messages, tables
from tests.bench.naive.messages import REQUESTS, Definition, ExecutionRequested
from tests.bench.naive.tables import Execution, Flow

engine = tables.connect()
broker = messages.connect()


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    async with engine.begin() as connection:
        await connection.run_sync(SQLModel.metadata.create_all)
    await broker.connect()
    yield
    await broker.stop()
    await engine.dispose()


app = FastAPI(lifespan=lifespan)


class Order(BaseModel):
    """An execution that is wanted."""

    flow_id: UUID


class Orders(BaseModel):
    """Several at once."""

    items: list[Order]


@app.post("/flows", status_code=201)
async def create_flow(request: Request) -> dict[str, Any]:
    document = yaml.safe_load(await request.body())
    for step in document["steps"]:
        step["assertions"] = step.pop("assert", [])
    definition = Definition.model_validate(document)
    async with AsyncSession(engine, expire_on_commit=False) as session:
        flow = Flow(definition=definition.model_dump())
        session.add(flow)
        await session.commit()
        return {"id": str(flow.id)}


@app.post("/executions", status_code=202)
async def create_executions(orders: Orders) -> dict[str, Any]:
    async with AsyncSession(engine, expire_on_commit=False) as session:
        executions, definitions = [], {}
        for order in orders.items:
            flow = await session.get(Flow, order.flow_id)
            if flow is None:
                raise HTTPException(404, "no such flow")
            definitions[flow.id] = Definition.model_validate(flow.definition)
            executions.append(Execution(flow_id=flow.id))
        session.add_all(executions)
        await session.commit()
    for execution in executions:
        message = ExecutionRequested(execution_id=execution.id, definition=definitions[execution.flow_id])
        await broker.publish(message, stream=REQUESTS)
    return {"items": [{"id": str(execution.id)} for execution in executions]}


@app.get("/executions/{execution_id}")
async def get_execution(execution_id: UUID) -> Execution:
    async with AsyncSession(engine) as session:
        execution = await session.get(Execution, execution_id)
    if execution is None:
        raise HTTPException(404, "no such execution")
    return execution


if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ["NAIVE_PORT"]))
