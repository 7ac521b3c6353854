"""Files that steps leave, through the whole product: a runner writes them, storage knows them, the api gives them."""

import hashlib
import json
import subprocess

import httpx
import pytest
from tests.house.running import TESTMESH, running_house

from testmesh_chassis.testing.buckets import ACCESS_KEY_ID, SECRET_ACCESS_KEY, served_bucket

pytestmark = pytest.mark.e2e

PART = "lamp ü " * 10_000
FLOW = """\
name: leaves a large value
inputs: {part: {type: string}}
steps:
  - {id: make, action: set, config: {big: "${part + part + part + part + part}"}}
  - {id: use, action: assert, config: {assertions: ["len(big) == 5 * len(part)"]}}
"""
LIMIT = 500_000
TOO_LARGE = "lamp " * 25_000


@pytest.fixture(scope="module")
def bucket():
    with served_bucket() as served:
        yield served


@pytest.fixture(scope="module", params=["folder", "bucket"])
def house(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("artifacts")
    environment = {"TESTMESH_RUNNER_ARTIFACT_MAX_BYTES": str(LIMIT)}
    if request.param == "bucket":
        bucket = request.getfixturevalue("bucket")
        (folder / "secret").write_text(f"{SECRET_ACCESS_KEY}\n")
        environment |= {
            "TESTMESH_ARTIFACTS_URL": f"s3://{bucket.name}/house",
            "TESTMESH_ARTIFACTS_ENDPOINT": bucket.endpoint,
            "TESTMESH_ARTIFACTS_ACCESS_KEY_ID": ACCESS_KEY_ID,
            "TESTMESH_ARTIFACTS_SECRET_ACCESS_KEY_FILE": str(folder / "secret"),
        }
    with running_house(folder / "data", **environment) as running:
        yield running


def files_of(house, execution):
    answer = house.api.get(f"/results/{execution}/artifacts")
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


def test_a_large_value_is_kept_found_with_the_result_and_given_whole_and_in_part(house):
    (execution,) = house.start_executions(FLOW, inputs={"part": PART})
    found = house.until_finished(execution)
    steps = {step["path"]: step for step in found["steps"]}
    files = files_of(house, execution)
    by_id = {file["id"]: file for file in files}
    ids = [value["$artifact"] for value in _references(steps["make"])]
    whole = (PART * 5).encode()

    assert found["status"] == "passed"
    assert ids
    assert set(ids) <= set(by_id)
    file = next(file for file in files if file["name"] == "input.big")
    assert (file["path"], file["run"], file["content_type"]) == ("make", 1, "text/plain; charset=utf-8")
    answer = house.api.get(f"/artifacts/{file['id']}")
    assert (answer.status_code, answer.content) == (200, whole)
    assert (file["size_bytes"], file["sha256"]) == (len(whole), hashlib.sha256(whole).hexdigest())
    assert answer.headers["content-disposition"].startswith("attachment; ")
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    part = house.api.get(f"/artifacts/{file['id']}", headers={"Range": "bytes=-8", "If-Range": answer.headers["etag"]})
    assert (part.status_code, part.content) == (206, whole[-8:])


def _references(value):
    if isinstance(value, dict):
        if "$artifact" in value:
            return [value]
        return [found for inner in value.values() for found in _references(inner)]
    return []


def test_what_is_over_the_limit_is_left_out_and_the_record_says_so(house):
    (execution,) = house.start_executions(FLOW, inputs={"part": TOO_LARGE})
    found = house.until_finished(execution)
    (first, *_) = _references(found["steps"][0])

    assert found["status"] == "passed"
    assert first["$artifact"] is None
    assert first["not_kept"].startswith("TM445: ")
    assert files_of(house, execution) == []


def test_the_command_lists_and_downloads_what_was_left(house, tmp_path):
    (execution,) = house.start_executions(FLOW, inputs={"part": PART})
    house.until_finished(execution)
    server = ("--url", house.record["url"])
    listed = _command("artifacts", "list", execution, *server, "-o", "json", folder=tmp_path)
    done = _command("artifacts", "download", execution, *server, "--into", "out", folder=tmp_path)
    written = {path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()}

    assert json.loads(listed.stdout)["items"] == files_of(house, execution)
    assert done.returncode == 0, done.stderr
    assert (PART * 5).encode() in written
    assert len(done.stdout.splitlines()) == len(files_of(house, execution))


def test_the_store_is_behind_the_api_alone(house):
    (execution,) = house.start_executions(FLOW, inputs={"part": PART})
    house.until_finished(execution)
    file = files_of(house, execution)[0]

    assert "storage_path" not in file
    for path in (f"executions/{execution}/{file['id']}", "%2e%2e%2fflows", f"{file['id']}%2F..%2F{file['id']}"):
        assert house.api.get(f"/artifacts/{path}").status_code == 404
    url = house.record["url"]
    assert httpx.get(f"{url}/artifacts/executions/{execution}/{file['id']}").content != (PART * 5).encode()


def _command(*words, folder):
    return subprocess.run([str(TESTMESH), *words], cwd=folder, capture_output=True, text=True, timeout=60, check=False)
