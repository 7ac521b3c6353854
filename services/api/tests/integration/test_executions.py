"""Executions over HTTP: accepted durably, answered at once, awaited without asking again."""

import asyncio
import re
from typing import Any
from uuid import uuid4

import pytest

from testmesh_contracts.executions import ExecutionRequested
from testmesh_contracts.queries import GetExecution, ResolveExecution

pytestmark = pytest.mark.integration
PATH = "/api/v1/executions"
DEFINITION = {"name": "inline", "steps": [{"action": "log", "config": {"message": "hello"}}]}
INPUTS = "inputs:\n  count: {type: integer, required: true}\n  label: {type: string}\n"
FLOW = "name: checkout\nsteps:\n  - action: log\n    config: {message: hello}\n"


async def request_of(api: Any, execution_id: str) -> ExecutionRequested:
    rows = await api.rows("SELECT body FROM users.outbox WHERE key = $1", execution_id)
    return ExecutionRequested.model_validate_json(rows[0]["body"])


async def test_a_get_right_after_the_post_answers_pending(api: Any) -> None:
    flow = await api.create_flow()
    answer = await api.client.post(PATH, json={"flow_id": flow["id"], "labels": {"commit": "abc"}})

    assert answer.status_code == 202
    assert answer.json()["status"] == "pending"
    assert answer.headers["location"] == f"{PATH}/{answer.json()['id']}"
    found = (await api.client.get(answer.headers["location"])).json()
    assert (found["status"], found["flow_name"], found["labels"]) == ("pending", "checkout", {"commit": "abc"})
    steps = await api.client.get(answer.headers["location"] + "/steps")
    assert (steps.status_code, steps.json()["items"]) == (200, [])


async def test_what_is_accepted_is_said_on_the_topic_of_its_priority(api: Any) -> None:
    answer = await api.client.post(PATH, json={"definition": DEFINITION, "priority": "high", "timeout": "1m30s"})

    said = []
    for _ in range(100):
        said = await api.storage_bus.client.xrange("testmesh.executions.requests.high.v1")
        if said:
            break
        await asyncio.sleep(0.02)
    message = ExecutionRequested.model_validate_json(said[0][1][b"body"])
    assert str(message.execution_id) == answer.json()["id"]
    assert message.timeout_ms == 90_000
    assert message.body.source is not None
    assert message.trigger_type == "api"


async def test_callers_variables_lie_over_those_of_the_environment(api: Any) -> None:
    environment = {"name": "staging", "variables": {"a": 1, "b": 2}}
    await api.client.post("/api/v1/environments", json=environment)
    order = {"definition": DEFINITION, "environment": "staging", "variables": {"b": 3}}
    answer = await api.client.post(PATH, json=order)

    message = await request_of(api, answer.json()["id"])
    assert message.variables == {"a": 1, "b": 3}
    assert message.environment == "staging"


@pytest.mark.parametrize("kept", [True, False])
async def test_an_execution_takes_along_where_its_environment_may_connect_to(api: Any, kept: bool) -> None:
    egress = {"allow": ["10.0.0.0/8:5432"], "loopback": True}
    await api.client.post("/api/v1/environments", json={"name": "staging", "egress": egress})
    flow = {"flow_id": (await api.create_flow())["id"]} if kept else {"definition": DEFINITION}
    found = []
    for order in ({**flow, "environment": "staging"}, flow):
        answer = await api.client.post(PATH, json=order)
        found.append((await request_of(api, answer.json()["id"])).egress)

    assert found[0].model_dump(exclude_none=True) == egress
    assert found[1] is None


async def test_a_thousand_are_accepted_with_one_question_and_one_transaction(api: Any) -> None:
    flow = await api.create_flow()
    items = [{"flow_id": flow["id"], "inputs": {}, "variables": {"n": n}} for n in range(1000)]
    answer = await api.client.post(PATH, json={"items": items})

    assert answer.status_code == 202
    ids = [item["id"] for item in answer.json()["items"]]
    assert len(set(ids)) == 1000
    assert sum(isinstance(asked, ResolveExecution) for asked in api.storage.asked) == 1
    assert (await api.rows("SELECT count(DISTINCT xmin::text), count(*) FROM users.outbox"))[0] == (1, 1000)
    assert (await request_of(api, ids[7])).variables == {"n": 7}
    assert str((await request_of(api, ids[7])).batch_id) == answer.json()["batch_id"]


