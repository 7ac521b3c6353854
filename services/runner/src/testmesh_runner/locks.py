"""The rows of `agents.locks`: who holds a concurrency key, and who waits for it.

A key has one holder, by a unique index. That a holder is done is read from its run's row, not from a message,
so that whoever looks next can give the key on. All that decides on a key does so under the key's advisory lock.
"""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from testmesh_chassis.database import Connection, Database

KEYS_AT_ONCE = 100

# A run that storage has decided on goes on until its teardown is over: its key is free when its end is written,
# or when no living runner carries it out. Subqueries that give one value are looked up row by row by the key of
# `agents.runs`; joins may be planned as a walk through that whole table.
_OPEN = """(
    SELECT true FROM agents.runs r WHERE r.execution_id = l.execution_id AND (
        r.state IN ('parked', 'waiting', 'held')
        OR r.state = 'confirmed' AND r.last_seq IS NULL AND r.runner_id IS NOT NULL
            AND NOT (r.runner_id = {me} AND r.execution_id <> ALL({known}::uuid[]))
            AND (SELECT n.state IN ('ready', 'draining') FROM agents.runners n WHERE n.id = r.runner_id)
    )
)"""
# The waiters that start no more, found through their indexes: a key may have ten thousands who wait on.
_LAPSED = """(
    SELECT w.execution_id FROM agents.locks w
    WHERE w.project_id = $1 AND w.key = $2 AND NOT w.held AND w.start_by <= now()
    UNION
    SELECT w.execution_id FROM agents.cancels c JOIN agents.locks w USING (execution_id)
    WHERE w.project_id = $1 AND w.key = $2 AND NOT w.held
)"""
_RUN_STATE = "(SELECT r.state FROM agents.runs r WHERE r.execution_id = l.execution_id)"
ALONE = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"
OWN = """
SELECT coalesce(l.held, false) FROM agents.runs r LEFT JOIN agents.locks l USING (execution_id)
WHERE r.execution_id = $1 AND r.claim = $2 AND r.state = 'held' FOR UPDATE OF r
"""
DROP_OVER = f"""
DELETE FROM agents.locks l
WHERE l.project_id = $1 AND l.key = $2 AND l.held AND {_OPEN.format(me="$3", known="$4")} IS NULL
"""
STANDING = f"""
SELECT
    (SELECT execution_id FROM agents.locks WHERE project_id = $1 AND key = $2 AND held) AS holder,
    (SELECT execution_id FROM agents.locks l WHERE project_id = $1 AND key = $2 AND NOT held AND execution_id < $3
        AND {_RUN_STATE} = 'parked' AND l.start_by > clock_timestamp()
        AND NOT EXISTS (SELECT FROM agents.cancels c WHERE c.execution_id = l.execution_id)
        ORDER BY execution_id LIMIT 1) AS next,
    (SELECT count(*) FROM agents.locks WHERE project_id = $1 AND key = $2 AND NOT held AND execution_id < $3) AS ahead,
    (SELECT execution_id FROM agents.locks l WHERE project_id = $1 AND key = $2 AND execution_id > $3
        AND policy = 'cancel_older' AND {_OPEN.format(me="$4", known="$5")}
        AND (SELECT true FROM agents.cancels c WHERE c.execution_id = l.execution_id) IS NULL
        ORDER BY execution_id DESC LIMIT 1) AS newer
"""
PUT = """
INSERT INTO agents.locks (execution_id, project_id, key, policy, held, start_by)
SELECT $1, $2, $3, $4, $5, start_by FROM agents.runs WHERE execution_id = $1
ON CONFLICT (execution_id) DO UPDATE SET project_id = $2, key = $3, policy = $4, held = $5
"""
PARK = """
UPDATE agents.runs SET runner_id = NULL, state = 'parked', started = false, updated_at = clock_timestamp()
WHERE execution_id = $1
"""
CANCEL_OLDER = """
INSERT INTO agents.cancels (execution_id, project_id, reason)
SELECT execution_id, project_id, $4 FROM agents.locks
WHERE project_id = $1 AND key = $2 AND execution_id < $3 ORDER BY execution_id
ON CONFLICT (execution_id) DO NOTHING
"""
WAKE_LAPSED = f"""
WITH lapsed AS (
    SELECT r.execution_id FROM {_LAPSED} w JOIN agents.runs r USING (execution_id)
    WHERE r.state = 'parked' FOR UPDATE OF r SKIP LOCKED
)
UPDATE agents.runs r SET state = 'waiting', updated_at = clock_timestamp()
FROM lapsed WHERE r.execution_id = lapsed.execution_id
"""
DROP_LAPSED = f"""
DELETE FROM agents.locks l
WHERE l.execution_id IN {_LAPSED} AND {_RUN_STATE} IS DISTINCT FROM 'parked'
"""
GRANT = """
WITH next AS (
    SELECT l.execution_id FROM agents.locks l JOIN agents.runs r USING (execution_id)
    WHERE l.project_id = $1 AND l.key = $2 AND r.state = 'parked'
        AND NOT EXISTS (SELECT FROM agents.locks h WHERE h.project_id = $1 AND h.key = $2 AND h.held)
    ORDER BY l.execution_id LIMIT 1 FOR UPDATE OF r SKIP LOCKED
), granted AS (
    UPDATE agents.locks l SET held = true FROM next WHERE l.execution_id = next.execution_id RETURNING l.execution_id
)
UPDATE agents.runs r SET state = 'waiting', updated_at = clock_timestamp()
FROM granted WHERE r.execution_id = granted.execution_id
RETURNING r.execution_id
"""
# What storage decided on while it waited, where nobody is left to be granted the key.
DROP_STRAY = f"""
DELETE FROM agents.locks l
WHERE l.project_id = $1 AND l.key = $2 AND NOT l.held AND {_RUN_STATE} IS DISTINCT FROM 'parked'
    AND NOT EXISTS (SELECT FROM agents.locks h WHERE h.project_id = $1 AND h.key = $2 AND h.held)
"""
# Every runner asks this each second: four questions that cost as much as there are keys in use, due waiters and
# cancels, however many wait. Settling a key ends its being unsettled, so that none hides those behind the limit.
UNSETTLED = f"""
WITH RECURSIVE keys AS (
    (SELECT project_id, key FROM agents.locks ORDER BY project_id, key LIMIT 1)
    UNION ALL
    SELECT next.project_id, next.key FROM keys k CROSS JOIN LATERAL (
        SELECT l.project_id, l.key FROM agents.locks l WHERE (l.project_id, l.key) > (k.project_id, k.key)
        ORDER BY l.project_id, l.key LIMIT 1
    ) next
)
SELECT l.project_id, l.key FROM agents.locks l WHERE l.held AND {_OPEN.format(me="$1", known="$2")} IS NULL
UNION
SELECT l.project_id, l.key FROM agents.locks l WHERE NOT l.held AND l.start_by <= now()
UNION
SELECT l.project_id, l.key FROM agents.cancels c JOIN agents.locks l USING (execution_id) WHERE NOT l.held
UNION
SELECT k.project_id, k.key FROM keys k
WHERE NOT EXISTS (SELECT FROM agents.locks h WHERE h.project_id = k.project_id AND h.key = k.key AND h.held)
ORDER BY project_id, key LIMIT $3
"""


