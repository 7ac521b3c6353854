"""What a flow names comes along with it, or it is refused with the place that names it; nothing is read from here."""

import hashlib
import json
from base64 import b64encode
from typing import Any
from uuid import UUID

import pytest

from testmesh_contracts.executions import CalledFlow, ExecutionRequested, FlowBody
from testmesh_contracts.flows import MOST_FILE_BYTES
from testmesh_contracts.queries import ResolvedItem, ResolveExecution

pytestmark = pytest.mark.integration
FLOWS, EXECUTIONS = "/api/v1/flows", "/api/v1/executions"
ROWS = "who\nada\n"
SOURCE = """\
# as its author wrote it
name: top
data: {file: ./data/rows.csv}
steps:
  - {id: a, action: run_flow, config: {flow: parts/a.yaml}}
  - {id: b, action: run_flow, config: {flow: kept}}
"""
PART = "name: part\ndata: {file: ../data/rows.csv}\nsteps:\n  - {id: c, action: run_flow, config: {flow: c.yaml}}\n"
INNER = "name: inner\nsteps:\n  - {id: s, action: log, config: {message: hi}}\n"


def packed(**files: str) -> dict[str, str]:
    return {path: b64encode(text.encode()).decode() for path, text in files.items()}


ALONG = packed(**{"data/rows.csv": ROWS, "parts/a.yaml": PART, "parts/c.yaml": INNER})
SAVED = {"source": SOURCE, "files": packed(**{"data/rows.csv": ROWS}), "calls": {"parts/a.yaml": "part"}}
CIRCLE = packed(**{"parts/c.yaml": PART.replace("c.yaml", "a.yaml")})


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def know(api: Any, *names: str) -> None:
    """Let storage pin the flows of these names, and refuse others."""

    def resolved(item: Any) -> ResolvedItem:
        for call in item.calls:
            if call not in names:
                return ResolvedItem(error_code="called_flow_not_found", error_message=f"no {call}", error_call=call)
        called = [CalledFlow(name=name, version=7, body=FlowBody(digest="d")) for name in names]
        return ResolvedItem(calls={name: place for place, name in enumerate(names)}, called=called)

    api.storage._resolved = resolved


async def request_of(api: Any, answer: Any) -> ExecutionRequested:
    assert answer.status_code == 202, answer.text
    async with api.gateway.database.connection() as connection:
        (row,) = await api.gateway.outbox.find(connection, UUID(answer.json()["id"]))
    return ExecutionRequested.model_validate_json(row.entry.body)


def faults(answer: Any) -> list[tuple[str, str, int | None]]:
    return [(error["code"], error["pointer"], error.get("line")) for error in answer.json()["errors"]]


async def test_a_kept_flow_has_its_source_as_written_its_files_and_what_its_calls_mean(api: Any) -> None:
    answer = await api.client.post(FLOWS, json=SAVED)

    found = answer.json()
    assert answer.status_code == 201, answer.text
    assert found["source"] == SOURCE
    assert found["files"] == {"./data/rows.csv": {"digest": digest(ROWS), "size_bytes": len(ROWS)}}
    assert found["calls"] == {"parts/a.yaml": "part", "kept": "kept"}
    assert (api.gateway.settings.artifacts_dir / "files" / digest(ROWS)).read_text() == ROWS


async def test_the_digest_of_a_version_covers_source_files_and_calls(api: Any) -> None:
    digests = {digest(SOURCE)}
    for change in ({}, {"files": packed(**{"data/rows.csv": "who\nbob\n"})}, {"calls": {"parts/a.yaml": "other"}}):
        answer = await api.client.post(FLOWS, json={**SAVED, **change})
        digests.add(answer.json()["digest"])
        api.storage.flows.clear()

    assert len(digests) == 4


async def test_a_sent_flow_is_requested_with_all_that_it_names(api: Any) -> None:
    know(api, "kept")

    request = await request_of(api, await api.client.post(EXECUTIONS, json={"source": SOURCE, "files": ALONG}))

    assert request.files["./data/rows.csv"].digest == digest(ROWS)
    kept, part, inner = (request.called[place] for place in (request.calls["kept"], request.calls["parts/a.yaml"], 2))
    assert (kept.name, kept.version) == ("kept", 7)
    assert (part.name, part.file, part.body.source) == ("part", "parts/a.yaml", PART)
    assert part.files["../data/rows.csv"].digest == digest(ROWS)
    assert request.called[part.calls["c.yaml"]] == inner
    assert (inner.file, inner.body.digest) == ("parts/c.yaml", digest(INNER))


