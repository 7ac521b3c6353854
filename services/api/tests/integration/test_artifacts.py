"""Files that steps left, over HTTP: listed, and given whole or in part, from a folder and from a bucket."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio
from pydantic import SecretStr

from testmesh_api.config import ApiSettings
from testmesh_chassis.testing.buckets import ACCESS_KEY_ID, SECRET_ACCESS_KEY, Bucket, served_bucket
from testmesh_contracts import uuid7
from testmesh_contracts.executions import ArtifactView
from testmesh_contracts.queries import ArtifactPlace
from testmesh_engine.artifacts import S3Access, key_of, open_store

pytestmark = pytest.mark.integration
DEFINITION = {"name": "inline", "steps": [{"action": "log", "config": {"message": "hello"}}]}
NOW = datetime(2026, 1, 1, tzinfo=UTC)
DATA = bytes(range(256)) * 4
RANGES = [
    ("bytes=0-0", 0, 1),
    ("bytes=0-", 0, 1024),
    ("bytes=10-19", 10, 20),
    ("bytes=1023-1023", 1023, 1024),
    ("bytes=1000-99999", 1000, 1024),
    ("bytes=-1", 1023, 1024),
    ("bytes=-500", 524, 1024),
    ("bytes=-99999", 0, 1024),
    ("Bytes= 1-2 ", 1, 3),
]
TAG = f'"{hashlib.sha256(DATA).hexdigest()}"'


@pytest.fixture(scope="module")
def bucket() -> Iterator[Bucket]:
    with served_bucket() as served:
        yield served


@pytest.fixture(params=["folder", "bucket"])
def settings(request: pytest.FixtureRequest, settings: ApiSettings) -> ApiSettings:
    if request.param == "folder":
        return settings
    bucket: Bucket = request.getfixturevalue("bucket")
    changes = {
        "artifacts_url": f"s3://{bucket.name}/of/{uuid4()}",
        "artifacts_endpoint": bucket.endpoint,
        "artifacts_access_key_id": ACCESS_KEY_ID,
        "artifacts_secret_access_key": SecretStr(SECRET_ACCESS_KEY),
    }
    return settings.model_copy(update=changes)


class Runner:
    """Puts files where a runner puts them, and lets storage know of them."""

    def __init__(self, api: Any, execution_id: str) -> None:
        self.api = api
        self.execution_id = UUID(execution_id)
        settings = api.gateway.settings
        access = S3Access(**settings.artifacts_access)
        self.store = open_store(settings.artifacts_url, settings.artifacts_dir, access)

    async def keeps(self, data: bytes = DATA, **changes: Any) -> ArtifactView:
        artifact_id = uuid7()
        stored = await self.store.put(key_of(self.execution_id, artifact_id), data)
        known = {"path": "pay", "name": "answer.bin", "content_type": "application/octet-stream"} | changes
        view = ArtifactView(
            id=artifact_id, execution_id=self.execution_id, run=1, size_bytes=stored.size_bytes, sha256=stored.sha256,
            created_at=NOW, **known,
        )  # fmt: skip
        self.api.storage.artifacts[view.id] = ArtifactPlace(artifact=view, storage_path=stored.storage_path)
        return view


@pytest_asyncio.fixture
async def runner(api: Any) -> Runner:
    accepted = (await api.client.post("/api/v1/executions", json={"definition": DEFINITION})).json()
    await api.finish(accepted["id"])
    return Runner(api, accepted["id"])


async def get(runner: Runner, artifact_id: UUID, method: str = "GET", **headers: str) -> httpx.Response:
    shown = {name.replace("_", "-"): value for name, value in headers.items()}
    answer: httpx.Response = await runner.api.client.request(method, f"/api/v1/artifacts/{artifact_id}", headers=shown)
    return answer


async def test_a_file_is_given_whole_as_an_attachment_under_a_policy_that_lets_it_do_nothing(runner: Runner) -> None:
    page = b"<script>alert(document.cookie)</script>"
    view = await runner.keeps(page, name="page.html", content_type="text/html; charset=utf-8")
    answer = await get(runner, view.id)

    assert (answer.status_code, answer.content) == (200, page)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-disposition"].startswith('attachment; filename="page.html"')
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert answer.headers["etag"] == f'"{hashlib.sha256(page).hexdigest()}"'
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["content-length"] == str(len(page))


async def test_each_range_of_the_table_is_answered_as_rfc_9110_says(runner: Runner) -> None:
    view = await runner.keeps()
    for asked, start, end in RANGES:
        answer = await get(runner, view.id, Range=asked)

        assert (answer.status_code, answer.content) == (206, DATA[start:end]), asked
        assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/1024"
        assert answer.headers["content-length"] == str(end - start)
        assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    for asked in ("bytes=1024-", "bytes=5000-6000", "bytes=-0"):
        answer = await get(runner, view.id, Range=asked)

        assert (answer.status_code, answer.json()["code"]) == (416, "range_unsatisfiable"), asked
        assert answer.headers["content-range"] == "bytes */1024"
    for asked in ("bytes=5-4", "bytes=0-1,4-5", "lines=0-1"):
        assert (await get(runner, view.id, Range=asked)).content == DATA, asked


async def test_a_part_is_given_only_to_who_has_parts_of_the_same_file(runner: Runner) -> None:
    view = await runner.keeps()
    same = await get(runner, view.id, Range="bytes=1000-", If_Range=TAG)
    others = [await get(runner, view.id, Range="bytes=1000-", If_Range=known) for known in (f"W/{TAG}", '"another"')]

    assert (same.status_code, len(same.content)) == (206, 24)
    assert [(answer.status_code, len(answer.content)) for answer in others] == [(200, 1024)] * 2


async def test_who_has_the_file_is_told_so(runner: Runner) -> None:
    view = await runner.keeps()
    for method in ("GET", "HEAD"):
        for known, status in ((TAG, 304), (f'"x", W/{TAG}', 304), ("*", 304), ('"x"', 200)):
            answer = await get(runner, view.id, method, If_None_Match=known)

            assert (answer.status_code, answer.headers["etag"]) == (status, TAG), (method, known)


async def test_an_empty_file_is_given_and_has_no_range(runner: Runner) -> None:
    view = await runner.keeps(b"")

    whole = await get(runner, view.id)
    part, end = [await get(runner, view.id, Range=asked) for asked in ("bytes=0-", "bytes=-1")]
    assert (whole.status_code, whole.content, whole.headers["content-length"]) == (200, b"", "0")
    assert (part.status_code, end.status_code) == (416, 416)
    assert part.headers["content-range"] == "bytes */0"


async def test_a_look_at_a_file_tells_what_a_download_would_and_gives_no_byte(runner: Runner) -> None:
    view = await runner.keeps()
    given, looked = await get(runner, view.id), await get(runner, view.id, "HEAD", Range="bytes=0-1")

    assert (looked.status_code, looked.content) == (200, b"")
    assert dict(looked.headers) == dict(given.headers)


async def test_a_large_file_comes_piece_by_piece(runner: Runner) -> None:
    data = DATA * 1024 * 20
    view = await runner.keeps(data)
    found = await runner.api.gateway.artifacts.find(_anyone(), view.id)
    pieces = [piece async for piece in await runner.api.gateway.artifacts.read(found, None)]

    assert b"".join(pieces) == data
    assert max(map(len, pieces)) <= 2 * 1024 * 1024
    assert (await get(runner, view.id)).content == data


async def test_a_file_that_the_store_has_no_more_is_gone_and_says_so(runner: Runner) -> None:
    view = await runner.keeps()
    await runner.store.remove(key_of(view.execution_id, view.id))
    answer = await get(runner, view.id)

    assert (answer.status_code, answer.json()["code"]) == (410, "artifact_missing")
    assert "the store has nothing under its key" in answer.json()["detail"]
    assert (await get(runner, view.id, "HEAD")).status_code == 410


async def test_a_file_that_was_changed_in_the_store_is_not_given(runner: Runner) -> None:
    view = await runner.keeps()
    await runner.store.put(key_of(view.execution_id, view.id), b"something else")

    assert (await get(runner, view.id, "HEAD")).status_code == 410
    for asked in ({}, {"Range": "bytes=0-1"}):
        answer = await get(runner, view.id, **asked)

        assert (answer.status_code, answer.json()["code"]) == (410, "artifact_missing")
        assert "it was changed or cut" in answer.json()["detail"]


async def test_an_index_that_names_what_is_not_this_file_is_not_believed(runner: Runner) -> None:
    one, other = await runner.keeps(), await runner.keeps()
    stored = runner.api.storage.artifacts
    for path in ("flows/" + "a" * 64, "../../etc/passwd", stored[other.id].storage_path):
        stored[one.id] = stored[one.id].model_copy(update={"storage_path": path})
        assert (await get(runner, one.id)).status_code == 410


async def test_a_file_that_nobody_left_is_not_found(runner: Runner) -> None:
    answer = await get(runner, uuid4())

    assert (answer.status_code, answer.json()["code"]) == (404, "artifact_not_found")
    assert (await runner.api.client.get("/api/v1/artifacts/../../etc/passwd")).status_code == 404


async def test_a_store_that_is_away_is_not_the_clients_fault_and_names_no_secret(runner: Runner) -> None:
    view = await runner.keeps()
    gateway = runner.api.gateway
    away = S3Access("http://127.0.0.1:1", None, "an-id", "a-secret")
    gateway.artifacts._store = open_store("s3://bucket-away", gateway.settings.artifacts_dir, away)
    answer = await get(runner, view.id)

    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert "a-secret" not in answer.text


async def test_a_result_lists_its_files_by_pages_and_by_step(runner: Runner) -> None:
    views = [await runner.keeps(path="pay" if n % 2 else "ship", name=f"{n}") for n in range(5)]
    in_order = [view.name for view in sorted(views, key=lambda view: view.id)]
    path = f"/api/v1/results/{runner.execution_id}/artifacts"
    first = (await runner.api.client.get(path, params={"limit": 3})).json()
    rest = (await runner.api.client.get(path, params={"limit": 3, "cursor": first["next_cursor"]})).json()
    of_pay = (await runner.api.client.get(path, params={"step": "pay"})).json()

    assert [item["name"] for item in first["items"] + rest["items"]] == in_order
    assert rest["next_cursor"] is None
    assert {item["name"] for item in of_pay["items"]} == {"1", "3"}
    assert "storage_path" not in first["items"][0]
    assert (await runner.api.client.get(f"/api/v1/results/{uuid4()}/artifacts")).status_code == 404


async def test_a_pending_execution_has_no_files_yet(api: Any) -> None:
    accepted = (await api.client.post("/api/v1/executions", json={"definition": DEFINITION})).json()
    answer = await api.client.get(f"/api/v1/results/{accepted['id']}/artifacts")

    assert (answer.status_code, answer.json()["items"]) == (200, [])


def _anyone() -> Any:
    from testmesh_api.principals import DEFAULT_PROJECT, Principal

    return Principal("local", DEFAULT_PROJECT)
