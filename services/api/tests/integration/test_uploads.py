"""Results of local runs over HTTP: accepted durably and once, refused where they cannot be, never over another's."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from testmesh_api.executions.uploading import INLINE_EVENTS_BYTES
from testmesh_contracts import uuid7
from testmesh_contracts.event_json import LARGEST_EVENT
from testmesh_contracts.events import ExecutionFinished, ExecutionStarted, StepFinished
from testmesh_contracts.executions import ExecutionUploaded, ExecutionView, Upload, upload_file_name
from testmesh_contracts.topics import UPLOADS

pytestmark = pytest.mark.integration
EXECUTIONS = "/api/v1/executions"
PATH = f"{EXECUTIONS}/upload"
SOURCE = (
    "name: checkout\nsteps:\n  - {id: one, action: log, config: {message: hi}}\n"
    "  - {id: may_fail, action: assert, assert: [1 == 2], allow_failure: true}\n"
)


def step(number: int = 1, path: str = "one", status: str = "passed", **more: Any) -> dict[str, Any]:
    now = datetime.now(UTC).isoformat()
    return {
        "path": path, "step_id": path, "name": path, "action": "log", "phase": "steps", "number": number,
        "started_at": now, "finished_at": now, "duration_ms": 1.5, "status": status, **more,
    }  # fmt: skip


def result(*steps: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a result that tells of every step of its flow."""
    now = datetime.now(UTC)
    told = [*(steps or [step()])]
    told += [] if any(one["path"] == "may_fail" for one in told) else [step(5_000, "may_fail", "skipped")]
    return {
        "id": str(uuid7()), "flow_name": "checkout", "source": SOURCE, "status": "passed", "seed": 7,
        "trigger_type": "ci", "environment": "staging", "labels": {"commit": "abc"}, "duration_ms": 20.0,
        "started_at": (now - timedelta(seconds=1)).isoformat(), "finished_at": now.isoformat(),
        "steps": told, **more,
    }  # fmt: skip


async def message_of(api: Any, execution_id: str) -> ExecutionUploaded:
    rows = await api.rows("SELECT body FROM users.outbox WHERE key = $1", UUID(execution_id))
    return ExecutionUploaded.model_validate_json(rows[0]["body"])


async def test_an_upload_is_accepted_with_its_row_and_said(api: Any) -> None:
    body = result(step(output={"n": 1}), logs=[{"message": "hi", "path": "one", "at": datetime.now(UTC).isoformat()}])
    answer = await api.client.post(PATH, json=body)

    assert (answer.status_code, answer.json()) == (202, {"id": body["id"], "status": "pending"})
    assert answer.headers["location"] == f"{EXECUTIONS}/{body['id']}"
    message = await message_of(api, body["id"])
    started, one, _, _, finished = message.events
    assert isinstance(started, ExecutionStarted)
    assert isinstance(one, StepFinished)
    assert isinstance(finished, ExecutionFinished)
    assert [planned.path for planned in started.planned] == ["one", "may_fail"]
    assert one.output == {"n": 1}
    assert (finished.status, finished.step_counts) == ("passed", {"passed": 1, "skipped": 1})
    assert (message.trigger_type, message.environment, message.labels) == ("ci", "staging", {"commit": "abc"})
    assert message.upload.seed == 7
    assert (api.gateway.settings.artifacts_dir / "flows" / message.source_digest).read_text() == SOURCE
    for _ in range(100):
        if said := await api.storage_bus.client.xrange(UPLOADS.wire):
            break
        await asyncio.sleep(0.02)
    assert len(said) == 1
    audited = await api.rows("SELECT action, subject FROM users.audit_events")
    assert [tuple(row) for row in audited] == [("execution.upload", body["id"])]


async def test_a_get_right_after_it_answers_pending_and_it_cannot_be_cancelled(api: Any) -> None:
    body = result()
    await api.client.post(PATH, json=body)
    found = (await api.client.get(f"{EXECUTIONS}/{body['id']}")).json()
    cancelled = await api.client.post(f"{EXECUTIONS}/{body['id']}/cancel")

    assert (found["status"], found["flow_name"], found["upload"]["seed"]) == ("pending", "checkout", 7)
    assert (cancelled.status_code, cancelled.json()["code"]) == (409, "execution_finished")
    assert await api.outbox(body["id"]) == ["execution.uploaded"]


