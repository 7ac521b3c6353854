"""The language over HTTP: its schema and the actions, in the draft that an editor reads."""

from typing import Any

import pytest

from testmesh_engine.language.schema import flow_schema

pytestmark = pytest.mark.integration


@pytest.mark.parametrize(("query", "draft"), [("", "2020-12"), ("?draft=2020-12", "2020-12"), ("?draft=07", "07")])
async def test_the_schema_and_the_actions_come_in_the_draft_that_is_asked_for(api: Any, query: str, draft: Any) -> None:
    schema = (await api.client.get(f"/api/v1/schemas/flow.json{query}")).json()
    actions = (await api.client.get(f"/api/v1/actions{query}")).json()["items"]

    assert schema == flow_schema(draft=draft)
    assert {action["config"]["$schema"] for action in actions} == {schema["$schema"]}
    assert "http_request" in [action["name"] for action in actions]
    assert all(action["description"] for action in actions)


@pytest.mark.parametrize("path", ["schemas/flow.json", "actions"])
async def test_a_draft_that_nobody_wrote_is_a_problem(api: Any, path: str) -> None:
    answer = await api.client.get(f"/api/v1/{path}?draft=04")

    assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid")
