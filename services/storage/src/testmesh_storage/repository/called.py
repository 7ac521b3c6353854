"""Flows that others call: first what each calls in its turn, then the sources of those that an execution needs."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from pydantic_core import from_json

from testmesh_chassis.database import Connection
from testmesh_contracts.flows import FileBody
from testmesh_storage.repository.startable import files_of, source_digest


@dataclass(frozen=True, slots=True)
class CallableFlow:
    """What is asked of a flow to find out what it calls, in its latest version."""

    id: UUID
    name: str
    version: int
    calls: dict[str, str]


@dataclass(frozen=True, slots=True)
class CalledSource:
    """What is executed of a flow that is called."""

    digest: str
    source: str
    files: dict[str, FileBody]


async def flows(
    connection: Connection, project_id: UUID, names: Collection[str], ids: Collection[UUID], limit: int
) -> list[CallableFlow]:
    """Return those flows that there are, by name or id."""
    found = await connection.fetch(
        "SELECT id, name, version, calls FROM flows.flows WHERE project_id = $1 AND deleted_at IS NULL"
        " AND (name = ANY($2) OR id = ANY($3)) LIMIT $4",
        project_id,
        list(names),
        list(ids),
        limit,
    )
    return [CallableFlow(row["id"], row["name"], row["version"], from_json(row["calls"])) for row in found]


async def sources(connection: Connection, versions: Mapping[UUID, int]) -> dict[UUID, CalledSource]:
    """Return the sources of flows in these versions, which never change, by id."""
    if not versions:
        return {}
    found = await connection.fetch(
        "SELECT flow_id, digest, source, files, calls FROM flows.flow_versions"
        " JOIN unnest($1::uuid[], $2::int[]) AS pinned (flow_id, version) USING (flow_id, version)",
        list(versions),
        list(versions.values()),
    )
    return {row["flow_id"]: CalledSource(source_digest(row), row["source"], files_of(row)) for row in found}
