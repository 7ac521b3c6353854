"""Row (a): no-op executions accepted in bulk, run and persisted, everything on."""

import asyncio
import time
from dataclasses import dataclass

from tests.bench.usage import usage_by_service
from tests.house.running import House

BULK = 1000
NOOP = """
name: noop
steps:
  - {id: nothing, action: set, config: {done: true}}
  - {id: judge, action: assert, config: {data: {done: true}, assertions: ["data.done"]}}
"""
WITHIN_S = 300


@dataclass(frozen=True)
class NoopResult:
    """What was accepted and persisted, how fast, and what it cost."""

    executions: int
    accepted_s: float
    persisted_s: float
    cpu_ms_by_service: dict[str, float]
    rss_mb_by_service: dict[str, float]
    statuses: dict[str, int]
    unconfirmed: dict[str, int]

    @property
    def rate(self) -> float:
        return self.executions / self.persisted_s


async def run_noop(house: House, count: int) -> NoopResult:
    """Start `count` executions in bulk and wait until all are persisted and confirmed."""
    flow = house.api.post("/flows", content=NOOP, headers={"Content-Type": "application/yaml"})
    flow.raise_for_status()
    flow_id = flow.json()["id"]
    before = usage_by_service(house)
    started = time.perf_counter()
    for _ in range(count // BULK):
        house.api.post("/executions", json={"items": [{"flow_id": flow_id}] * BULK}).raise_for_status()
    accepted_s = time.perf_counter() - started
    await _until_persisted(house, flow_id, count)
    persisted_s = time.perf_counter() - started
    unconfirmed = await _until_confirmed(house)
    after = usage_by_service(house)
    return NoopResult(
        executions=count,
        accepted_s=accepted_s,
        persisted_s=persisted_s,
        cpu_ms_by_service={
            service: (after[service].cpu_s - before[service].cpu_s) * 1000 / count for service in before
        },
        rss_mb_by_service={service: used.rss / 1e6 for service, used in after.items()},
        statuses=await _statuses(house, flow_id),
        unconfirmed=unconfirmed,
    )


async def _until_persisted(house: House, flow_id: str, count: int) -> None:
    async with asyncio.timeout(WITHIN_S):
        while sum((await _statuses(house, flow_id, finished=True)).values()) < count:
            await asyncio.sleep(0.1)


async def _until_confirmed(house: House) -> dict[str, int]:
    """Wait until the api's outbox is empty and the runner's rows are confirmed; return what is left."""
    async with asyncio.timeout(WITHIN_S):
        while True:
            outbox = await house.rows("SELECT count(*) FROM users.outbox")
            rows = await house.rows("SELECT count(*) FROM agents.runs WHERE state <> 'confirmed'")
            left = {"users.outbox": outbox[0]["count"], "agents.runs": rows[0]["count"]}
            if not any(left.values()):
                return left
            await asyncio.sleep(0.1)


async def _statuses(house: House, flow_id: str, *, finished: bool = False) -> dict[str, int]:
    where = " AND finished_at IS NOT NULL" if finished else ""
    rows = await house.rows(
        f"SELECT status, count(*) FROM executions.executions WHERE flow_id = $1::uuid{where} GROUP BY status", flow_id
    )
    return {row["status"]: row["count"] for row in rows}
