"""By hand: how fast storage folds. `python fold_rate.py OWNER_DATABASE_URL REDIS_URL [EXECUTIONS]`.

Says requests and one pack of four events an execution to a real stream, folds them into a fresh database
with the folds as the service runs them, and prints the rate and the CPU of this process.
"""

import asyncio
import gc
import secrets
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import uvloop
from sqlalchemy.engine import make_url

from testmesh_chassis.bus import Bus, Fold
from testmesh_chassis.database import Database
from testmesh_chassis.migrations import migrate
from testmesh_chassis.outbox import Outbox
from testmesh_chassis.relay import Relay
from testmesh_contracts import Message, Topic, encode, uuid7
from testmesh_contracts.events import ExecutionEvents
from testmesh_contracts.executions import ExecutionRequested
from testmesh_contracts.topics import CONTROL, EVENTS, REQUESTS, RESULTS
from testmesh_storage.config import StorageSettings
from testmesh_storage.folding.announcer import Announcer
from testmesh_storage.main import REVISIONS, SCHEMAS
from testmesh_storage.wiring import create_folds

PROJECT = UUID("00000000-0000-7000-8000-000000000001")


def told(at: datetime) -> tuple[ExecutionRequested, ExecutionEvents]:
    execution_id = uuid7()
    facts = {"project_id": PROJECT, "flow_id": PROJECT, "flow_name": "no-op", "flow_version": 1, "trigger_type": "api"}
    step = {
        "path": "wait",
        "step_id": "wait",
        "name": "wait",
        "action": "log",
        "phase": "steps",
        "number": 1,
        "started_at": at,
    }
    events = [
        facts | {"type": "execution.started", "runner_id": "runner-1", "started_at": at},
        step | {"type": "step.started"},
        step
        | {
            "type": "step.finished",
            "status": "passed",
            "finished_at": at,
            "duration_ms": 0.2,
            "input": {"message": "hello"},
            "output": {"message": "hello"},
            "attempts": [{"number": 1, "status": "passed", "started_at": at, "duration_ms": 0.2}],
        },
        facts
        | {
            "type": "execution.finished",
            "status": "passed",
            "started_at": at,
            "finished_at": at,
            "duration_ms": 1.0,
            "step_counts": {"passed": 1},
        },
    ]
    request = facts | {
        "execution_id": execution_id,
        "body": {"digest": "d" * 64, "source": "name: no-op"},
        "requested_at": at,
        "start_by": at + timedelta(hours=1),
        "timeout_ms": 600_000,
    }
    pack = {
        "execution_id": execution_id,
        "run": 1,
        "fence": 1,
        "events": [{"seq": n, "event": event} for n, event in enumerate(events, 1)],
    }
    return ExecutionRequested.model_validate(request), ExecutionEvents.model_validate(pack)


async def fill(bus: Bus, topic: Topic, messages: Sequence[Message]) -> None:
    for first in range(0, len(messages), 1000):
        pipe = bus.client.pipeline(transaction=False)
        for message in messages[first : first + 1000]:
            fields: dict[Any, Any] = encode(topic, message).fields()
            pipe.xadd(topic.wire, fields)
        await pipe.execute()


async def until(database: Database, sql: str, count: int) -> None:
    while True:
        async with database.connection() as connection:
            if await connection.fetchval(sql) >= count:
                return
        await asyncio.sleep(0.2)


async def fold(name: str, database: Database, folds: list[Fold], sql: str, count: int) -> None:
    wall, cpu = time.perf_counter(), time.process_time()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    tasks = [asyncio.create_task(part.run()) for part in folds]
    await until(database, sql, count)
    took, used = time.perf_counter() - wall, time.process_time() - cpu
    for part in folds:
        part.stop()
    await asyncio.gather(*tasks)
    print(f"{name}: {count} in {took:.2f} s, {count / took:,.0f}/s, {used / count * 1000:.3f} ms CPU each")  # noqa: T201


async def measure(settings: StorageSettings, count: int) -> None:
    database = Database(settings.database_url, name="rate", connections=12)
    await database.start()
    bus = Bus(settings.redis_url, "storage", "rate")
    bus.says(RESULTS, CONTROL)
    await bus.client.flushall()
    relay = Relay(database, bus, Outbox("executions"))
    announcer = Announcer(bus, relay)
    await relay.start()
    await announcer.start()
    try:
        tales = [told(datetime.now(UTC)) for _ in range(count)]
        outbox = Outbox("executions")
        await fill(bus, REQUESTS["normal"], [request for request, _ in tales])
        folds = create_folds(settings, database, bus, outbox, announcer)
        await fold("requests", database, folds, "SELECT count(*) FROM executions.executions", count)
        await fill(bus, EVENTS, [pack for _, pack in tales])
        folds = create_folds(settings, database, bus, outbox, announcer)
        ended = "SELECT count(*) FROM executions.executions WHERE finished_at IS NOT NULL"
        await fold("packs of 4 events, with results", database, folds, ended, count)
    finally:
        await announcer.stop()
        await relay.stop()
        await bus.client.aclose()
        await database.stop()


def main(owner: str, redis_url: str, count: str = "10000") -> None:
    name = f"rate_{secrets.token_hex(4)}"

    async def run(sql: str) -> None:
        connection = await asyncpg.connect(owner)
        await connection.execute(sql)
        await connection.close()

    asyncio.run(run(f"CREATE DATABASE {name}"))
    url = make_url(owner).set(database=name)
    own = url.set(username=name, password="rate")
    settings = StorageSettings(
        redis_url=redis_url,
        migration_database_url=url.render_as_string(hide_password=False),
        database_url=own.render_as_string(hide_password=False),
    )
    try:
        migrate(settings, SCHEMAS, REVISIONS)
        uvloop.run(measure(settings, int(count)))
    finally:
        asyncio.run(run(f"DROP DATABASE {name} WITH (FORCE)"))
        asyncio.run(run(f"DROP ROLE IF EXISTS {name}"))


if __name__ == "__main__":
    main(*sys.argv[1:])
