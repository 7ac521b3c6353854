"""The flow that an uploaded result is of: found by its name, and its version by what was run."""

from uuid import UUID

from testmesh_chassis.database import Connection


async def find(connection: Connection, project_id: UUID, name: str, digest: str) -> tuple[UUID, int | None] | None:
    """Return the project's flow of this name, and its newest version with this digest; None where there is none.

    A version that has files, or calls flows, has another digest than its source alone, and so is not claimed:
    nobody can tell that it was these that were run.
    """
    found = await connection.fetchrow(
        "SELECT id, (SELECT max(version) FROM flows.flow_versions WHERE flow_id = flow.id AND digest = $3) AS version"
        " FROM flows.flows AS flow WHERE project_id = $1 AND name = $2 AND deleted_at IS NULL",
        project_id,
        name,
        digest,
    )
    return None if found is None else (found["id"], found["version"])
