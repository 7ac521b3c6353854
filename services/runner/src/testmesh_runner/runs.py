"""The rows of `agents.runs`: the work that was taken in, who holds it, how it ended.

Every write of a holder names its claim; a write under a claim that another runner has replaced does nothing.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from pydantic import ValidationError

from testmesh_chassis.database import Database
from testmesh_contracts import Entry
from testmesh_contracts.executions import ExecutionRequested
from testmesh_runner.assignments import Assignment, EndedRun, Ending, Release, Verdict

_log = structlog.get_logger(__name__)

TAKE_IN = """
WITH asked AS (
    SELECT * FROM unnest($2::uuid[], $3::text[], $4::timestamptz[], $5::text[])
        AS asked (execution_id, request, start_by, trace)
), taken AS (
    INSERT INTO agents.runs (execution_id, claim, runner_id, state, started, start_by, request, trace)
    SELECT execution_id, nextval('agents.claims'), $1, 'held',
        c.execution_id IS NULL AND start_by > clock_timestamp(), start_by, request, trace
    FROM asked LEFT JOIN agents.cancels c USING (execution_id)
    ON CONFLICT (execution_id) DO NOTHING
    RETURNING execution_id, claim, started
)
SELECT taken.*, c.reason FROM taken LEFT JOIN agents.cancels c USING (execution_id)
"""
_TAKE_FREE = """
WITH free AS (
    SELECT r.execution_id, c.reason
    FROM agents.runs r LEFT JOIN agents.cancels c USING (execution_id)
    WHERE r.runner_id IS NULL AND r.state = 'waiting' {which} FOR UPDATE OF r SKIP LOCKED
)
UPDATE agents.runs r SET runner_id = $1, state = 'held', claim = nextval('agents.claims'),
    run = r.run + r.started::int,
    started = r.started OR (free.reason IS NULL AND r.start_by > clock_timestamp()),
    updated_at = clock_timestamp()
FROM free WHERE r.execution_id = free.execution_id
RETURNING r.execution_id, r.run, r.claim, r.request, r.trace, r.started, free.reason
"""
TAKE_FREE = _TAKE_FREE.format(which="ORDER BY r.execution_id LIMIT $2")
TAKE_ONE_FREE = _TAKE_FREE.format(which="AND r.execution_id = $2")
TAKE_ENDED = """
WITH free AS (
    SELECT execution_id FROM agents.runs
    WHERE runner_id IS NULL AND state = 'ended'
    ORDER BY execution_id LIMIT $2 FOR UPDATE SKIP LOCKED
)
UPDATE agents.runs r SET runner_id = $1, updated_at = clock_timestamp()
FROM free WHERE r.execution_id = free.execution_id
RETURNING r.execution_id, r.run, r.claim, r.terminal, r.last_seq, r.trace
"""
_LOST = """
    SELECT id FROM agents.runners
    WHERE id <> $1 AND heartbeat_at < clock_timestamp() - make_interval(secs => $2)
        AND (state IN ('ready', 'draining') OR ($3 AND state IN ('lost', 'left')
            AND heartbeat_at > clock_timestamp() - interval '10 min'))
"""
ANY_LOST = f"SELECT EXISTS ({_LOST})"
FREE_LOST = f"""
WITH lost AS ({_LOST} FOR UPDATE SKIP LOCKED), marked AS (
    UPDATE agents.runners r SET state = 'lost' FROM lost WHERE r.id = lost.id AND r.state <> 'left' RETURNING r.id
), freed AS (
    UPDATE agents.runs r SET runner_id = NULL,
        state = CASE r.state WHEN 'held' THEN 'waiting' ELSE r.state END, updated_at = clock_timestamp()
    FROM lost WHERE r.runner_id = lost.id AND r.state IN ('held', 'ended')
    RETURNING lost.id
)
SELECT lost.id, (SELECT count(*) FROM freed WHERE freed.id = lost.id) AS freed FROM lost
"""
END = """
UPDATE agents.runs r SET
    state = CASE r.state WHEN 'confirmed' THEN 'confirmed' ELSE 'ended' END,
    terminal = CASE r.state WHEN 'confirmed' THEN NULL ELSE e.terminal END,
    last_seq = e.last_seq, updated_at = clock_timestamp()
FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::int[]) AS e (execution_id, claim, terminal, last_seq)
WHERE r.execution_id = e.execution_id AND r.claim = e.claim
RETURNING r.execution_id, r.state
"""
RELEASE = """
UPDATE agents.runs r SET runner_id = NULL, state = 'waiting', started = e.started, updated_at = clock_timestamp()
FROM unnest($1::uuid[], $2::bigint[], $3::boolean[]) AS e (execution_id, claim, started)
WHERE r.execution_id = e.execution_id AND r.claim = e.claim AND r.state = 'held'
"""
CONFIRM = """
UPDATE agents.runs SET state = 'confirmed', request = NULL, terminal = NULL, updated_at = clock_timestamp()
WHERE execution_id = ANY($1::uuid[])
"""


class Runs:
    """The runs of one runner, and those that nobody holds."""

    def __init__(self, database: Database, runner_id: str) -> None:
        self._database = database
        self._runner_id = runner_id

    async def take_in(self, entries: Sequence[tuple[Entry, ExecutionRequested]]) -> list[Assignment]:
        """Write a row for each request that has none yet, and return those: they are this runner's now."""
        requests = {request.execution_id: (entry, request) for entry, request in entries}
        async with self._database.connection() as connection:
            rows = await connection.fetch(
                TAKE_IN,
                self._runner_id,
                list(requests),
                [entry.body.decode() for entry, _ in requests.values()],
                [request.start_by for _, request in requests.values()],
                [entry.trace for entry, _ in requests.values()],
            )
        taken = []
        for row in rows:
            entry, request = requests[row["execution_id"]]
            verdict: Verdict = "run" if row["started"] else "cancelled" if row["reason"] else "queue_timeout"
            taken.append(
                Assignment(request.execution_id, 1, row["claim"], request, entry.trace, verdict, row["reason"])
            )
        return taken

    async def take_free(self, most: int) -> list[Assignment]:
        """Take rows that nobody holds, each under a new and greater claim."""
        return await self._take(TAKE_FREE, most)

    async def take_one_free(self, execution_id: UUID) -> list[Assignment]:
        """Take this row, where nobody else was quicker."""
        return await self._take(TAKE_ONE_FREE, execution_id)

    async def _take(self, statement: str, which: int | UUID) -> list[Assignment]:
        async with self._database.connection() as connection:
            rows = await connection.fetch(statement, self._runner_id, which)
        return [assignment for row in rows if (assignment := _assignment(row)) is not None]

    async def take_ended(self, most: int) -> list[EndedRun]:
        """Take ended rows that nobody holds, to say their ends again."""
        async with self._database.connection() as connection:
            rows = await connection.fetch(TAKE_ENDED, self._runner_id, most)
        return [_ended(row) for row in rows]

    async def own(self, known: Sequence[UUID]) -> tuple[list[tuple[UUID, int]], list[EndedRun]]:
        """Return what this runner holds and does not know of: its reply was lost on the way."""
        async with self._database.connection() as connection:
            rows = await connection.fetch(
                "SELECT * FROM agents.runs"
                " WHERE runner_id = $1 AND state IN ('held', 'ended') AND NOT execution_id = ANY($2::uuid[])",
                self._runner_id,
                list(known),
            )
        held = [(row["execution_id"], row["claim"]) for row in rows if row["state"] == "held"]
        return held, [_ended(row) for row in rows if row["state"] == "ended"]

    async def free_lost(self, after_s: float, *, again: bool) -> list[tuple[str, int]]:
        """Take the rows of runners without heartbeat from them; return those runners and their counts."""
        given = (self._runner_id, after_s, again)
        async with self._database.connection() as connection:
            # Asked alone, since the planner reads all of `agents.runs` for whoever is lost, also for nobody.
            if not await connection.fetchval(ANY_LOST, *given):
                return []
            rows = await connection.fetch(FREE_LOST, *given)
        return [(row["id"], row["freed"]) for row in rows]

    async def end(self, endings: Sequence[Ending]) -> dict[UUID, str]:
        """Write ends; return the state of those rows whose claim still was this runner's."""
        async with self._database.connection() as connection:
            rows = await connection.fetch(
                END,
                [ending.execution_id for ending in endings],
                [ending.claim for ending in endings],
                [ending.terminal.decode() for ending in endings],
                [ending.last_seq for ending in endings],
            )
        return {row["execution_id"]: row["state"] for row in rows}

    async def release(self, releases: Sequence[Release]) -> None:
        """Set rows free, so that another runner takes them."""
        async with self._database.connection() as connection:
            await connection.execute(
                RELEASE,
                [release.execution_id for release in releases],
                [release.claim for release in releases],
                [release.started for release in releases],
            )

    async def release_ended(self, execution_ids: Sequence[UUID]) -> None:
        """Leave it to others to say these ends again."""
        async with self._database.connection() as connection:
            await connection.execute(
                "UPDATE agents.runs SET runner_id = NULL"
                " WHERE execution_id = ANY($1::uuid[]) AND runner_id = $2 AND state = 'ended'",
                list(execution_ids),
                self._runner_id,
            )

    async def confirm(self, execution_ids: Sequence[UUID]) -> None:
        """Note that these executions have their result; nothing of them need be kept but that."""
        async with self._database.connection() as connection:
            await connection.execute(CONFIRM, list(execution_ids))

    async def unconfirmed(self, execution_ids: Sequence[UUID]) -> set[UUID]:
        """Return those of the ended runs that this runner still has to say."""
        async with self._database.connection() as connection:
            rows = await connection.fetch(
                "SELECT execution_id FROM agents.runs"
                " WHERE execution_id = ANY($1::uuid[]) AND state = 'ended' AND runner_id = $2",
                list(execution_ids),
                self._runner_id,
            )
        return {row["execution_id"] for row in rows}

    async def forget(self, before: UUID, updated_before: datetime, most: int) -> int:
        """Delete confirmed rows of executions accepted before an id; return how many."""
        async with self._database.connection() as connection:
            status: str = await connection.execute(
                "DELETE FROM agents.runs WHERE execution_id IN (SELECT execution_id FROM agents.runs"
                " WHERE execution_id < $1 AND state = 'confirmed' AND updated_at < $2"
                " ORDER BY execution_id LIMIT $3 FOR UPDATE SKIP LOCKED)",
                before,
                updated_before,
                most,
            )
        return int(status.rpartition(" ")[2])


def _assignment(row: Any) -> Assignment | None:
    try:
        request = ExecutionRequested.model_validate_json(row["request"])
    except ValidationError as error:
        _log.error("row not readable, left to the sweeper", execution_id=str(row["execution_id"]), error=str(error))
        return None
    return Assignment(
        row["execution_id"],
        row["run"],
        row["claim"],
        request,
        row["trace"],
        _verdict(request, row),
        row["reason"],
    )


def _verdict(request: ExecutionRequested, row: Any) -> Verdict:
    if row["reason"] is not None:
        return "cancelled"
    if row["run"] > 1 and (request.on_runner_lost == "fail" or row["run"] > request.max_runs):
        return "runner_lost"
    return "run" if row["started"] else "queue_timeout"


def _ended(row: Any) -> EndedRun:
    return EndedRun(
        row["execution_id"], row["run"], row["claim"], row["terminal"].encode(), row["last_seq"], row["trace"]
    )
