"""Environments: named variables that executions are started with."""

from datetime import UTC, datetime

from testmesh_chassis.database import Database
from testmesh_contracts.flows import CreateEnvironment, DeleteEnvironment, EnvironmentView, UpdateEnvironment
from testmesh_contracts.queries import EnvironmentList, GetEnvironment, ListEnvironments
from testmesh_storage.commands import Work, unique
from testmesh_storage.errors import EnvironmentNameTakenError, EnvironmentNotFoundError, VersionStaleError
from testmesh_storage.repository import environments
from testmesh_storage.repository.environments import Environments
from testmesh_storage.tables import EnvironmentRow


async def create_environment(command: CreateEnvironment, work: Work) -> EnvironmentView:
    """Keep a new environment as version 1."""
    moment = datetime.now(UTC)
    row = EnvironmentRow(
        id=command.environment_id,
        project_id=command.project_id,
        name=command.name,
        description=command.description,
        variables=command.variables,
        version=1,
        created_at=moment,
        updated_at=moment,
    )
    async with unique(EnvironmentNameTakenError(command.name)):
        await Environments(work.session).add(row)
    return environments.view(row)


async def update_environment(command: UpdateEnvironment, work: Work) -> EnvironmentView:
    """Change an environment, if nobody else changed it since it was read."""
    row = await _current(work, command)
    row.name, row.description, row.variables = command.name, command.description, command.variables
    row.version += 1
    row.updated_at = datetime.now(UTC)
    async with unique(EnvironmentNameTakenError(command.name)):
        await Environments(work.session).save()
    return environments.view(row)


async def delete_environment(command: DeleteEnvironment, work: Work) -> None:
    """Remove an environment; executions keep its name and what they were started with."""
    await Environments(work.session).remove(await _current(work, command))


class EnvironmentQueries:
    """Answers questions about environments."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, query: GetEnvironment) -> EnvironmentView:
        async with self._database.session() as session:
            row = await Environments(session).find(query.project_id, query.environment_id)
            if row is None:
                raise EnvironmentNotFoundError(query.environment_id)
            return environments.view(row)

    async def list(self, query: ListEnvironments) -> EnvironmentList:
        async with self._database.session() as session:
            rows, total = await Environments(session).page(
                query.project_id, name=query.name, after=query.after, limit=query.limit
            )
            return EnvironmentList(items=[environments.view(row) for row in rows], total_estimate=total)


async def _current(work: Work, command: UpdateEnvironment | DeleteEnvironment) -> EnvironmentRow:
    row = await Environments(work.session).find(command.project_id, command.environment_id, lock=True)
    if row is None:
        raise EnvironmentNotFoundError(command.environment_id)
    if row.version != command.expected_version:
        raise VersionStaleError(f"environment {row.id}", command.expected_version, row.version)
    return row
