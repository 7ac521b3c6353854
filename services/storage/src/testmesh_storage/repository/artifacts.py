"""Reading the index of files that steps left: by execution in the order of their ids, or one by its id."""

from typing import Any
from uuid import UUID

from testmesh_chassis.database import Connection
from testmesh_contracts.queries import ListArtifacts
from testmesh_storage.repository.executions import TABLE

_SHOWN = (
    "file.id, file.execution_id, file.run, file.path, file.name, file.type AS content_type, file.size_bytes,"
    " file.sha256, file.created_at"
)


async def page(connection: Connection, query: ListArtifacts) -> list[Any]:
    """Return the next files that a question asks for; a step's path means nothing but itself."""
    values: list[Any] = [query.execution_id, query.after or UUID(int=0), query.limit]
    where = "file.execution_id = $1 AND file.id > $2"
    if query.step is not None:
        values.append(query.step)
        begins = "".join(f" OR starts_with(file.path, $4::text || '{sign}')" for sign in "/[@")
        where += f" AND (file.path = $4::text{begins})"
    found = await connection.fetch(
        f"SELECT {_SHOWN} FROM executions.artifacts AS file WHERE {where} ORDER BY file.id LIMIT $3", *values
    )
    return list(found)


async def find(connection: Connection, project_id: UUID, artifact_id: UUID) -> Any | None:
    """Return one file of the project, with its key in the store."""
    return await connection.fetchrow(
        f"SELECT {_SHOWN}, file.storage_path FROM executions.artifacts AS file"
        f" JOIN {TABLE} AS execution ON execution.id = file.execution_id"
        " WHERE file.id = $1 AND execution.project_id = $2",
        artifact_id,
        project_id,
    )
