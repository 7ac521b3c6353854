"""A flow as people read it, without the ORM: it is asked for as often as a page shows one."""

from uuid import UUID

from pydantic_core import from_json

from testmesh_chassis.database import Connection
from testmesh_contracts.flows import FlowView

_COLUMNS = ", ".join(FlowView.model_fields)


async def find(connection: Connection, project_id: UUID, flow_id: UUID) -> FlowView | None:
    """Return a flow in its latest version, None where there is none."""
    row = await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM flows.flows WHERE id = $1 AND project_id = $2 AND deleted_at IS NULL",
        flow_id,
        project_id,
    )
    if row is None:
        return None
    return FlowView.model_validate({**row, **{name: from_json(row[name]) for name in ("definition", "files", "calls")}})
