"""Rows of environments."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from testmesh_contracts.flows import EnvironmentView
from testmesh_storage.tables import EnvironmentRow

COUNTED = 10_000


class Environments:
    """The environments of all projects, within one session."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find(self, project_id: UUID, environment_id: UUID, *, lock: bool = False) -> EnvironmentRow | None:
        query = select(EnvironmentRow).where(
            EnvironmentRow.id == environment_id, EnvironmentRow.project_id == project_id
        )
        return (await self._session.exec(query.with_for_update() if lock else query)).one_or_none()

    async def find_named(self, project_id: UUID, names: Iterable[str]) -> dict[str, EnvironmentRow]:
        query = select(EnvironmentRow).where(
            EnvironmentRow.project_id == project_id, col(EnvironmentRow.name).in_(list(names))
        )
        return {row.name: row for row in await self._session.exec(query)}

    async def page(
        self, project_id: UUID, *, name: str | None, after: UUID | None, limit: int
    ) -> tuple[Sequence[EnvironmentRow], int]:
        """Return a page, newest first, and how many there are, counted up to 10,000."""
        conditions: list[Any] = [EnvironmentRow.project_id == project_id]
        if name is not None:
            conditions.append(EnvironmentRow.name == name)
        counted = select(EnvironmentRow.id).where(*conditions).limit(COUNTED).subquery()
        total = (await self._session.exec(select(func.count()).select_from(counted))).one()
        query = select(EnvironmentRow).where(*conditions)
        if after is not None:
            query = query.where(EnvironmentRow.id < after)
        rows = await self._session.exec(query.order_by(col(EnvironmentRow.id).desc()).limit(limit))
        return rows.all(), total

    async def add(self, row: EnvironmentRow) -> None:
        self._session.add(row)
        await self._session.flush()

    async def save(self) -> None:
        """Write what was changed of rows that this session found."""
        await self._session.flush()

    async def remove(self, row: EnvironmentRow) -> None:
        await self._session.delete(row)
        await self._session.flush()


def view(row: EnvironmentRow) -> EnvironmentView:
    return EnvironmentView.model_validate(row, from_attributes=True)
