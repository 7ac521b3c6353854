"""The product under measurement: a running house."""

import os
from collections.abc import Iterable, Sequence

import psutil

from tests.bench.children import BenchError
from tests.bench.design import Wanted
from tests.bench.ledger import Ledger
from tests.house.running import House

BULK = 1000
EXECUTIONS = "SELECT status, count(*) FROM executions.executions WHERE flow_id = $1::uuid GROUP BY status"
FINISHED = "SELECT count(*) FROM executions.executions WHERE flow_id = $1::uuid AND finished_at IS NOT NULL"
STEPS = """
SELECT s.status, count(*),
       sum(jsonb_array_length(jsonb_path_query_array(s.assertions, '$[*] ? (@.holds == true)'))) AS held,
       sum(jsonb_array_length(jsonb_path_query_array(s.assertions, '$[*] ? (@.holds != true)'))) AS not_held
FROM executions.executions e JOIN executions.execution_steps s ON s.execution_id = e.id
WHERE e.flow_id = $1::uuid GROUP BY s.status
"""
BLEMISHED = """
SELECT count(*) FROM executions.executions WHERE flow_id = $1::uuid AND (tainted OR lost_events > 0 OR run <> 1)
"""
UNCONFIRMED = """
SELECT (SELECT count(*) FROM users.outbox) + (SELECT count(*) FROM agents.runs WHERE state <> 'confirmed')
"""


class Product:
    """`testmesh server` as its users start it, with what takes part beside it."""

    def __init__(self, house: House, ledger: Ledger, target: int) -> None:
        self.house = house
        self.ledger = ledger
        self.probe = ledger.backend
        self.loaders: set[int] = set()
        """Load processes besides this one."""
        self.target = target

    def kinds(self) -> dict[str, Iterable[int]]:
        pids = self.house.record["pids"]
        return {
            **pids,
            "supervisor": [psutil.Process(pids["api"][0]).ppid()],
            "target": [self.target],
            "load": [os.getpid(), *self.loaders],
        }

    async def create_flow(self, source: str) -> str:
        answer = self.house.api.post("/flows", content=source, headers={"Content-Type": "application/yaml"})
        if answer.status_code != 201:
            raise BenchError(f"POST /flows: wanted 201, got {answer.status_code}: {answer.text}")
        return str(answer.json()["id"])

    async def start(self, flow_id: str, count: int) -> None:
        for first in range(0, count, BULK):
            items = [{"flow_id": flow_id}] * min(BULK, count - first)
            answer = self.house.api.post("/executions", json={"items": items})
            if answer.status_code != 202 or len(answer.json()["items"]) != len(items):
                raise BenchError(f"POST /executions: wanted 202, got {answer.status_code}: {answer.text[:500]}")

    async def until_persisted(self, flow_id: str, count: int) -> None:
        await self.ledger.until_at_least(count, FINISHED, flow_id)

    async def until_settled(self) -> None:
        """Return when the api's outbox is empty and the runners' rows are confirmed."""
        await self.ledger.until_none(UNCONFIRMED)

    async def tidied(self) -> None:
        """Do at once what autovacuum would do some time in the next minute, in the middle of whichever row is then."""
        await self.until_settled()
        await self.ledger.vacuum()

    async def faults(self, flow_id: str, wanted: Wanted) -> Sequence[str]:
        statuses = {row["status"]: row["count"] for row in await self.ledger.rows(EXECUTIONS, flow_id)}
        steps = await self.ledger.rows(STEPS, flow_id)
        faults = wanted.faults(
            statuses,
            {row["status"]: row["count"] for row in steps},
            int(sum(row["held"] or 0 for row in steps)),
            int(sum(row["not_held"] or 0 for row in steps)),
        )
        if blemished := await self.ledger.one(BLEMISHED, flow_id):
            faults.append(f"{blemished} executions were run twice, lost events or are tainted")
        return faults
