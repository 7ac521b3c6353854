"""Rows of flows and their versions; deleted flows are kept for their executions and seen by nobody."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from testmesh_contracts.flows import FlowDraft, FlowSettings, FlowSummary, FlowVersionView, FlowView
from testmesh_storage.tables import FlowRow, FlowVersionRow

COUNTED = 10_000


class Flows:
    """The flows of all projects, within one session."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find(self, project_id: UUID, flow_id: UUID, *, lock: bool = False) -> FlowRow | None:
        query = select(FlowRow).where(
            FlowRow.id == flow_id, FlowRow.project_id == project_id, col(FlowRow.deleted_at).is_(None)
        )
        return (await self._session.exec(query.with_for_update() if lock else query)).one_or_none()

    async def find_named(self, project_id: UUID, name: str) -> FlowRow | None:
        query = select(FlowRow).where(
            FlowRow.project_id == project_id, FlowRow.name == name, col(FlowRow.deleted_at).is_(None)
        )
        return (await self._session.exec(query)).one_or_none()

    async def find_many(self, project_id: UUID, ids: Iterable[UUID]) -> dict[UUID, FlowRow]:
        query = select(FlowRow).where(
            col(FlowRow.id).in_(list(ids)), FlowRow.project_id == project_id, col(FlowRow.deleted_at).is_(None)
        )
        return {row.id: row for row in await self._session.exec(query)}

    async def find_version(self, flow_id: UUID, version: int) -> FlowVersionRow | None:
        return await self._session.get(FlowVersionRow, (flow_id, version))

    async def versions(self, flow_id: UUID) -> Sequence[FlowVersionRow]:
        query = select(FlowVersionRow).where(FlowVersionRow.flow_id == flow_id)
        return (await self._session.exec(query.order_by(col(FlowVersionRow.version).desc()))).all()

    async def page(
        self,
        project_id: UUID,
        *,
        name: str | None,
        suite: str | None,
        tag: str | None,
        after: UUID | None,
        limit: int,
    ) -> tuple[Sequence[FlowRow], int]:
        """Return a page, newest first, and how many there are, counted up to 10,000."""
        conditions: list[Any] = [FlowRow.project_id == project_id, col(FlowRow.deleted_at).is_(None)]
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
        return rows.all(), total

    def add(self, row: FlowRow) -> None:
        self._session.add(row)

    async def keep_version(self, row: FlowRow, by: str) -> None:
        """Write the flow, and keep what it is now as a version."""
        await self._session.flush()
        self._session.add(
            FlowVersionRow(
                flow_id=row.id,
                version=row.version,
                project_id=row.project_id,
                name=row.name,
                description=row.description,
                suite=row.suite,
                tags=row.tags,
                definition=row.definition,
                source=row.source,
                settings=row.settings,
                digest=row.digest,
                created_at=row.updated_at,
                created_by=by,
            )
        )
        await self._session.flush()


def new_row(flow_id: UUID, project_id: UUID, draft: FlowDraft, by: str, at: datetime) -> FlowRow:
    """Return the row of a flow's first version."""
    return FlowRow(
        id=flow_id,
        project_id=project_id,
        version=1,
        created_at=at,
        updated_at=at,
        created_by=by,
        **_drafted(draft),
    )


def change_row(row: FlowRow, draft: FlowDraft, at: datetime) -> None:
    """Make the row the flow's next version."""
    for name, value in _drafted(draft).items():
        setattr(row, name, value)
    row.version += 1
    row.updated_at = at


def summary(row: FlowRow) -> FlowSummary:
    return FlowSummary.model_validate(row, from_attributes=True)


def view(row: FlowRow) -> FlowView:
    return FlowView.model_validate(row, from_attributes=True)


def view_of_version(row: FlowRow, version: FlowVersionRow) -> FlowView:
    """Return the flow as it was."""
    return FlowView(
        id=row.id,
        environment=FlowSettings.model_validate(version.settings).environment,
        created_at=row.created_at,
        updated_at=version.created_at,
        **version.model_dump(exclude={"flow_id", "created_at", "settings"}),
    )


def version_view(row: FlowVersionRow) -> FlowVersionView:
    return FlowVersionView.model_validate(row, from_attributes=True)


def _drafted(draft: FlowDraft) -> dict[str, Any]:
    return {
        "name": draft.name,
        "description": draft.description,
        "suite": draft.suite,
        "tags": list(draft.tags),
        "source": draft.source,
        "digest": draft.digest,
        "definition": draft.definition,
        "settings": draft.settings.model_dump(mode="json"),
        "environment": draft.settings.environment,
    }