@pytest.mark.parametrize(
    ("item", "status", "code", "pointer"),
    [
        ({"flow_id": str(uuid4())}, 404, "flow_not_found", "/items/1/flow_id"),
        ({"definition": DEFINITION, "environment": "none"}, 404, "environment_not_found", "/items/1/environment"),
        ({"definition": {"name": "x", "stepz": []}}, 422, "TM203", "/items/1/definition/stepz"),
        ({"source": "name: x\n"}, 422, "TM202", "/items/1/source"),
        ({"definition": DEFINITION, "inputs": {"n": 1}}, 422, "inputs_invalid", "/items/1/inputs/n"),
        ({}, 422, "value_error", "/items/1"),
        ({"definition": DEFINITION, "timeout": "10"}, 422, "value_error", "/items/1/timeout"),
        ({"definition": DEFINITION, "timeout": "25h"}, 422, "value_error", "/items/1/timeout"),
        ({"definition": DEFINITION, "timeout": "999999999999h"}, 422, "value_error", "/items/1/timeout"),
        ({"definition": DEFINITION, "priority": "urgent"}, 422, "literal_error", "/items/1/priority"),
        ({"definition": DEFINITION, "prioriti": "high"}, 422, "extra_forbidden", "/items/1/prioriti"),
        ({"definition": DEFINITION, "variables": {"v": "x" * 300_000}}, 413, "message_too_large", "/items/1"),
        ({"definition": DEFINITION, "variables": {"v": "\x00"}}, 422, "text_not_storable", "/items/1/variables/v"),
    ],
)
async def test_nothing_is_accepted_in_part(api: Any, item: Any, status: int, code: str, pointer: str) -> None:
    answer = await api.client.post(PATH, json={"items": [{"definition": DEFINITION}, item]})

    assert answer.status_code == status
    assert {(error["code"], error["pointer"]) for error in answer.json()["errors"]} >= {(code, pointer)}
    assert await api.rows("SELECT * FROM users.outbox") == []


async def test_executions_that_together_are_too_large_are_refused_with_how_many_fit(api: Any) -> None:
    environment = {"name": "staging", "variables": {"v": "x" * 200_000}}
    await api.client.post("/api/v1/environments", json=environment)
    order = {"definition": DEFINITION, "environment": "staging"}
    answer = await api.client.post(PATH, json={"items": [order] * 200})

    assert (answer.status_code, answer.json()["code"]) == (413, "batch_too_large")
    assert await api.rows("SELECT * FROM users.outbox") == []
    fitting = int(re.search(r"the first (\d+) fit", answer.json()["detail"])[1])  # type: ignore[index]
    assert (await api.client.post(PATH, json={"items": [order] * (fitting + 1)})).status_code == 413
    assert (await api.client.post(PATH, json={"items": [order] * fitting})).status_code == 202


async def test_inputs_are_checked_by_what_the_flow_declares(api: Any) -> None:
    flow = await api.create_flow(FLOW + INPUTS)

    for inputs in ({}, {"count": "1"}, {"count": True}, {"count": 1, "label": 2}, {"count": 1, "other": 1}):
        answer = await api.client.post(PATH, json={"flow_id": flow["id"], "inputs": inputs})
        assert (answer.status_code, answer.json()["code"]) == (422, "inputs_invalid")
    answer = await api.client.post(PATH, json={"flow_id": flow["id"], "inputs": {"count": 1, "label": "a"}})
    assert answer.status_code == 202


async def test_a_variable_or_a_row_gives_a_required_input_its_value(api: Any) -> None:
    rows = "data: [{count: 1}]\n"
    orders = [{"source": FLOW + INPUTS, "variables": {"count": 1}}, {"source": FLOW + INPUTS + rows}]
    answer = await api.client.post(PATH, json={"items": orders})

    assert answer.status_code == 202, answer.text


