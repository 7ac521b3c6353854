"""Flows over HTTP."""

import asyncio
import hashlib
from typing import Any
from uuid import uuid4

import pytest

pytestmark = pytest.mark.integration
YAML = {"content-type": "application/yaml"}
FLOW = "name: checkout\nsteps:\n  - action: log\n    config: {message: hello}\n"


async def test_a_flow_is_kept_with_its_source_as_written(api: Any) -> None:
    source = "# a comment\n" + FLOW
    answer = await api.client.post("/api/v1/flows", content=source, headers=YAML)

    assert answer.status_code == 201
    flow = answer.json()
    assert answer.headers["etag"] == '"1"'
    assert answer.headers["location"] == f"/api/v1/flows/{flow['id']}"
    again = await api.client.get(answer.headers["location"])
    assert again.json()["source"] == source
    assert again.headers["etag"] == '"1"'
    versions = (await api.client.get(answer.headers["location"] + "/versions")).json()
    assert [item["version"] for item in versions["items"]] == [1]


async def test_a_definition_in_json_becomes_a_readable_source(api: Any) -> None:
    definition = {"name": "in json", "steps": [{"action": "log", "config": {"message": "grüße"}}]}
    answer = await api.client.post("/api/v1/flows", json={"definition": definition})

    assert answer.status_code == 201
    assert "\n  " in answer.json()["source"]
    assert "grüße" in answer.json()["source"]
    assert answer.json()["definition"] == definition


async def test_a_typo_is_told_with_line_column_and_the_nearest_key(api: Any) -> None:
    source = FLOW + "  - actoin: log\n"
    for path in ("/api/v1/flows", "/api/v1/flows/validate"):
        answer = await api.client.post(path, content=source, headers=YAML)

        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        problem = answer.json()
        assert problem["code"] == "flow_invalid"
        first = next(error for error in problem["errors"] if error["code"] == "TM203")
        assert (first["line"], first["column"], first["pointer"]) == (5, 5, "/steps/1/actoin")
        assert "action" in first["hint"]
        assert len(problem["trace_id"]) == 32


async def test_a_valid_source_is_told_so_and_not_kept(api: Any) -> None:
    answer = await api.client.post("/api/v1/flows/validate", content=FLOW, headers=YAML)

    assert answer.status_code == 200
    assert answer.json()["valid"] is True
    assert answer.json()["steps"] == 1
    assert api.storage.flows == {}


async def test_a_taken_name_is_a_conflict(api: Any) -> None:
    await api.create_flow()
    answer = await api.client.post("/api/v1/flows", content=FLOW, headers=YAML)

    assert answer.status_code == 409
    assert answer.json()["code"] == "flow_name_taken"


async def test_a_change_needs_the_version_that_it_changes(api: Any) -> None:
    flow = await api.create_flow()
    path = f"/api/v1/flows/{flow['id']}"
    changed = FLOW + "description: changed\n"

    assert (await api.client.put(path, content=changed, headers=YAML)).status_code == 428
    assert (await api.client.delete(path)).status_code == 428
    for stale in ('"7"', 'W/"1"', "nonsense", '"2", "3"'):
        answer = await api.client.put(path, content=changed, headers={**YAML, "if-match": stale})
        assert (answer.status_code, answer.json()["code"]) == (412, "version_stale")
    answer = await api.client.put(path, content=changed, headers={**YAML, "if-match": '"1"'})
    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    answer = await api.client.put(path, content=changed, headers={**YAML, "if-match": "*"})
    assert (answer.status_code, answer.headers["etag"]) == (200, '"3"')
    assert (await api.client.delete(path, headers={"if-match": '"3"'})).status_code == 204
    assert (await api.client.get(path)).status_code == 404
    assert (await api.client.delete(path, headers={"if-match": '"3"'})).status_code == 404


async def test_the_same_key_makes_one_flow_and_gives_the_same_answer(api: Any) -> None:
    key = {"idempotency-key": str(uuid4())}
    first = await api.client.post("/api/v1/flows", content=FLOW, headers={**YAML, **key})
    again = await api.client.post("/api/v1/flows", content=FLOW, headers={**YAML, **key})
    other = await api.client.post("/api/v1/flows", content=FLOW + "suite: a\n", headers={**YAML, **key})

    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert len(api.storage.flows) == 1


async def test_a_refused_request_leaves_its_key_free(api: Any) -> None:
    await api.create_flow()
    key = {**YAML, "idempotency-key": "k"}

    assert (await api.client.post("/api/v1/flows", content=FLOW, headers=key)).status_code == 409
    other = FLOW.replace("checkout", "other")
    assert (await api.client.post("/api/v1/flows", content=other, headers=key)).status_code == 201


async def test_a_large_source_is_in_the_folder_of_artifacts_under_its_digest(api: Any) -> None:
    source = FLOW + "# " + "x" * 20_000 + "\n"
    await api.create_flow(source)

    digest = hashlib.sha256(source.encode()).hexdigest()
    folder = api.gateway.settings.artifacts_dir / "flows"
    assert [path.name for path in folder.iterdir()] == [digest]
    assert (folder / digest).read_bytes() == source.encode()