async def test_the_same_result_sent_again_and_at_once_is_accepted_once(api: Any) -> None:
    body = result()
    answers = await asyncio.gather(*(api.client.post(PATH, json=body) for _ in range(5)))
    later = await api.client.post(PATH, json=body)

    assert {answer.status_code for answer in (*answers, later)} == {202}
    assert await api.outbox(body["id"]) == ["execution.uploaded"]


async def test_other_content_under_the_same_id_is_refused(api: Any) -> None:
    body = result(step(status="failed"), status="failed")
    await api.client.post(PATH, json=body)
    answer = await api.client.post(PATH, json={**body, "status": "passed", "steps": [step(), SKIPPED]})

    assert (answer.status_code, answer.json()["code"]) == (409, "execution_taken")
    assert (await message_of(api, body["id"])).status == "failed"


async def test_the_id_of_an_execution_that_was_started_here_is_refused(api: Any) -> None:
    started = (await api.client.post(EXECUTIONS, json={"source": SOURCE})).json()["id"]
    waiting = await api.client.post(PATH, json=result(id=started))
    await api.finish(started)
    finished = await api.client.post(PATH, json=result(id=started))

    for answer in (waiting, finished):
        assert (answer.status_code, answer.json()["code"]) == (409, "execution_taken")
    assert "execution.uploaded" not in await api.outbox(started)


async def test_what_storage_has_of_the_same_content_is_not_said_again(api: Any) -> None:
    body = result()
    await api.client.post(PATH, json=body)
    message = await message_of(api, body["id"])
    await api.rows("DELETE FROM users.outbox")
    await api.rows("UPDATE users.idempotency_keys SET created_at = created_at - interval '25 hours'")

    def kept(digest: str) -> ExecutionView:
        upload = Upload(digest=digest, uploaded_at=datetime.now(UTC))
        return ExecutionView(
            id=message.execution_id,
            project_id=message.project_id,
            flow_name="checkout",
            status="passed",
            trigger_type="ci",
            upload=upload,
        )

    api.storage.executions[message.execution_id] = kept(message.upload.digest)
    same = await api.client.post(PATH, json=body)
    api.storage.executions[message.execution_id] = kept("f" * 64)
    other = await api.client.post(PATH, json=body)

    assert (same.status_code, same.json()["status"]) == (202, "passed")
    assert (other.status_code, other.json()["code"]) == (409, "execution_taken")
    assert await api.outbox(body["id"]) == []


async def test_while_storage_is_away_uploads_are_accepted_all_the_same(api: Any) -> None:
    api.storage.slow = asyncio.Event()
    started = str(uuid7())
    body = result()
    try:
        answer = await api.client.post(PATH, json=body)
    finally:
        api.storage.slow.set()

    assert answer.status_code == 202
    assert await api.outbox(body["id"]) == ["execution.uploaded"]
    assert await api.outbox(started) == []


async def test_many_steps_travel_by_a_file(api: Any) -> None:
    steps = [step(number, f"one[{number}]", step_id="one", output={"text": "x" * 100}) for number in range(1, 1001)]
    body = result(*steps)
    answer = await api.client.post(PATH, json=body)
    message = await message_of(api, body["id"])

    assert answer.status_code == 202
    assert message.events == []
    assert message.file is not None
    name = upload_file_name(message.execution_id, message.file.digest)
    lines = (api.gateway.settings.artifacts_dir / "uploads" / name).read_bytes().split(b"\n")
    assert len(lines) == 1003
    assert message.file.size_bytes > INLINE_EVENTS_BYTES
    assert StepFinished.model_validate_json(lines[1000]).path == "one[1000]"
    assert (api.gateway.settings.artifacts_dir / "uploads" / name).stat().st_mode & 0o777 == 0o640


