"""Asking the services that own the rows; what does not fit in an entry is the client's fault, and said so."""

from typing import TypeVar

from pydantic import BaseModel

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
