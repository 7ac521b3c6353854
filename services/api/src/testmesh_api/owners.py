"""Asking the services that own the rows; what does not fit in an entry is the client's fault, and said so."""

from typing import TypeVar

from pydantic import BaseModel

from testmesh_api.errors import MessageTooLargeError
from testmesh_chassis.bus import Bus
from testmesh_contracts import EntryInvalidError, Message
from testmesh_contracts.topics import REPLIES, STORAGE_COMMANDS, STORAGE_QUERIES

R = TypeVar("R", bound=BaseModel)


class Storage:
    """Storage, as far as the gateway speaks with it."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def ask(self, question: Message, answer: type[R]) -> R:
        """Return the answer to a question."""
        try:
            return await self._bus.ask(STORAGE_QUERIES, question, answer)
        except EntryInvalidError as error:
            raise _of_client(error) from error

    async def change(self, command: Message, answer: type[R]) -> R:
        """Return what a command made."""
        try:
            return await self._bus.ask(STORAGE_COMMANDS, command, answer)
        except EntryInvalidError as error:
            raise _of_client(error) from error

    async def tell(self, command: Message) -> None:
        """Give a command that makes nothing to show."""
        await self._bus.tell(STORAGE_COMMANDS, command)


def _of_client(error: EntryInvalidError) -> Exception:
    return error if error.topic is REPLIES else MessageTooLargeError(error.reason)
