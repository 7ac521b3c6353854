"""The index of files that steps left."""

import pytest

from testmesh_chassis.errors import FaultError
from testmesh_contracts import uuid7
from testmesh_contracts.events import ArtifactStored
from testmesh_contracts.queries import GetArtifact, ListArtifacts
from testmesh_storage.artifacts import ArtifactQueries

pytestmark = pytest.mark.integration


@pytest.fixture
def artifacts(house):
    return ArtifactQueries(house.database)


def stored(tale, path="step1", **changes):
    artifact_id = uuid7()
    known = {
        "artifact_id": artifact_id, "path": path, "name": "a.png", "content_type": "image/png", "size_bytes": 3,
        "storage_path": f"executions/{tale.id}/{artifact_id}", "sha256": "ab" * 32, "at": tale.at,
    }  # fmt: skip
    return ArtifactStored.model_validate(known | changes)


async def names(artifacts, tale, project, **asked):
    found = await artifacts.list(ListArtifacts(project_id=project, execution_id=tale.id, **asked))
    return [item.name for item in found.items]


async def test_a_file_is_in_the_index_once_however_often_it_is_told(house, tell, artifacts, project):
    tale = tell()
    await house.requests(tale.request())
    pack = tale.pack(tale.started(), file := stored(tale), tale.step(1), tale.finished())
    await house.events(pack, pack)
    await house.events(pack)
    (seen,) = (await artifacts.list(ListArtifacts(project_id=project, execution_id=tale.id))).items
    place = await artifacts.get(GetArtifact(project_id=project, artifact_id=file.artifact_id))

    assert (seen.id, seen.execution_id, seen.run, seen.path) == (file.artifact_id, tale.id, 1, "step1")
    assert (seen.name, seen.content_type, seen.size_bytes, seen.sha256) == ("a.png", "image/png", 3, "ab" * 32)
    assert (place.artifact, place.storage_path) == (seen, file.storage_path)


async def test_a_file_of_a_refused_run_is_not_in_the_index(house, tell, artifacts, project):
    tale = tell()
    await house.requests(tale.request())
    await house.events(tale.pack(tale.started(), stored(tale, name="new"), run=2, fence=9))
    await house.events(tale.pack(tale.started(), stored(tale, name="old"), run=1, fence=7))

    assert await names(artifacts, tale, project) == ["new"]


async def test_files_come_oldest_first_by_pages_and_by_step(house, tell, artifacts, project):
    tale = tell()
    await house.requests(tale.request())
    paths = ["pay", "pay[0]", "pay@2", "pay/inner", "payment", None]
    files = [stored(tale, path, name=str(path)) for path in paths]
    await house.events(tale.pack(tale.started(), *files))
    first = await artifacts.list(ListArtifacts(project_id=project, execution_id=tale.id, limit=4))
    rest = await names(artifacts, tale, project, after=first.items[-1].id)

    in_order = [file.name for file in sorted(files, key=lambda file: file.artifact_id)]
    assert [item.name for item in first.items] + rest == in_order
    assert set(await names(artifacts, tale, project, step="pay")) == {"pay", "pay[0]", "pay@2", "pay/inner"}
    assert await names(artifacts, tale, project, step="p_y") == []


async def test_no_project_sees_the_files_of_another(house, tell, artifacts, project):
    tale = tell()
    await house.requests(tale.request())
    await house.events(tale.pack(tale.started(), file := stored(tale)))
    other = uuid7()

    with pytest.raises(FaultError, match="is not known in this project") as unlisted:
        await artifacts.list(ListArtifacts(project_id=other, execution_id=tale.id))
    with pytest.raises(FaultError, match="is not known in this project") as ungiven:
        await artifacts.get(GetArtifact(project_id=other, artifact_id=file.artifact_id))
    assert (unlisted.value.code, ungiven.value.code) == ("execution_not_found", "artifact_not_found")
    assert await names(artifacts, tale, project) == ["a.png"]


async def test_pages_of_files_are_read_by_their_index(house, tell):
    tale = tell()
    await house.requests(tale.request())
    await house.events(tale.pack(tale.started(), *(stored(tale) for _ in range(300))))
    async with house.database.transaction() as connection:
        await connection.execute("SET LOCAL enable_seqscan = off")
        plan = await connection.fetch(
            "EXPLAIN SELECT id FROM executions.artifacts WHERE execution_id = $1 AND id > $2 ORDER BY id LIMIT 50",
            tale.id,
            uuid7(0),
        )
    told = "\n".join(record[0] for record in plan)

    assert "artifacts_in_order" in told
    assert "Sort" not in told