async def test_what_is_not_taken_leaves_no_file(api: Any) -> None:
    steps = [step(number, f"one[{number}]", step_id="one", output={"text": "x" * 100}) for number in range(1, 1001)]
    body = result(*steps)
    folder = api.gateway.settings.artifacts_dir / "uploads"
    await api.client.post(PATH, json=body)
    (taken,) = folder.iterdir()
    other = await api.client.post(PATH, json={**body, "duration_ms": 21.0})

    assert (other.status_code, list(folder.iterdir())) == (409, [taken])
    taken.unlink()  # as storage does when it has made rows of it
    again = await api.client.post(PATH, json=body)
    assert (again.status_code, list(folder.iterdir())) == (202, [])


FAILED = step(2, "other", "failed")
SKIPPED = step(5_000, "may_fail", "skipped")
LOOP = """\
name: checkout
steps:
  - id: one
    action: for_each
    config: {items: [1], steps: [{id: bad, action: assert, assert: [1 == 2], allow_failure: true}]}
"""
ROWS = "name: checkout\ndata: [{n: 1}, {n: 2}]\nsteps: [{id: one, action: log, config: {message: hi}}]\n"
FUTURE = (datetime.now(UTC) + timedelta(hours=2)).isoformat()


@pytest.mark.parametrize(
    ("more", "code", "pointer"),
    [
        ({"steps": [step(), FAILED]}, "status_inconsistent", "/steps/1/status"),
        ({"steps": [step()]}, "status_inconsistent", "/steps"),
        (
            {
                "source": LOOP.replace("allow_failure: true", ""),
                "steps": [step(), step(2, "one/bad[0]", "failed", parent_path="one", step_id="bad")],
            },
            "status_inconsistent",
            "/steps/1/status",
        ),
        (
            {"source": LOOP, "steps": [step(), step(2, "one/bad[0]", "cancelled", parent_path="one", step_id="bad")]},
            "status_inconsistent",
            "/steps/1/status",
        ),
        (
            {"source": ROWS, "steps": [step(path="one[0]", step_id="one", iteration=0)]},
            "status_inconsistent",
            "/steps",
        ),
        ({"steps": [step(), step(2, "x", "error")]}, "status_inconsistent", "/steps/1/status"),
        ({"steps": [step(), step(2, "may_fail", "cancelled")]}, "status_inconsistent", "/steps/1/status"),
        ({"steps": [step(status="skipped")]}, "status_inconsistent", "/status"),
        ({"steps": []}, "status_inconsistent", "/status"),
        ({"steps": [step(2, "may_fail", "failed")]}, "status_inconsistent", "/status"),
        ({"steps": [step(phase="setup")]}, "status_inconsistent", "/status"),
        ({"error_code": "TM420"}, "status_inconsistent", "/error_code"),
        (
            {"steps": [step(assertions=[{"expression": "1 == 2", "holds": False}])]},
            "status_inconsistent",
            "/steps/0/assertions",
        ),
        ({"steps": [step(), step(2)]}, "path_twice", "/steps/0/path"),
        ({"steps": [step(), step(1, "two")]}, "number_invalid", "/steps/0/number"),
        ({"steps": [step(2**31)]}, "number_invalid", "/steps/0/number"),
        ({"steps": [step(line=2**31)]}, "number_invalid", "/steps/0"),
        ({"steps": [step(path="p" * 2001)]}, "path_invalid", "/steps/0/path"),
        ({"steps": [step(parent_path="nobody")]}, "parent_unknown", "/steps/0/parent_path"),
        ({"steps": [step(output="x" * LARGEST_EVENT), SKIPPED]}, "event_too_large", "/steps/0"),
        ({"steps": [step(finished_at=FUTURE)]}, "time_invalid", "/steps/0/started_at"),
        ({"steps": [step(started_at="0001-01-01T00:00:00+14:00")]}, "time_invalid", "/steps/0/started_at"),
        ({"steps": [step(status="running")]}, "literal_error", "/steps/0/status"),
        ({"outputs": {"o": "x" * LARGEST_EVENT}}, "event_too_large", "/outputs"),
        ({"id": str(uuid4())}, "id_invalid", "/id"),
        ({"id": str(uuid7(1))}, "id_out_of_time", "/id"),
        ({"id": str(uuid7(2**48 - 1))}, "id_invalid", "/id"),
        ({"id": str(uuid7(int(datetime.now(UTC).timestamp() * 1000) + 7_200_000))}, "id_out_of_time", "/id"),
        ({"finished_at": FUTURE}, "time_invalid", "/finished_at"),
        ({"finished_at": "2020-01-01T00:00:00Z"}, "time_invalid", "/finished_at"),
        ({"status": "running"}, "literal_error", "/status"),
        ({"trigger_type": "scheduled"}, "literal_error", "/trigger_type"),
        ({"flow_name": "another"}, "flow_name_differs", "/flow_name"),
        ({"flow_id": str(uuid4())}, "extra_forbidden", "/flow_id"),
        ({"duration_ms": -1}, "greater_than_equal", "/duration_ms"),
        ({"source": "\x00"}, "text_not_storable", "/source"),
    ],
)
async def test_what_cannot_be_is_refused_at_its_place(api: Any, more: Any, code: str, pointer: str) -> None:
    answer = await api.client.post(PATH, json=result(**more) if "steps" not in more else result() | more)

    assert answer.status_code == 422, answer.text
    assert {(fault["code"], fault["pointer"]) for fault in answer.json()["errors"]} >= {(code, pointer)}
    assert await api.rows("SELECT * FROM users.outbox") == []


