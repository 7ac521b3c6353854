"""An uploaded result: whole in one transaction, once, over nobody else's."""

from datetime import timedelta
from hashlib import sha256

import pytest
from pydantic_core import to_json

from testmesh_chassis.errors import is_outage
from testmesh_contracts import encode, event_id
from testmesh_contracts.events import ExecutionDelayed, LogLine
from testmesh_contracts.executions import ExecutionView, upload_file_name
from testmesh_contracts.flows import FileBody
from testmesh_contracts.queries import GetExecution
from testmesh_contracts.topics import RESULTS, UPLOADS
from testmesh_storage.errors import UploadFileMissingError
from testmesh_storage.executions import ExecutionQueries
from testmesh_storage.folding.uploads import UNREADABLE, UploadsFold

pytestmark = pytest.mark.integration


def in_file(settings, upload):
    """Move the events of an upload to the artifact store, as the api does with many."""
    data = b"".join(to_json(event.model_dump()) + b"\n" for event in upload.events)
    digest = sha256(data).hexdigest()
    folder = settings.artifacts_dir / "uploads"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / upload_file_name(upload.execution_id, digest)).write_bytes(data)
    return upload.model_copy(update={"events": [], "file": FileBody(digest=digest, size_bytes=len(data))})


async def view_of(house, tale):
    question = GetExecution(project_id=tale.facts["project_id"], execution_id=tale.id)
    return await ExecutionQueries(house.database).get(question)


async def create_flow(house, name, digest, project):
    await house.rows(
        "INSERT INTO flows.flows (id, project_id, name, definition, source, settings, version, digest, created_at,"
        " updated_at) VALUES (gen_random_uuid(), $1, $2, '{}', 'x', '{}', 2, 'e', now(), now())",
        project,
        name,
    )
    await house.rows(
        "INSERT INTO flows.flow_versions (flow_id, version, project_id, name, definition, source, settings, digest,"
        " created_at) SELECT id, 1, project_id, name, '{}', 'x', '{}', $2, now() FROM flows.flows WHERE name = $1",
        name,
        digest,
    )


async def test_an_upload_is_an_execution_like_any_other_with_one_result(house, tell):
    tale = tell()
    line = LogLine(path="step1", message="hi", at=tale.at)
    await house.uploads(tale.upload(tale.step(1), line, tale.step(2, status="failed"), status="failed"))
    view, results = await view_of(house, tale), await house.results(tale)

    assert isinstance(view, ExecutionView)
    assert (view.status, view.trigger_type, view.environment, view.labels) == (
        "failed",
        "ci",
        "staging",
        {"branch": "main"},
    )
    assert [(step.path, step.status, step.output) for step in view.steps] == [
        ("step1", "passed", {"status": 200}),
        ("step2", "failed", {"status": 200}),
    ]
    assert view.upload is not None
    assert (view.upload.seed, view.upload.digest, view.run, view.requested_at) == (7, "a" * 64, 1, tale.at)
    assert [(result.status, result.event_id) for result in results] == [
        ("failed", event_id("execution.completed", tale.id))
    ]
    assert results[0].upload == view.upload
    assert await house.rows("SELECT path, message FROM executions.logs") == [("step1", "hi")]


async def test_the_same_upload_again_changes_nothing_and_its_result_is_said_again(house, tell):
    tale = tell()
    upload = tale.upload(tale.step(1))
    await house.uploads(upload)
    assert await house.bus.client.xrange(RESULTS.wire) == []
    await house.uploads(upload)
    said = await house.said(RESULTS, 1)

    assert len(await house.results(tale)) == 1
    assert await house.steps(tale) == [(1, "step1", "passed")]
    assert {result.event_id for result in said} == {event_id("execution.completed", tale.id)}


async def test_another_upload_of_the_same_id_changes_nothing(house, tell):
    tale = tell()
    await house.uploads(
        tale.upload(tale.step(1, status="failed"), status="failed"), tale.upload(tale.step(1), digest="b" * 64)
    )
    await house.uploads(tale.upload(tale.step(1), digest="b" * 64))

    assert (await house.execution(tale))["status"] == "failed"
    assert await house.steps(tale) == [(1, "step1", "failed")]
    assert len(await house.results(tale)) == 1


@pytest.mark.parametrize("stage", ["delayed", "pending", "running", "finished"])
async def test_an_upload_neither_ends_nor_changes_what_a_runner_runs(house, tell, stage):
    tale = tell()
    if stage == "delayed":
        await house.events(tale.pack(ExecutionDelayed(reason="the key is held", at=tale.at)))
    else:
        await house.requests(tale.request())
    if stage in ("running", "finished"):
        await house.events(tale.pack(tale.started(), tale.step_started(1)))
    if stage == "finished":
        await house.events(tale.pack(tale.step(1, status="failed"), tale.finished("failed"), seq=3))
    before = await house.execution(tale), await house.steps(tale), await house.run(tale) if stage != "pending" else 0
    await house.uploads(tale.upload(tale.step(1), tale.step(2)))
    after = await house.execution(tale), await house.steps(tale), await house.run(tale) if stage != "pending" else 0

    assert after == before
    assert len(await house.results(tale)) == (stage == "finished")