async def test_lists_come_in_pages_that_cover_everything_once(api: Any) -> None:
    names = {f"flow {number}" for number in range(5)}
    for name in sorted(names):
        await api.create_flow(FLOW.replace("checkout", name))
    found, path = [], "/api/v1/flows?limit=2"
    while path:
        answer = await api.client.get(path)
        assert answer.status_code == 200
        found += [item["name"] for item in answer.json()["items"]]
        assert answer.json()["total_estimate"] == 5
        path = answer.headers.get("link", "").partition(">")[0].lstrip("<")

    assert sorted(found) == sorted(names)


async def test_a_cursor_of_another_list_is_refused(api: Any) -> None:
    await api.create_flow()
    cursor = (await api.client.get("/api/v1/flows?limit=1")).json()["next_cursor"]

    for wrong in (cursor[:-2] + "AA", "a", "%00", "é", cursor):
        answer = await api.client.get(f"/api/v1/environments?cursor={wrong}")
        assert (answer.status_code, answer.json()["code"]) == (400, "cursor_invalid")


async def test_who_changed_what_is_audited_before_and_after(api: Any) -> None:
    flow = await api.create_flow()
    await api.client.post("/api/v1/flows", content=FLOW, headers=YAML)

    rows = await api.rows("SELECT principal, action, subject, outcome FROM users.audit_events ORDER BY id")
    assert [(row["action"], row["outcome"]) for row in rows] == [
        ("flow.create", "intended"),
        ("flow.create", "done"),
        ("flow.create", "intended"),
        ("flow.create", "flow_name_taken"),
    ]
    assert {row["principal"] for row in rows} == {"local"}
    assert rows[0]["subject"] == flow["id"]


async def test_audit_events_are_only_ever_added(api: Any) -> None:
    await api.create_flow()
    async with api.gateway.database.connection() as connection:
        for change in ("DELETE FROM users.audit_events", "UPDATE users.audit_events SET outcome = 'x'"):
            with pytest.raises(Exception, match="only ever added"):
                await connection.execute(change)


async def test_environments_are_created_changed_and_removed(api: Any) -> None:
    body = {"name": "staging", "description": "near the real one", "variables": {"base": "http://a", "n": [1, None]}}
    made = await api.client.post("/api/v1/environments", json=body)

    assert made.status_code == 201
    path = made.headers["location"]
    assert made.json()["variables"] == body["variables"]
    assert (await api.client.get(path)).headers["etag"] == '"1"'
    assert (await api.client.post("/api/v1/environments", json=body)).json()["code"] == "environment_name_taken"
    assert (await api.client.put(path, json=body)).status_code == 428
    changed = await api.client.put(path, json={**body, "name": "live"}, headers={"if-match": '"1"'})
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    assert (await api.client.delete(path, headers={"if-match": '"1"'})).status_code == 412
    assert (await api.client.delete(path, headers={"if-match": '"2"'})).status_code == 204
    assert (await api.client.get("/api/v1/environments")).json()["items"] == []


async def test_where_an_environment_may_connect_to_is_kept_and_shown(api: Any) -> None:
    egress = {"allow": ["10.1.0.0/16:5432", "*.shop.internal"], "private": False, "loopback": None, "public": None}
    body = {"name": "staging", "egress": {"allow": egress["allow"], "private": False}}
    made = await api.client.post("/api/v1/environments", json=body)
    assert made.json()["egress"] == egress
    assert (await api.client.get(made.headers["location"])).json()["egress"] == egress

    change = {"name": "staging", "egress": None}
    changed = await api.client.put(made.headers["location"], json=change, headers={"if-match": '"1"'})
    assert changed.json()["egress"] is None


@pytest.mark.parametrize(
    ("egress", "pointer", "code"),
    [
        ({"allow": ["10.0.0.1", "127.1"]}, "/egress/allow/1", "egress_entry_invalid"),
        ({"allow": ["*"]}, "/egress/allow/0", "egress_entry_invalid"),
        ({"allow": [7]}, "/egress/allow/0", "string_type"),
        ({"allow": ["a.b"] * 201}, "/egress/allow", "too_long"),
        ({"private": "perhaps"}, "/egress/private", "bool_parsing"),
        ({"open": True}, "/egress/open", "extra_forbidden"),
    ],
)
async def test_egress_that_is_none_is_refused_at_its_place(api: Any, egress: Any, pointer: str, code: str) -> None:
    refused = await api.client.post("/api/v1/environments", json={"name": "e", "egress": egress})

    assert refused.status_code == 422
    assert [(fault["pointer"], fault["code"]) for fault in refused.json()["errors"]] == [(pointer, code)]


async def test_no_answer_in_time_promises_nothing_and_the_same_key_may_be_sent_again(api: Any) -> None:
    key = {**YAML, "idempotency-key": "later"}
    api.storage.away = asyncio.Event()
    answer = await api.client.post("/api/v1/flows", content=FLOW, headers=key)
    api.storage.away.set()

    assert (answer.status_code, answer.json()["code"]) == (503, "no_answer")
    assert answer.headers["retry-after"] == "1"
    assert (await api.client.post("/api/v1/flows", content=FLOW, headers=key)).status_code == 201
    assert len(api.storage.flows) == 1
