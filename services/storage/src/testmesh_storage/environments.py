"""Environments: named variables that executions are started with."""

from datetime import UTC, datetime

from testmesh_chassis.database import Database
from testmesh_contracts.flows import CreateEnvironment, DeleteEnvironment, EnvironmentView, UpdateEnvironment
from testmesh_contracts.queries import EnvironmentList, GetEnvironment, ListEnvironments
from testmesh_storage.commands import Work, unique
from testmesh_storage.errors import EnvironmentNameTakenError, VersionStaleError
from testmesh_storage.repository.environments import Environments


async def create_environment(command: CreateEnvironment, work: Work) -> EnvironmentView:
    """Keep a new environment as version 1."""
    moment = datetime.now(UTC)
    environment = EnvironmentView(
        id=command.environment_id,
        project_id=command.project_id,
        name=command.name,
        description=command.description,
        variables=command.variables,
        egress=command.egress,
        version=1,
        created_at=moment,
        updated_at=moment,
    )
    async with unique(EnvironmentNameTakenError(command.name)):
        await Environments(work.session).add(environment)
    return environment


async def update_environment(command: UpdateEnvironment, work: Work) -> EnvironmentView:
    """Change an environment, if nobody else changed it since it was read."""
    current = await _current(work, command)
    changed = EnvironmentView(
        id=current.id,
        project_id=current.project_id,
        name=command.name,
        description=command.description,
        variables=command.variables,
        egress=command.egress,
        version=current.version + 1,
        created_at=current.created_at,
        updated_at=datetime.now(UTC),
    )
    async with unique(EnvironmentNameTakenError(command.name)):
        await Environments(work.session).save(changed)
    return changed


async def delete_environment(command: DeleteEnvironment, work: Work) -> None:
    """Remove an environment; executions keep its name and what they were started with."""
    environment = await _current(work, command)
    await Environments(work.session).remove(environment.id)


class EnvironmentQueries:
    """Answers questions about environments."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, query: GetEnvironment) -> EnvironmentView:
        async with self._database.session() as session:
            return await Environments(session).get(query.project_id, query.environment_id)

    async def list(self, query: ListEnvironments) -> EnvironmentList:
        async with self._database.session() as session:
            items, total = await Environments(session).page(
                query.project_id, name=query.name, after=query.after, limit=query.limit
            )
        return EnvironmentList(items=items, total_estimate=total)


async def _current(work: Work, command: UpdateEnvironment | DeleteEnvironment) -> EnvironmentView:
    current = await Environments(work.session).get(command.project_id, command.environment_id, to_change=True)
    if current.version != command.expected_version:
        raise VersionStaleError(f"environment {current.id}", command.expected_version, current.version)
    return current