async def test_what_a_runner_says_of_an_uploaded_id_is_not_heard(house, tell):
    tale = tell()
    await house.uploads(tale.upload(tale.step(1, status="failed"), status="failed"))
    await house.requests(tale.request())
    await house.events(tale.pack(tale.started(), tale.step(1), tale.finished()))
    await house.control(tale.cancel())

    assert (await house.execution(tale))["status"] == "failed"
    assert await house.steps(tale) == [(1, "step1", "failed")]
    assert len(await house.results(tale)) == 1


async def test_an_upload_of_another_project_under_a_taken_id_changes_nothing(house, tell):
    tale = tell()
    await house.uploads(tale.upload(tale.step(1)))
    await house.uploads(tale.upload(project_id=tell().id))

    assert (await house.execution(tale))["project_id"] == tale.facts["project_id"]
    assert {result.project_id for result in await house.said(RESULTS, 1)} == {tale.facts["project_id"]}


async def test_the_flow_of_that_name_is_found_and_the_version_that_was_run(house, tell, project):
    await create_flow(house, "order is paid", "d" * 64, project)
    known, changed, unknown = tell(), tell(), tell()
    await house.uploads(
        known.upload(), changed.upload(source_digest="f" * 64), unknown.upload(flow_name="nobody has it")
    )
    rows = [await house.execution(tale) for tale in (known, changed, unknown)]

    assert [(row["flow_id"] is not None, row["flow_version"]) for row in rows] == [
        (True, 1),
        (True, None),
        (False, None),
    ]


async def test_an_upload_with_many_steps_comes_from_a_file_which_is_removed_afterwards(house, tell, settings):
    tale = tell()
    upload = in_file(settings, tale.upload(*(tale.step(number) for number in range(1, 1202))))
    await house.uploads(upload)

    assert len(await house.steps(tale)) == 1201
    assert (await house.execution(tale))["status"] == "passed"
    assert list((settings.artifacts_dir / "uploads").iterdir()) == []
    await house.uploads(upload)
    assert len(await house.results(tale)) == 1


async def test_two_uploads_with_the_same_events_have_a_file_each(house, tell, settings):
    one, other = tell(), tell()
    upload = in_file(settings, one.upload(one.step(1)))
    same = in_file(settings, one.upload(one.step(1), execution_id=other.id, digest="b" * 64))
    await house.uploads(upload)
    await house.uploads(same)

    assert await house.steps(other) == await house.steps(one) == [(1, "step1", "passed")]


async def test_an_upload_whose_file_is_gone_ends_as_an_error_and_never_as_passed(house, tell, settings):
    tale = tell()
    upload = in_file(settings, tale.upload(tale.step(1)))
    next((settings.artifacts_dir / "uploads").iterdir()).unlink()
    fold = house.uploads_fold = UploadsFold(settings, house.outbox, house.announcer, lambda: times.pop(0))
    times = [tale.at + timedelta(seconds=passed) for passed in (0, 0, 0, 170, 170, 170, 181, 181, 181)]
    for _ in range(2):
        with pytest.raises(FileNotFoundError) as away:
            await house.uploads(upload)
        assert is_outage(away.value)
    with pytest.raises(UploadFileMissingError):
        await house.uploads(upload)
    assert await house.rows("SELECT * FROM executions.executions") == []
    async with house.database.transaction() as connection:
        await fold.mark_dead(connection, upload, encode(UPLOADS, upload).fields())
    row = await house.execution(tale)

    assert (row["status"], row["error_code"]) == ("error", UNREADABLE)
    assert row["requested_at"] is not None
    assert row["duration_ms"] is not None
    assert [result.status for result in await house.results(tale)] == ["error"]


async def test_an_upload_whose_file_comes_late_is_taken_as_it_is(house, tell, settings):
    tale = tell()
    upload = in_file(settings, tale.upload(tale.step(1)))
    folder = settings.artifacts_dir / "uploads"
    folder.rename(folder.with_name("not mounted"))
    with pytest.raises(OSError, match="uploads") as away:
        await house.uploads(upload)
    folder.with_name("not mounted").rename(folder)
    await house.uploads(upload)

    assert is_outage(away.value)
    assert (await house.execution(tale))["status"] == "passed"


async def test_an_upload_without_its_end_never_passes(house, tell):
    tale = tell()
    await house.uploads(tale.upload(events=[tale.started(flow_id=None), tale.step(1)]))
    row = await house.execution(tale)

    assert (row["status"], row["error_code"]) == ("error", UNREADABLE)


async def test_a_dead_upload_touches_nothing_of_an_execution_that_is_there(house, tell):
    tale = tell()
    await house.requests(tale.request())
    upload = tale.upload()
    async with house.database.transaction() as connection:
        await house.uploads_fold.mark_dead(connection, upload, encode(UPLOADS, upload).fields())

    assert (await house.execution(tale))["status"] == "pending"