@pytest.mark.parametrize(
    "more",
    [
        {"steps": [step(), step(2, "may_fail", "failed")], "warnings": ["step may_fail failed, which the flow allows"]},
        {"steps": [step(), SKIPPED, step(2, "one/inner", "failed", parent_path="one")]},
        {"source": LOOP, "steps": [step(), step(2, "one/bad[0]", "failed", parent_path="one", step_id="bad")]},
        {
            "source": LOOP.replace("allow_failure: true", ""),
            "steps": [step(retry_count=1), step(2, "one/bad[0]", "failed", parent_path="one", step_id="bad")],
        },
        {
            "source": ROWS,
            "steps": [step(number, f"one[{number - 1}]", step_id="one", iteration=number - 1) for number in (1, 2)],
        },
        {"steps": [], "status": "error", "error_code": "TM416", "error_message": "no input"},
        {"steps": [FAILED], "status": "failed"},
        {"steps": [step(), FAILED], "status": "cancelled"},
        {"source": "name: checkout\nsteps: [{action: of_a_newer_release}]\n"},
    ],
)
async def test_what_can_be_is_accepted(api: Any, more: Any) -> None:
    answer = await api.client.post(PATH, json=result() | more)

    assert answer.status_code == 202, answer.text


async def test_a_source_that_is_no_flow_here_allows_no_failure(api: Any) -> None:
    source = "name: checkout\nsteps: [{id: may_fail, action: of_a_newer_release, allow_failure: true}]\n"
    answer = await api.client.post(PATH, json=result(step(), step(2, "may_fail", "failed"), source=source))

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "status_inconsistent")


async def test_who_prefers_to_wait_gets_the_kept_execution(api: Any) -> None:
    body = result()
    waiting = asyncio.create_task(api.client.post(PATH, json=body, headers={"prefer": "wait=20"}))
    for _ in range(200):
        if await api.outbox(body["id"]):
            break
        await asyncio.sleep(0.02)
    await api.finish(body["id"])
    answer = await waiting

    assert (answer.status_code, answer.json()["status"]) == (201, "passed")
    for _ in range(200):
        if not await api.outbox(body["id"]):
            break
        await asyncio.sleep(0.02)
    assert await api.outbox(body["id"]) == []


async def test_a_body_over_the_limit_is_refused_before_it_is_read(api: Any) -> None:
    answer = await api.client.post(PATH, content=b"x", headers={"content-length": str(25 * 1024 * 1024)})

    assert answer.status_code == 413