async def test_a_name_may_mean_a_file_that_came_along(api: Any) -> None:
    know(api)
    body = {"source": SOURCE, "files": ALONG, "calls": {"kept": "parts/c.yaml"}}

    request = await request_of(api, await api.client.post(EXECUTIONS, json=body))

    assert request.called[request.calls["kept"]].file == "parts/c.yaml"
    assert [
        item.calls for asked in api.storage.asked if isinstance(asked, ResolveExecution) for item in asked.items
    ] == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"files": {}}, ("TM456", "/items/1/source", 3)),
        ({"files": {**ALONG, "parts/a.yaml": ""}}, ("TM110", "/items/1/files/parts~1a.yaml", 1)),
        ({"files": {**ALONG, "unused.csv": ""}}, ("file_unused", "/items/1/files/unused.csv", None)),
        ({"calls": {"stranger": "kept"}}, ("call_unused", "/items/1/calls/stranger", None)),
        ({"files": {**ALONG, "/etc/passwd": ""}}, ("path_absolute", "/items/1/files/~1etc~1passwd", None)),
        ({"files": {**ALONG, "data//rows.csv": ""}}, ("path_twice", "/items/1/files/data~1~1rows.csv", None)),
        ({"files": {**ALONG, "data/rows.csv": "%"}}, ("base64_invalid", "/items/1/files/data~1rows.csv", None)),
        ({"files": ALONG | CIRCLE}, ("TM454", "/items/1/files/parts~1c.yaml", 4)),
        ({"source": SOURCE.replace("./data/rows.csv", "/data/rows.csv")}, ("TM456", "/items/1/source", 3)),
        ({"source": SOURCE.replace("kept", "stranger")}, ("called_flow_not_found", "/items/1/source", 6)),
        ({"calls": {"kept": "nowhere.yaml"}}, ("TM456", "/items/1/source", 6)),
        ({"calls": {"kept": "stranger"}}, ("called_flow_not_found", "/items/1/source", 6)),
    ],
)
async def test_an_order_with_something_missing_is_refused_at_its_place(api: Any, change: Any, fault: Any) -> None:
    know(api, "kept")
    item = {"source": SOURCE, "files": ALONG, **change}

    answer = await api.client.post(EXECUTIONS, json={"items": [{"source": INNER}, item]})

    assert answer.status_code == 422, answer.text
    assert fault in faults(answer)
    assert await api.rows("SELECT * FROM users.outbox") == []


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({"source": SOURCE, "calls": {"parts/a.yaml": "part"}}, ("TM456", "/source", 3)),
        ({**SAVED, "calls": {}}, ("TM456", "/source", 5)),
        ({"source": SOURCE, "files": ALONG}, ("called_flow_not_kept", "/files/parts~1a.yaml", None)),
        ({**SAVED, "definition": {"name": "x", "steps": []}}, ("value_error", "", None)),
    ],
)
async def test_a_flow_is_not_kept_without_what_it_names(api: Any, body: Any, fault: Any) -> None:
    answer = await api.client.post(FLOWS, json=body)

    assert answer.status_code == 422
    assert fault in faults(answer)
    assert api.storage.flows == {}


async def test_yaml_alone_is_refused_where_it_names_files(api: Any) -> None:
    answer = await api.client.post(FLOWS, content=SOURCE, headers={"content-type": "application/yaml"})

    assert (answer.status_code, answer.json()["code"]) == (422, "flow_incomplete")
    assert faults(answer) == [("TM456", "/data/file", 3), ("TM456", "/steps/0/config/flow", 5)]


async def test_files_over_the_limit_are_refused_and_up_to_it_taken(api: Any) -> None:
    most = json.dumps("x" * (MOST_FILE_BYTES - 2))
    for text, status in ((most, 201), (most + " ", 413)):
        body = {"source": "name: big\ndata: {file: r.json}\nsteps: [{action: log, config: {message: x}}]\n"}
        answer = await api.client.post(FLOWS, json={**body, "files": packed(**{"r.json": text})})
        assert answer.status_code == status, answer.text[:300]
    assert (answer.json()["code"], answer.json()["errors"][0]["pointer"]) == ("files_too_large", "/files")


async def test_a_kept_flow_is_not_given_other_files_for_one_execution(api: Any) -> None:
    flow = await api.create_flow()

    answer = await api.client.post(EXECUTIONS, json={"flow_id": flow["id"], "files": ALONG})

    assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid")


async def test_a_check_looks_at_what_came_along(api: Any) -> None:
    whole = await api.client.post(f"{FLOWS}/validate", json={"source": SOURCE, "files": ALONG})
    torn = await api.client.post(f"{FLOWS}/validate", json={"source": SOURCE, "calls": {"parts/a.yaml": "part"}})

    assert whole.status_code == 200, whole.text
    assert faults(torn) == [("TM456", "/source", 3)]


async def test_a_file_that_a_step_sends_comes_along_or_is_missed_at_its_place(api: Any) -> None:
    config = "{method: POST, url: 'http://h/', files: {a: notes/a.txt, b: {text: x}, c: '${c}.txt'}}"
    source = f"name: sends\nenv: {{c: c}}\nsteps:\n  - {{id: s, action: http_request, config: {config}}}\n"

    kept = await api.client.post(FLOWS, json={"source": source, "files": packed(**{"notes/a.txt": "hi"})})
    missed = await api.client.post(FLOWS, json={"source": source})

    assert kept.status_code == 201, kept.text
    assert kept.json()["files"] == {"notes/a.txt": {"digest": digest("hi"), "size_bytes": 2}}
    assert missed.status_code == 422
    assert [(found["code"], found["line"]) for found in missed.json()["errors"]] == [("TM456", 4)]
