"""Rows of environments: read, changed, never committed here."""

from typing import Any
from uuid import UUID

from sqlalchemy import delete, update
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from testmesh_contracts.flows import EnvironmentView
from testmesh_storage.errors import EnvironmentNotFoundError
from testmesh_storage.tables import EnvironmentRow

COUNTED = 10_000
NEVER_CHANGED = {"id", "project_id", "created_at"}


class Environments:
    """The environments of all projects, within one session."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, project_id: UUID, environment_id: UUID, *, to_change: bool = False) -> EnvironmentView:
        """Return an environment, locked where it is to be changed; EnvironmentNotFoundError where there is none."""
        query = select(EnvironmentRow).where(
            EnvironmentRow.id == environment_id, EnvironmentRow.project_id == project_id
        )
        row = (await self._session.exec(query.with_for_update() if to_change else query)).one_or_none()
        if row is None:
            raise EnvironmentNotFoundError(environment_id)
        return _view(row)

    async def page(
        self, project_id: UUID, *, name: str | None, after: UUID | None, limit: int
    ) -> tuple[list[EnvironmentView], int]:
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
        return [_view(row) for row in rows], total

    async def add(self, environment: EnvironmentView) -> None:
        self._session.add(EnvironmentRow.model_validate(environment.model_dump()))
        await self._session.flush()

    async def save(self, environment: EnvironmentView) -> None:
        """Write what is changed of an environment that was got to change it."""
        values = environment.model_dump(exclude=NEVER_CHANGED)
        await self._session.exec(
            update(EnvironmentRow).where(col(EnvironmentRow.id) == environment.id).values(**values)
        )

    async def remove(self, environment_id: UUID) -> None:
        await self._session.exec(delete(EnvironmentRow).where(col(EnvironmentRow.id) == environment_id))


def _view(row: EnvironmentRow) -> EnvironmentView:
    return EnvironmentView.model_validate(row, from_attributes=True)
