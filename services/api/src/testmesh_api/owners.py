"""Asking the services that own the rows; what does not fit in an entry is the client's fault, and said so."""

from collections.abc import Collection
from typing import TypeVar
from uuid import UUID

from pydantic import BaseModel

from testmesh_api.coalescing import Coalescing
from testmesh_api.errors import MessageTooLargeError
from testmesh_chassis.bus import Bus
from testmesh_contracts import EntryInvalidError, Message, Topic
from testmesh_contracts.topics import (
    REPLIES,
    SCHEDULE_COMMANDS,
    SCHEDULER_QUERIES,
    STORAGE_COMMANDS,
    STORAGE_QUERIES,
)

R = TypeVar("R", bound=BaseModel)


class Owner:
    """The service that owns some rows, as far as the gateway speaks with it."""

    def __init__(self, bus: Bus, queries: Topic, commands: Topic) -> None:
        self._bus = bus
        self._queries = queries
        self._commands = commands
        self._shared = Coalescing()

    @classmethod
    def storage(cls, bus: Bus) -> "Owner":
        return cls(bus, STORAGE_QUERIES, STORAGE_COMMANDS)

    @classmethod
    def scheduler(cls, bus: Bus) -> "Owner":
        return cls(bus, SCHEDULER_QUERIES, SCHEDULE_COMMANDS)

    async def ask(self, question: Message, answer: type[R]) -> R:
        """Return the answer to a question."""
        try:
            return await self._bus.ask(self._queries, question, answer)
        except EntryInvalidError as error:
            raise _of_client(error) from error

    async def ask_together(self, question: Message, answer: type[R], *, afresh: bool = False) -> R:
        """Return the answer to a question, one question for all who ask the same at once.

        For what is folded alone, executions: whoever changed a flow, an environment or a schedule must
        find his change by the next question.
        """
        return await self._shared.ask(question, lambda: self.ask(question, answer), afresh=afresh)

    def outdate(self, executions: Collection[UUID]) -> None:
        """Let nobody get an answer about these executions to a question that was asked before this moment."""
        self._shared.outdate(executions)

    async def change(self, command: Message, answer: type[R]) -> R:
        """Return what a command made."""
        try:
            return await self._bus.ask(self._commands, command, answer)
        except EntryInvalidError as error:
            raise _of_client(error) from error

    async def tell(self, command: Message) -> None:
        """Give a command that makes nothing to show."""
        await self._bus.tell(self._commands, command)


def _of_client(error: EntryInvalidError) -> Exception:
    return error if error.topic is REPLIES else MessageTooLargeError(error.reason)
