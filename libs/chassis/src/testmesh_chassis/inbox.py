"""The inbox: a command is applied once by its id; given again, it gets the answer it got."""

from typing import Any
from uuid import UUID

from pydantic_core import from_json, to_json
from sqlalchemy import text
from sqlmodel.ext.asyncio.session import AsyncSession


class Inbox:
    """The inbox table of one schema; rows are kept as long as an idempotency key is."""

    def __init__(self, schema: str) -> None:
        self.schema = schema

    async def find_answer(self, session: AsyncSession, command_id: UUID) -> Any | None:
        """Return the answer that the command got, None where it was never applied.

        Takes the command's lock for the transaction, so that the same command given twice at once is
        applied by one and answered by both.
        """
        await (await session.connection()).execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:id, 0))"), {"id": str(command_id)}
        )
        found = await (await session.connection()).execute(
            text(f"SELECT answer::text FROM {self.schema}.inbox WHERE command_id = :id"),
            {"id": command_id},
        )
        answer = found.scalar_one_or_none()
        return None if answer is None else from_json(answer)

    async def keep_answer(self, session: AsyncSession, command_id: UUID, answer: Any) -> None:
        """Remember what a command was answered, in the transaction of its effect."""
        await (await session.connection()).execute(
            text(f"INSERT INTO {self.schema}.inbox (command_id, answer) VALUES (:id, CAST(:answer AS jsonb))"),
            {"id": command_id, "answer": to_json(answer).decode()},
        )
