"""Rows of flows and their versions; deleted flows are kept for their executions and seen by nobody."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from testmesh_contracts.flows import FlowSettings, FlowSummary, FlowVersionView, FlowView
from testmesh_storage.errors import FlowNotFoundError
from testmesh_storage.tables import FlowRow, FlowVersionRow

COUNTED = 10_000
NEVER_CHANGED = {"id", "project_id", "created_at", "created_by"}


class Flows:
    """The flows of all projects, within one session."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, project_id: UUID, flow_id: UUID, *, to_change: bool = False) -> FlowView:
        """Return a flow, locked where it is to be changed; FlowNotFoundError where there is none."""
        query = select(FlowRow).where(FlowRow.id == flow_id, *_living(project_id))
        row = (await self._session.exec(query.with_for_update() if to_change else query)).one_or_none()
        if row is None:
            raise FlowNotFoundError(flow_id)
        return _view(row)

    async def get_named(self, project_id: UUID, name: str) -> FlowView:
        query = select(FlowRow).where(FlowRow.name == name, *_living(project_id))
        row = (await self._session.exec(query)).one_or_none()
        if row is None:
            raise FlowNotFoundError(name)
        return _view(row)

    async def get_version(self, flow: FlowView, version: int) -> FlowView:
        """Return the flow as it was in a version."""
        row = await self._session.get(FlowVersionRow, (flow.id, version))
        if row is None:
            raise FlowNotFoundError(flow.id, version)
        return FlowView(
            id=flow.id,
            environment=FlowSettings.model_validate(row.settings).environment,
            created_at=flow.created_at,
            updated_at=row.created_at,
            **row.model_dump(exclude={"flow_id", "created_at", "settings"}),
        )

    async def versions(self, flow_id: UUID) -> list[FlowVersionView]:
        query = select(FlowVersionRow).where(FlowVersionRow.flow_id == flow_id)
        rows = await self._session.exec(query.order_by(col(FlowVersionRow.version).desc()))
        return [FlowVersionView.model_validate(row, from_attributes=True) for row in rows]

    async def page(
        self,
        project_id: UUID,
        *,
        name: str | None,
        suite: str | None,
        tag: str | None,
        after: UUID | None,
        limit: int,
    ) -> tuple[list[FlowSummary], int]:
        """Return a page, newest first, and how many there are, counted up to 10,000."""
        conditions = _living(project_id)
        if name is not None:
            conditions.append(FlowRow.name == name)
        if suite is not None:
            conditions.append(FlowRow.suite == suite)
        if tag is not None:
            conditions.append(col(FlowRow.tags).contains([tag]))
        counted = select(FlowRow.id).where(*conditions).limit(COUNTED).subquery()
        total = (await self._session.exec(select(func.count()).select_from(counted))).one()
        query = select(FlowRow).where(*conditions)
        if after is not None:
            query = query.where(FlowRow.id < after)
        rows = await self._session.exec(query.order_by(col(FlowRow.id).desc()).limit(limit))
        return [FlowSummary.model_validate(row, from_attributes=True) for row in rows], total

    async def save(self, flow: FlowView, settings: FlowSettings, by: str) -> None:
        """Write a flow, new where it is version 1, and keep what it is now as a version."""
        values = flow.model_dump() | {"settings": settings.model_dump(mode="json")}
        if flow.version == 1:
            self._session.add(FlowRow.model_validate(values))
            await self._session.flush()
        else:
            changed = {name: value for name, value in values.items() if name not in NEVER_CHANGED}
            await self._session.exec(update(FlowRow).where(col(FlowRow.id) == flow.id).values(**changed))
        kept = values | {"flow_id": flow.id, "created_at": flow.updated_at, "created_by": by}
        self._session.add(FlowVersionRow.model_validate(kept))
        await self._session.flush()

    async def remove(self, flow_id: UUID, at: datetime) -> None:
        """Take a flow out of sight; its name is free again."""
        await self._session.exec(update(FlowRow).where(col(FlowRow.id) == flow_id).values(deleted_at=at))


def _living(project_id: UUID) -> list[Any]:
    return [FlowRow.project_id == project_id, col(FlowRow.deleted_at).is_(None)]


def _view(row: FlowRow) -> FlowView:
    return FlowView.model_validate(row, from_attributes=True)
