"""Log lines over HTTP: every page once, to the last one, and where to go on listening."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from testmesh_contracts.executions import LogView
from testmesh_contracts.queries import ListLogs

pytestmark = pytest.mark.integration
PATH = "/api/v1/executions"
DEFINITION = {"name": "inline", "steps": [{"action": "log", "config": {"message": "hello"}}]}
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def lines(run: int, *seqs: int) -> list[LogView]:
    return [LogView(run=run, seq=seq, at=NOW, level="info", path="pay", message=f"{run}.{seq}") for seq in seqs]


@pytest.fixture
async def execution_id(api: Any) -> str:
    """An execution that storage knows, and that has logged in two runs."""
    accepted = (await api.client.post(PATH, json={"definition": DEFINITION})).json()
    await api.finish(accepted["id"])
    api.storage.logs[UUID(accepted["id"])] = lines(1, 2, 3, 9) + lines(2, 1, 4)
    api.storage.event_cursor = "0:5-0"
    found: str = accepted["id"]
    return found


async def walk(api: Any, path: str) -> list[dict[str, Any]]:
    """Return the pages that the Link headers lead to."""
    pages = []
    following: str | None = path
    while following is not None:
        answer = await api.client.get(following)
        assert answer.status_code == 200, answer.text
        pages.append(answer.json())
        assert ("next" in answer.links) == (pages[-1]["next_cursor"] is not None)
        following = answer.links["next"]["url"] if "next" in answer.links else None
    return pages


@pytest.mark.parametrize(("limit", "sizes"), [(1, [1] * 5), (2, [2, 2, 1]), (5, [5]), (1000, [5])])
async def test_pages_show_every_line_once_and_end_exactly(
    api: Any, execution_id: str, limit: int, sizes: list[int]
) -> None:
    pages = await walk(api, f"{PATH}/{execution_id}/logs?limit={limit}")

    assert [len(page["items"]) for page in pages] == sizes
    messages = [line["message"] for page in pages for line in page["items"]]
    assert messages == ["1.2", "1.3", "1.9", "2.1", "2.4"]
    assert {page["event_cursor"] for page in pages} == {"0:5-0"}


async def test_a_page_that_is_short_because_lines_are_long_is_not_the_last(api: Any, execution_id: str) -> None:
    api.storage.longest_page = 2
    pages = await walk(api, f"{PATH}/{execution_id}/logs?limit=100")

    assert [len(page["items"]) for page in pages] == [2, 2, 1]


async def test_lines_that_are_added_between_two_pages_come_once(api: Any, execution_id: str) -> None:
    kept = api.storage.logs[UUID(execution_id)]
    first = (await api.client.get(f"{PATH}/{execution_id}/logs?limit=5")).json()
    assert first["next_cursor"] is None
    one = (await api.client.get(f"{PATH}/{execution_id}/logs?limit=4")).json()
    kept += lines(2, 5, 8)
    api.storage.event_cursor = "0:7-0"
    two = (await api.client.get(f"{PATH}/{execution_id}/logs", params={"cursor": one["next_cursor"]})).json()

    assert [line["message"] for line in two["items"]] == ["2.4", "2.5", "2.8"]
    assert (two["next_cursor"], one["event_cursor"], two["event_cursor"]) == (None, "0:5-0", "0:7-0")


async def test_filters_are_asked_of_storage_and_kept_by_the_link(api: Any, execution_id: str) -> None:
    params = {"step": "pay[2]", "level": "warning", "q": "100% of_it", "limit": "2"}
    answer = await api.client.get(f"{PATH}/{execution_id}/logs", params=params)
    await api.client.get(answer.links["next"]["url"])

    first, second = [asked for asked in api.storage.asked if isinstance(asked, ListLogs)]
    assert (first.step, first.level, first.text, first.limit) == ("pay[2]", "warning", "100% of_it", 2)
    assert second == first.model_copy(update={"after_run": 1, "after_seq": 3})


async def test_an_empty_filter_is_none(api: Any, execution_id: str) -> None:
    await api.client.get(f"{PATH}/{execution_id}/logs?step=&q=")

    (asked,) = [asked for asked in api.storage.asked if isinstance(asked, ListLogs)]
    assert (asked.step, asked.level, asked.text, asked.limit) == (None, "debug", None, 200)


async def test_an_execution_that_storage_does_not_know_yet_has_an_empty_page(api: Any) -> None:
    accepted = (await api.client.post(PATH, json={"definition": DEFINITION})).json()
    answer = await api.client.get(f"{PATH}/{accepted['id']}/logs")

    assert answer.status_code == 200
    assert (answer.json()["items"], answer.json()["next_cursor"], answer.json()["event_cursor"]) == ([], None, None)


async def test_lines_of_what_nobody_accepted_are_not_found(api: Any) -> None:
    answer = await api.client.get(f"{PATH}/{uuid4()}/logs")

    assert (answer.status_code, answer.json()["code"]) == (404, "execution_not_found")


async def test_a_cursor_leads_on_in_the_execution_that_it_was_given_for_alone(api: Any, execution_id: str) -> None:
    page = (await api.client.get(f"{PATH}/{execution_id}/logs?limit=2")).json()
    for path in (f"{PATH}/{uuid4()}/logs", f"{PATH}/{execution_id}/steps", PATH):
        answer = await api.client.get(path, params={"cursor": page["next_cursor"]})
        assert (answer.status_code, answer.json()["code"]) == (400, "cursor_invalid")


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "level=fatal", "q=%00", "step=%00", "q=" + "x" * 501])
async def test_a_filter_that_is_none_is_a_problem(api: Any, query: str) -> None:
    answer = await api.client.get(f"{PATH}/{uuid4()}/logs?{query}")

    assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid")


async def test_a_list_of_executions_says_where_the_feed_was(api: Any, execution_id: str) -> None:
    page = (await api.client.get(PATH)).json()

    assert [item["id"] for item in page["items"]] == [execution_id]
    assert page["event_cursor"] == "0:5-0"
