"""The naive design under measurement: its processes, on the house's PostgreSQL and Valkey."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import httpx
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from tests.bench.children import BenchError, Child, child
from tests.bench.design import Wanted
from tests.bench.ledger import LOOK_EVERY_S, Ledger, opened_ledger
from tests.bench.product import Product
from tests.house.running import House

DATABASE = "bench_naive"
KEYSPACE = 1
START_S = 30
WITHIN_S = 120
BULK = 1000
GROUPS = {"naive.requests": "runner", "naive.events": "storage"}
EXECUTIONS = "SELECT status, count(*) FROM execution WHERE flow_id = $1::uuid GROUP BY status"
FINISHED = "SELECT count(*) FROM execution WHERE flow_id = $1::uuid AND finished_at IS NOT NULL"
STEPS = """
SELECT s.status, count(*),
       sum((SELECT count(*) FROM json_array_elements(s.assertions) a WHERE a->>'holds' = 'true')) AS held,
       sum((SELECT count(*) FROM json_array_elements(s.assertions) a WHERE a->>'holds' <> 'true')) AS not_held
FROM execution e JOIN executionstep s ON s.execution_id = e.id WHERE e.flow_id = $1::uuid GROUP BY s.status
"""


class Naive:
    """The running naive design."""

    def __init__(
        self, house: House, children: dict[str, list[Child]], api: httpx.AsyncClient, ledger: Ledger, target: int
    ) -> None:
        self._house = house
        self._children = children
        self._api = api
        self._ledger = ledger
        self._target = target
        self.probe = ledger.backend

    def kinds(self) -> dict[str, Iterable[int]]:
        stores = {name: self._house.record["pids"][name] for name in ("postgres", "valkey")}
        own = {kind: [process.pid for process in processes] for kind, processes in self._children.items()}
        return {**own, **stores, "target": [self._target], "load": [os.getpid()]}

    async def create_flow(self, source: str) -> str:
        answer = await self._api.post("/flows", content=source)
        answer.raise_for_status()
        return str(answer.json()["id"])

    async def start(self, flow_id: str, count: int) -> None:
        for first in range(0, count, BULK):
            items = [{"flow_id": flow_id}] * min(BULK, count - first)
            (await self._api.post("/executions", json={"items": items})).raise_for_status()

    async def until_persisted(self, flow_id: str, count: int) -> None:
        await self._ledger.until_at_least(count, FINISHED, flow_id)

    async def until_settled(self) -> None:
        """Nothing is left behind: this design keeps no account of what it still owes."""

    async def faults(self, flow_id: str, wanted: Wanted) -> Sequence[str]:
        statuses = {row["status"]: row["count"] for row in await self._ledger.rows(EXECUTIONS, flow_id)}
        rows = await self._ledger.rows(STEPS, flow_id)
        steps = {row["status"]: row["count"] for row in rows}
        held, not_held = (int(sum(row[name] or 0 for row in rows)) for name in ("held", "not_held"))
        return [f"naive: {fault}" for fault in wanted.faults(statuses, steps, held, not_held)]


@asynccontextmanager
async def running_naive(product: Product, runners: int) -> AsyncIterator[Naive]:
    """Start it on a database and a keyspace of its own, and leave nothing of it behind."""
    house, record = product.house, product.house.record
    port = _free_port()
    environment = {
        "NAIVE_DATABASE_URL": _with_path(record["postgres_url"], DATABASE).replace("://", "+asyncpg://", 1),
        "NAIVE_REDIS_URL": _with_path(record["redis_url"], str(KEYSPACE)),
        "NAIVE_PORT": str(port),
    }
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(_database(record["postgres_url"]))
        redis = await stack.enter_async_context(Redis.from_url(environment["NAIVE_REDIS_URL"]))
        stack.push_async_callback(redis.flushdb)
        log = stack.enter_context((house.data.parent / "naive.log").open("ab"))

        def start(module: str, name: str) -> Child:
            return stack.enter_context(
                child(f"tests.bench.naive.{module}", environment={**environment, "NAIVE_NAME": name}, log=log)
            )

        children = {"api": [start("api", "api")]}
        api = await stack.enter_async_context(httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=WITHIN_S))
        await _until_ready(api, redis, children, set())
        children["storage"] = [start("storage", "storage")]
        children["runner"] = [start("runner", f"runner-{number}") for number in range(runners)]
        await _until_ready(api, redis, children, set(GROUPS))
        ledger = await stack.enter_async_context(opened_ledger(_with_path(record["postgres_url"], DATABASE)))
        try:
            yield Naive(house, children, api, ledger, product.target)
        except (BenchError, httpx.HTTPError) as error:
            raise BenchError(f"{error}\nThe naive design's log ends:\n{_tail(Path(log.name))}") from error


async def _until_ready(
    api: httpx.AsyncClient, redis: Redis, children: dict[str, list[Child]], streams: set[str]
) -> None:
    """The api must answer, and each group must be there: what is said before is never heard."""
    try:
        async with asyncio.timeout(START_S):
            while not (await _answers(api) and await _heard(redis, children, streams)):
                if any(process.ended for processes in children.values() for process in processes):
                    raise BenchError("Starting the naive design: a process of it ended")
                await asyncio.sleep(LOOK_EVERY_S)
    except TimeoutError as error:
        raise BenchError(f"Starting the naive design: not ready in {START_S} s") from error


async def _answers(api: httpx.AsyncClient) -> bool:
    try:
        return (await api.get("/openapi.json")).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


async def _heard(redis: Redis, children: dict[str, list[Child]], streams: set[str]) -> bool:
    for stream in streams:
        try:
            groups = await redis.xinfo_groups(stream)
        except ResponseError:
            return False
        wanted = len(children[GROUPS[stream]])
        if sum(group["consumers"] for group in groups) < wanted:
            return False
    return True


@asynccontextmanager
async def _database(postgres_url: str) -> AsyncIterator[None]:
    connection = await asyncpg.connect(postgres_url)
    try:
        await connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        await connection.execute(f"CREATE DATABASE {DATABASE}")
        yield
        await connection.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")
    finally:
        await connection.close()


def _with_path(url: str, path: str) -> str:
    return urlsplit(url)._replace(path=f"/{path}").geturl()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _tail(path: Path) -> str:
    return "\n".join(path.read_text(errors="replace").splitlines()[-20:])
