"""What executions need to start, read without the ORM: it is asked for each execution that is started alone."""

from collections.abc import Collection
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from pydantic_core import from_json

from testmesh_chassis.database import Connection
from testmesh_contracts.flows import EgressRules, FileBody, FlowSettings
from testmesh_contracts.message import JsonObject


@dataclass(frozen=True, slots=True)
class StartableFlow:
    """What executions need of a flow in its latest version."""

    id: UUID
    name: str
    version: int
    source_digest: str
    source: str
    settings: FlowSettings
    inputs: JsonObject
    files: dict[str, FileBody]
    calls: dict[str, str]


async def flows(connection: Connection, project_id: UUID, ids: Collection[UUID]) -> dict[UUID, StartableFlow]:
    """Return those flows that there are, by id."""
    if not ids:
        return {}
    found = await connection.fetch(f"{_SELECT} AND id = ANY($2)", project_id, list(ids))
    return {row["id"]: _flow(row) for row in found}


@dataclass(frozen=True, slots=True)
class StartableIn:
    """What executions need of an environment."""

    variables: JsonObject
    egress: EgressRules | None


async def environments(connection: Connection, project_id: UUID, names: Collection[str]) -> dict[str, StartableIn]:
    """Return those environments that there are, by name."""
    if not names:
        return {}
    found = await connection.fetch(
        "SELECT name, variables, egress FROM flows.environments WHERE project_id = $1 AND name = ANY($2)",
        project_id,
        list(names),
    )
    return {row["name"]: StartableIn(from_json(row["variables"]), _egress(row["egress"])) for row in found}


_SELECT = (
    "SELECT id, name, version, digest, source, settings, definition -> 'inputs' AS inputs,"
    " definition ? 'data' AS has_rows, files, calls FROM flows.flows WHERE project_id = $1 AND deleted_at IS NULL"
)
_FILES = TypeAdapter(dict[str, FileBody])


def _egress(kept: str | None) -> EgressRules | None:
    return None if kept is None else EgressRules.model_validate_json(kept)


def source_digest(row: Any) -> str:
    """Return the digest of the source alone; a version's covers its files and what it calls."""
    is_alone = row["files"] == row["calls"] == "{}"
    return row["digest"] if is_alone else sha256(row["source"].encode()).hexdigest()


def files_of(row: Any) -> dict[str, FileBody]:
    return {} if row["files"] == "{}" else _FILES.validate_json(row["files"])


def _flow(row: Any) -> StartableFlow:
    inputs = None if row["inputs"] is None else from_json(row["inputs"])
    return StartableFlow(
        id=row["id"],
        name=row["name"],
        version=row["version"],
        source_digest=source_digest(row),
        source=row["source"],
        settings=FlowSettings.model_validate_json(row["settings"]),
        inputs=_asked_of_caller(inputs, row["has_rows"]) if isinstance(inputs, dict) else {},
        files=files_of(row),
        calls={} if row["calls"] == "{}" else from_json(row["calls"]),
    )


def _asked_of_caller(inputs: JsonObject, has_rows: bool) -> JsonObject:
    """Return the declared inputs; of a flow with rows the caller is asked for none, since a row may give it."""
    if not has_rows:
        return inputs
    return {name: {**spec, "required": False} if isinstance(spec, dict) else spec for name, spec in inputs.items()}
