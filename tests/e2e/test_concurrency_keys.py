"""Flows that share a key, on the whole product: what a waiting one shows, and what becomes of it."""

import pytest
from tests.house.running import House, wait

pytestmark = pytest.mark.e2e

FLOW = """name: deploy
env: {region: eu}
concurrency: {key: "deploy-${region}"}
steps:
  - {action: delay, config: {duration: DURATION}}
"""


def _running(house: House, execution_id: str) -> None:
    wait(lambda: house.execution(execution_id)["status"] == "running", f"{execution_id} to run", 30)


def _waiting_for(house: House, execution_id: str, holder: str) -> None:
    found = wait(lambda: house.execution(execution_id)["delayed_reason"], f"{execution_id} to say why it waits", 30)
    assert found.startswith(f"concurrency key deploy-eu held by {holder}"), found
    assert house.execution(execution_id)["status"] == "pending"


def test_a_waiting_execution_says_for_whom_is_cancelled_at_once_or_runs_when_the_holder_has_ended(house: House):
    [holder] = house.start_executions(FLOW.replace("DURATION", "60s"))
    _running(house, holder)
    [unwanted] = house.start_executions(FLOW.replace("DURATION", "60s"))
    [next_one] = house.start_executions(FLOW.replace("DURATION", "100ms"))
    _waiting_for(house, unwanted, holder)
    _waiting_for(house, next_one, holder)

    assert house.api.post(f"/executions/{unwanted}/cancel").status_code == 202
    assert house.until_finished(unwanted, within_s=3)["status"] == "cancelled"
    assert house.execution(holder)["status"] == "running"
    assert house.api.post(f"/executions/{holder}/cancel").status_code == 202
    ended, found = house.until_finished(holder), house.until_finished(next_one)

    assert (ended["status"], found["status"]) == ("cancelled", "passed")
    assert ended["finished_at"] <= found["started_at"]
    assert found.get("delayed_reason") is None
    assert not found["steps"][0]["error_code"]
    assert (found["run"], found["lost_events"]) == (1, 0)


def test_when_the_runner_is_killed_the_holder_is_run_again_before_the_next(house: House):
    [holder] = house.start_executions(FLOW.replace("DURATION", "4s"))
    _running(house, holder)
    [next_one] = house.start_executions(FLOW.replace("DURATION", "100ms"))
    _waiting_for(house, next_one, holder)

    house.kill("runner")
    again, found = house.until_finished(holder), house.until_finished(next_one)

    assert (again["status"], again["run"]) == ("passed", 2)
    assert (found["status"], found["run"]) == ("passed", 1)
    assert again["finished_at"] <= found["started_at"]
