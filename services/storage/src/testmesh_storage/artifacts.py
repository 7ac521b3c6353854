"""What can be seen of the files that steps left; the files themselves are in the artifact store."""

from testmesh_chassis.database import Database
from testmesh_contracts.executions import ArtifactView
from testmesh_contracts.queries import ArtifactList, ArtifactPlace, GetArtifact, ListArtifacts
from testmesh_storage.errors import ArtifactNotFoundError, ExecutionNotFoundError
from testmesh_storage.repository import artifacts, views


class ArtifactQueries:
    """Answers questions about files."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, query: ListArtifacts) -> ArtifactList:
        """Return a page, oldest first, of all runs."""
        async with self._database.connection() as connection:
            if not await views.is_there(connection, query.project_id, query.execution_id):
                raise ExecutionNotFoundError(query.execution_id)
            records = await artifacts.page(connection, query)
        return ArtifactList(items=[ArtifactView.model_validate(dict(record)) for record in records])

    async def get(self, query: GetArtifact) -> ArtifactPlace:
        """Return a file and its key in the store."""
        async with self._database.connection() as connection:
            record = await artifacts.find(connection, query.project_id, query.artifact_id)
        if record is None:
            raise ArtifactNotFoundError(query.artifact_id)
        told = dict(record)
        return ArtifactPlace(storage_path=told.pop("storage_path"), artifact=ArtifactView.model_validate(told))
