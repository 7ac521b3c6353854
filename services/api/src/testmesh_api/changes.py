"""Changes of flows, environments, schedules: audited, carried out by their owner once for each idempotency key."""

from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from pydantic import BaseModel

from testmesh_api import repository
from testmesh_api.errors import ApiError, KeyReusedError
from testmesh_api.idempotency import Attempt
from testmesh_api.owners import Owner
from testmesh_api.principals import Principal
from testmesh_chassis.database import Connection, Database
from testmesh_chassis.errors import FaultError
from testmesh_contracts.flows import Command

R = TypeVar("R", bound=BaseModel)
UNSURE = frozenset(("unavailable", "internal_error", "answer_too_large"))
"""Faults that do not say that nothing was done."""


@dataclass(frozen=True, slots=True)
class Change:
    """A command that someone gives about one thing, under a key or not."""

    principal: Principal
    command: Command
    subject: UUID
    key: str | None = None
    digest: str = ""

    @classmethod
    def creating(cls, principal: Principal, command: Command, subject: UUID, sent: Attempt) -> "Change":
        return cls(principal, command, subject, sent.key, sent.digest)


class Changes:
    """Carries changes out.

    The intent is committed before the command is sent, the outcome after it. The command's id comes from the
    key, so that the owner answers the same command given again as it did the first time.
    """

    def __init__(self, database: Database, owner: Owner) -> None:
        self._database = database
        self._owner = owner

    async def carry_out(self, change: Change, answer: type[R]) -> R:
        """Return what the change made."""
        await self._intend(change)
        try:
            found = await self._owner.change(change.command, answer)
        except (FaultError, ApiError) as refusal:
            await self._refused(change, refusal.code)
            raise
        await self._done(change)
        return found

    async def remove(self, change: Change) -> None:
        """Carry out a change that leaves nothing to show."""
        await self._intend(change)
        try:
            await self._owner.tell(change.command)
        except FaultError as refusal:
            await self._refused(change, refusal.code)
            raise
        await self._done(change)

    async def _intend(self, change: Change) -> None:
        async with self._database.transaction() as connection:
            if change.key is not None:
                route = change.command.type
                free = await repository.claim_key(connection, change.principal, route, change.key, change.digest)
                kept = None if free else await repository.find_answer(connection, change.principal, route, change.key)
                if kept is not None and kept.request_digest != change.digest:
                    raise KeyReusedError(change.key)
            await self._audit(connection, change, "intended")

    async def _refused(self, change: Change, code: str) -> None:
        async with self._database.transaction() as connection:
            if change.key is not None and code not in UNSURE:
                await repository.release_key(
                    connection, change.principal, change.command.type, change.key, change.digest
                )
            await self._audit(connection, change, code)

    async def _done(self, change: Change) -> None:
        async with self._database.connection() as connection:
            await self._audit(connection, change, "done")

    async def _audit(self, connection: Connection, change: Change, outcome: str) -> None:
        await repository.add_audit_event(
            connection,
            change.principal,
            change.command.type,
            change.subject,
            outcome,
            {"command_id": change.command.command_id},
        )
