"""The rows of the schema `users`, but for the outbox, which the chassis keeps.

Statements run on a connection that the caller opened: it commits, nobody here does.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic_core import to_json

from testmesh_api.principals import Principal
from testmesh_chassis.database import Connection, Database

KEPT = "24 hours"


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What an idempotency key was used for, and how it was answered, once it was."""

    request_digest: str
    status: int | None
    body: bytes | None


async def claim_key(connection: Connection, principal: Principal, route: str, key: str, digest: str) -> bool:
    """Take an idempotency key; False where it is taken. Waits for a transaction that is just taking it."""
    found = await connection.fetchval(
        "INSERT INTO users.idempotency_keys AS kept (principal, route, key, request_digest) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (principal, route, key) DO UPDATE SET request_digest = $4, status = NULL, body = NULL,"
        f" created_at = clock_timestamp() WHERE kept.created_at < clock_timestamp() - interval '{KEPT}'"
        " RETURNING true",
        principal.name,
        route,
        key,
        digest,
    )
    return found is not None


async def find_answer(connection: Connection, principal: Principal, route: str, key: str) -> KeptAnswer | None:
    """Return what is kept under a key, None where it is free."""
    found = await connection.fetchrow(
        "SELECT request_digest, status, body FROM users.idempotency_keys WHERE principal = $1 AND route = $2"
        f" AND key = $3 AND created_at >= clock_timestamp() - interval '{KEPT}'",
        principal.name,
        route,
        key,
    )
    return None if found is None else KeptAnswer(found["request_digest"], found["status"], found["body"])


async def keep_answer(
    connection: Connection, principal: Principal, route: str, key: str, status: int, body: bytes
) -> None:
    """Keep the answer to a claimed key."""
    await connection.execute(
        "UPDATE users.idempotency_keys SET status = $4, body = $5 WHERE principal = $1 AND route = $2 AND key = $3",
        principal.name,
        route,
        key,
        status,
        body,
    )


async def release_key(connection: Connection, principal: Principal, route: str, key: str, digest: str) -> None:
    """Free a claimed key whose request had no effect."""
    await connection.execute(
        "DELETE FROM users.idempotency_keys WHERE principal = $1 AND route = $2 AND key = $3 AND request_digest = $4",
        principal.name,
        route,
        key,
        digest,
    )


async def remove_old_keys(database: Database) -> None:
    """Forget keys that are no longer kept, some at a time."""
    async with database.connection() as connection:
        await connection.execute(
            "DELETE FROM users.idempotency_keys WHERE ctid = ANY(ARRAY(SELECT ctid FROM users.idempotency_keys"
            f" WHERE created_at < clock_timestamp() - interval '{KEPT}' LIMIT 10000))"
        )


async def add_audit_event(
    connection: Connection,
    principal: Principal,
    action: str,
    subject: UUID,
    outcome: str,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Add who did what to what, and how it came out."""
    await connection.execute(
        "INSERT INTO users.audit_events (project_id, principal, action, subject, outcome, details)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        principal.project_id,
        principal.name,
        action,
        str(subject),
        outcome,
        to_json(details or {}).decode(),
    )


async def cursor_key(database: Database) -> bytes:
    """Return the key that signs cursors: one for all replicas, made when the database was migrated."""
    async with database.connection() as connection:
        found: bytes = await connection.fetchval("SELECT key FROM users.signing_keys WHERE purpose = 'cursors'")
        return found
