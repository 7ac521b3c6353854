"""What a flow on a server may not ask: the platform's own database, and files of the machine."""

import json

import pytest

pytestmark = pytest.mark.integration


def asks(dsn):
    step = {"id": "a", "action": "database_query", "config": {"connection": dsn, "query": "SELECT 1 AS one"}}
    return json.dumps({"name": "asks", "steps": [step]})


async def end_of(house, request):
    await house.ask(request)
    house.start_runner()
    await house.until_finished(request)
    [end] = house.finished[request.execution_id]
    return end


async def test_a_flow_cannot_ask_the_database_that_the_runner_works_with(house):
    scheme, _, rest = house.owner_url.partition("://")
    own = f"{scheme.partition('+')[0]}://{rest}"

    end = await end_of(house, house.request(asks(own)))

    assert (end["status"], end["error_code"]) == ("error", "TM513")


async def test_a_flow_cannot_open_a_file_of_the_runners_machine(house, tmp_path):
    end = await end_of(house, house.request(asks(f"sqlite:///{tmp_path}/a.sqlite3")))

    assert (end["status"], end["error_code"]) == ("error", "TM514")
    assert not (tmp_path / "a.sqlite3").exists()


async def test_a_flow_may_work_with_a_database_in_memory(house):
    assert (await end_of(house, house.request(asks("sqlite:///:memory:"))))["status"] == "passed"
