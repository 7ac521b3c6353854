"""What executions need to start, read without the ORM: it is asked for each execution that is started alone."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic_core import from_json

from testmesh_chassis.database import Connection
from testmesh_contracts.flows import FlowSettings
from testmesh_contracts.message import JsonObject


@dataclass(frozen=True, slots=True)
class StartableFlow:
    """What executions need of a flow in its latest version."""

    id: UUID
    name: str
    version: int
    digest: str
    source: str
    settings: FlowSettings
    inputs: JsonObject


async def flows(connection: Connection, project_id: UUID, ids: Collection[UUID]) -> dict[UUID, StartableFlow]:
    """Return those flows that there are, by id."""
    if not ids:
        return {}
    found = await connection.fetch(
        "SELECT id, name, version, digest, source, settings, definition -> 'inputs' AS inputs FROM flows.flows"
        " WHERE id = ANY($1) AND project_id = $2 AND deleted_at IS NULL",
        list(ids),
        project_id,
    )
    return {row["id"]: _flow(row) for row in found}


async def variables(connection: Connection, project_id: UUID, names: Collection[str]) -> dict[str, JsonObject]:
    """Return the variables of those environments that there are, by name."""
    if not names:
        return {}
    found = await connection.fetch(
        "SELECT name, variables FROM flows.environments WHERE project_id = $1 AND name = ANY($2)",
        project_id,
        list(names),
    )
    return {row["name"]: from_json(row["variables"]) for row in found}


def _flow(row: Any) -> StartableFlow:
    inputs = None if row["inputs"] is None else from_json(row["inputs"])
    return StartableFlow(
        id=row["id"],
        name=row["name"],
        version=row["version"],
        digest=row["digest"],
        source=row["source"],
        settings=FlowSettings.model_validate_json(row["settings"]),
        inputs=inputs if isinstance(inputs, dict) else {},
    )
