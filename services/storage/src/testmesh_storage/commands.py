"""A command's transaction: its effect, its answer in the inbox, its fact in the outbox; all or none."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel
from sqlalchemy.exc import IntegrityError
from sqlmodel.ext.asyncio.session import AsyncSession

from testmesh_chassis.database import Database
from testmesh_chassis.errors import FaultError
from testmesh_chassis.inbox import Inbox
from testmesh_chassis.outbox import Outbox, OutboxRow, outbox_row
from testmesh_chassis.relay import Relay
from testmesh_chassis.telemetry import current_trace
from testmesh_contracts.flows import Command, FlowDeleted, FlowSaved
from testmesh_contracts.topics import FLOW_EVENTS

UNIQUE_VIOLATION = "23505"
KEPT_FOR = "48 hours"


@dataclass
class Work:
    """What a command does within its transaction."""

    session: AsyncSession
    outbox: Outbox
    facts: list[OutboxRow] = field(default_factory=list)

    async def tell(self, fact: FlowSaved | FlowDeleted) -> None:
        """Say a fact when, and only when, the transaction has committed."""
        row = outbox_row(FLOW_EVENTS, fact, key=fact.event_id, trace=current_trace())
        self.facts.append(await self.outbox.add_in(self.session, row))


Effect = Callable[[Any, Work], Awaitable[BaseModel | None]]


class Commands:
    """Applies each command once by its id; given again, it gets the answer it got."""

    def __init__(self, database: Database, inbox: Inbox, outbox: Outbox, relay: Relay) -> None:
        self._database = database
        self._inbox = inbox
        self._outbox = outbox
        self._relay = relay

    async def carry_out(self, command: Command, effect: Effect) -> Any:
        """Return the effect's view as JSON; a refusal leaves no trace and may be asked for again."""
        async with self._database.session() as session:
            kept = await self._inbox.find_answer(session, command.command_id)
            if kept is not None:
                return kept
            work = Work(session, self._outbox)
            view = await effect(command, work)
            answer = {} if view is None else view.model_dump(mode="json")
            await self._inbox.keep_answer(session, command.command_id, answer)
        self._relay.say_soon(work.facts)
        return answer

    async def forget_old_answers(self) -> None:
        """Drop answers that are older than any idempotency key."""
        async with self._database.connection() as connection:
            await connection.execute(
                f"DELETE FROM {self._inbox.schema}.inbox WHERE created_at < clock_timestamp() - interval '{KEPT_FOR}'"
            )


@asynccontextmanager
async def unique(refusal: FaultError) -> AsyncIterator[None]:
    """Turn a name that is taken into its refusal."""
    try:
        yield
    except IntegrityError as error:
        if getattr(error.orig, "sqlstate", None) != UNIQUE_VIOLATION:
            raise
        raise refusal from error
