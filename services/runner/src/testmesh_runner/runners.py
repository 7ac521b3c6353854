"""The rows of `agents.runners`: who works, and since when nothing was heard of them.

Used on a connection of the heartbeat's own thread, so it takes connections, not a pool.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from testmesh_chassis.database import Connection

JOIN = """
INSERT INTO agents.runners (id, hostname, version, capacity, actions, labels, state)
VALUES ($1, $2, $3, $4, $5, $6, 'ready')
ON CONFLICT (id) DO UPDATE SET heartbeat_at = clock_timestamp(), state = 'ready'
"""
BEAT = """
WITH beat AS (
    UPDATE agents.runners SET heartbeat_at = clock_timestamp(), running = $2, state = $3
    WHERE id = $1 RETURNING heartbeat_at
)
SELECT beat.heartbeat_at, f.* FROM beat LEFT JOIN LATERAL (
    SELECT m.execution_id, m.claim, r.execution_id IS NULL AS lost, r.state = 'confirmed' AS decided, c.reason
    FROM unnest($4::uuid[], $5::bigint[]) AS m (execution_id, claim)
    LEFT JOIN agents.runs r ON r.execution_id = m.execution_id AND r.claim = m.claim
    LEFT JOIN agents.cancels c ON c.execution_id = m.execution_id
    WHERE r.execution_id IS NULL OR r.state = 'confirmed' OR c.execution_id IS NOT NULL
) f ON true
"""


@dataclass(frozen=True)
class RunnerCard:
    """What a runner says of itself when it joins."""

    runner_id: str
    hostname: str
    version: str
    slots: int
    actions: Sequence[str]
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a heartbeat found about a run that this runner carries out."""

    execution_id: UUID
    claim: int
    lost: bool
    decided: bool
    reason: str | None


@dataclass(frozen=True, slots=True)
class Pulse:
    """One heartbeat as the database took it."""

    at: datetime
    findings: list[Finding]


async def join(connection: Connection, card: RunnerCard) -> None:
    await connection.execute(
        JOIN,
        card.runner_id,
        card.hostname,
        card.version,
        card.slots,
        list(card.actions),
        json.dumps(dict(card.labels)),
    )


async def beat(connection: Connection, runner_id: str, state: str, held: Sequence[tuple[UUID, int]]) -> Pulse | None:
    """Renew the heartbeat and read what was decided on the held runs; None where the runner's row is gone."""
    rows: list[Any] = await connection.fetch(
        BEAT, runner_id, len(held), state, [execution_id for execution_id, _ in held], [claim for _, claim in held]
    )
    if not rows:
        return None
    findings = [
        Finding(row["execution_id"], row["claim"], row["lost"], bool(row["decided"]), row["reason"])
        for row in rows
        if row["execution_id"] is not None
    ]
    return Pulse(rows[0]["heartbeat_at"], findings)


async def leave(connection: Connection, runner_id: str) -> None:
    await connection.execute(
        "UPDATE agents.runners SET state = 'left', running = 0, heartbeat_at = clock_timestamp() WHERE id = $1",
        runner_id,
    )


async def forget(connection: Connection, hours: int) -> None:
    """Delete the rows of runners that have been gone for long."""
    await connection.execute(
        "DELETE FROM agents.runners WHERE heartbeat_at < clock_timestamp() - make_interval(hours => $1)", hours
    )