async def test_the_same_key_starts_one_execution(api: Any) -> None:
    key = {"idempotency-key": "again"}
    posts = [api.client.post(PATH, json={"definition": DEFINITION}, headers=key) for _ in range(5)]
    answers = await asyncio.gather(*posts)

    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.content for answer in answers}) == 1
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert len(await api.rows("SELECT * FROM users.outbox")) == 1
    other = await api.client.post(PATH, json={"definition": {**DEFINITION, "name": "other"}}, headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_a_key_is_free_again_after_a_day(api: Any) -> None:
    key = {"idempotency-key": "daily"}
    first = await api.client.post(PATH, json={"definition": DEFINITION}, headers=key)
    await api.rows("UPDATE users.idempotency_keys SET created_at = created_at - interval '25 hours'")
    second = await api.client.post(PATH, json={"definition": {**DEFINITION, "name": "other"}}, headers=key)

    assert second.status_code == 202
    assert first.json()["id"] != second.json()["id"]


async def test_who_prefers_to_wait_gets_the_finished_execution(api: Any) -> None:
    waiting = asyncio.create_task(api.client.post(PATH, json={"definition": DEFINITION}, headers={"prefer": "wait=20"}))
    execution_id = await accepted_id(api)
    await asked_for(api, execution_id)
    await api.finish(execution_id)
    answer = await waiting

    assert answer.status_code == 201
    assert (answer.json()["id"], answer.json()["status"]) == (execution_id, "passed")
    assert answer.headers["preference-applied"] == "wait=20"
    questions = [asked for asked in api.storage.asked if isinstance(asked, GetExecution)]
    assert len(questions) <= 5


async def test_who_waits_in_vain_is_told_that_it_is_accepted(api: Any) -> None:
    answer = await api.client.post(PATH, json={"definition": DEFINITION}, headers={"prefer": "wait=0"})

    assert (answer.status_code, answer.json()["status"]) == (202, "pending")


async def test_a_result_frees_the_outbox(api: Any) -> None:
    accepted = (await api.client.post(PATH, json={"definition": DEFINITION})).json()
    assert await api.outbox(accepted["id"]) == ["execution.requested"]
    await api.finish(accepted["id"])

    for _ in range(200):
        if not await api.outbox(accepted["id"]):
            break
        await asyncio.sleep(0.02)
    assert await api.outbox(accepted["id"]) == []
    assert (await api.client.get(f"{PATH}/{accepted['id']}")).json()["status"] == "passed"


async def test_a_cancel_is_written_once_however_often_it_is_asked_for(api: Any) -> None:
    accepted = (await api.client.post(PATH, json={"definition": DEFINITION})).json()
    for _ in range(2):
        answer = await api.client.post(f"{PATH}/{accepted['id']}/cancel")
        assert (answer.status_code, answer.json()["id"]) == (202, accepted["id"])

    assert await api.outbox(accepted["id"]) == ["execution.requested", "execution.cancel"]


async def test_a_finished_execution_cannot_be_cancelled(api: Any) -> None:
    accepted = (await api.client.post(PATH, json={"definition": DEFINITION})).json()
    await api.finish(accepted["id"])
    answer = await api.client.post(f"{PATH}/{accepted['id']}/cancel")

    assert (answer.status_code, answer.json()["code"]) == (409, "execution_finished")


async def test_who_waits_for_a_cancel_gets_its_end(api: Any) -> None:
    accepted = (await api.client.post(PATH, json={"definition": DEFINITION})).json()
    waiting = asyncio.create_task(api.client.post(f"{PATH}/{accepted['id']}/cancel", headers={"prefer": "wait=20"}))
    for _ in range(200):
        if len(await api.outbox(accepted["id"])) == 2:
            break
        await asyncio.sleep(0.02)
    await api.finish(accepted["id"], "cancelled")
    answer = await waiting

    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")


async def test_what_nobody_accepted_is_not_found(api: Any) -> None:
    for call in (
        api.client.get(f"{PATH}/{uuid4()}"),
        api.client.get(f"{PATH}/{uuid4()}/steps"),
        api.client.post(f"{PATH}/{uuid4()}/cancel"),
    ):
        answer = await call
        assert (answer.status_code, answer.json()["code"]) == (404, "execution_not_found")


async def test_a_large_definition_travels_by_its_digest(api: Any) -> None:
    large = {**DEFINITION, "description": "x" * 20_000}
    answer = await api.client.post(PATH, json={"definition": large})

    body = (await request_of(api, answer.json()["id"])).body
    assert body.source is None
    assert (api.gateway.settings.artifacts_dir / "flows" / body.digest).is_file()


async def accepted_id(api: Any) -> str:
    for _ in range(200):
        rows = await api.rows("SELECT key FROM users.outbox")
        if rows:
            return str(rows[0]["key"])
        await asyncio.sleep(0.02)
    raise AssertionError("nothing was accepted")


async def asked_for(api: Any, execution_id: str) -> None:
    for _ in range(200):
        if any(isinstance(asked, GetExecution) for asked in api.storage.asked):
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"nobody asked for {execution_id}")