@dataclass(frozen=True, slots=True)
class Key:
    """What runs of a project share."""

    project_id: UUID
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of asking for a key; `other` is the execution that is in the way."""

    verdict: Literal["held", "parked", "skipped", "superseded", "gone"]
    other: UUID | None = None
    ahead: int = 0
    """How many wait for the key that come before this one."""


class Locks:
    """The keys, as one runner asks for them; `known` gives the executions that it carries out.

    Uses one connection at a time, so that runs which wait for a key leave the other ones to the rest.
    """

    def __init__(self, database: Database, runner_id: str, known: Callable[[], Collection[UUID]]) -> None:
        self._database = database
        self._runner_id = runner_id
        self._known = known
        self._one_at_a_time = asyncio.Lock()

    async def ask(self, key: Key, execution_id: UUID, claim: int, policy: str) -> Answer:
        """Take the key, or do what the policy says; may be asked again when the answer was lost.

        A run that is parked is this runner's no more. `gone` says that it was not before, either.
        """
        async with self._one_at_a_time, self._database.transaction() as connection:
            await connection.execute(ALONE, _name(key))
            held = await connection.fetchval(OWN, execution_id, claim)
            if held is None:
                return Answer("gone")
            if held:
                return Answer("held")
            await connection.execute(DROP_OVER, key.project_id, key.text, *self._me)
            standing = await connection.fetchrow(STANDING, key.project_id, key.text, execution_id, *self._me)
            return await _decide(connection, key, execution_id, policy, standing)

    async def settle(self, key: Key) -> UUID | None:
        """Forget who is done with the key, end the wait of who was cancelled or came too late, give the key on.

        Returns the execution that holds it now and did not before; its row is free to be taken.
        """
        async with self._one_at_a_time, self._database.transaction() as connection:
            await connection.execute(ALONE, _name(key))
            await connection.execute(DROP_OVER, key.project_id, key.text, *self._me)
            await connection.execute(WAKE_LAPSED, key.project_id, key.text)
            await connection.execute(DROP_LAPSED, key.project_id, key.text)
            granted: UUID | None = await connection.fetchval(GRANT, key.project_id, key.text)
            if granted is None:
                await connection.execute(DROP_STRAY, key.project_id, key.text)
        return granted

    async def settle_all(self) -> None:
        """Settle each key that needs it, whoever should have done so."""
        async with self._database.connection() as connection:
            rows = await connection.fetch(UNSETTLED, *self._me, KEYS_AT_ONCE)
        for row in rows:
            await self.settle(Key(row["project_id"], row["key"]))

    @property
    def _me(self) -> tuple[str, list[UUID]]:
        return self._runner_id, list(self._known())


async def _decide(connection: Connection, key: Key, execution_id: UUID, policy: str, standing: Any) -> Answer:
    if standing["newer"] is not None:
        return Answer("superseded", standing["newer"])
    other = standing["holder"] or standing["next"]
    if other is None:
        await connection.execute(PUT, execution_id, key.project_id, key.text, policy, True)
        return Answer("held")
    if policy == "skip":
        return Answer("skipped", other)
    if policy == "cancel_older":
        reason = f"cancelled by concurrency: the newer execution {execution_id} takes the key {key.text}"
        await connection.execute(CANCEL_OLDER, key.project_id, key.text, execution_id, reason)
    await connection.execute(PUT, execution_id, key.project_id, key.text, policy, False)
    await connection.execute(PARK, execution_id)
    return Answer("parked", other, standing["ahead"])


def _name(key: Key) -> str:
    return f"agents.locks {key.project_id} {key.text}"
