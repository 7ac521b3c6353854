"""What was run in a terminal stands on the server like any other execution, once, whatever dies in between."""

import asyncio
import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from tests.house.listener import ResultListener
from tests.house.running import TESTMESH, House, wait

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio]
PASSES = """\
name: {name}
steps:
  - id: order
    action: set
    config: {{total: 3}}
    output: {{total: total}}
    assert: [total == 3]
  - {{id: say, action: log, config: {{message: "total ${{total}}"}}}}
"""
FAILS = PASSES.replace("total == 3", "total == 4")
LARGE = """\
name: large
steps:
  - id: each
    action: for_each
    config:
      range: 400
      steps:
        - {id: keep, action: log, config: {message: "MESSAGE"}}
  - {id: judge, action: assert, assert: [1 == 1]}
""".replace("MESSAGE", "x" * 2000)
SAME = ("path", "status", "input", "output", "outputs", "assertions", "attempts", "error_code", "error_message", "line")


class Author:
    """Somebody with a folder of flows and the command."""

    def __init__(self, house: House, folder: Path) -> None:
        self.house, self.folder = house, folder

    def write(self, name: str, source: str) -> None:
        (self.folder / f"{name}.yaml").write_text(source)

    def testmesh(self, *arguments: str, url: str | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
        command = [str(TESTMESH), *arguments, "--url", url or self.house.record["url"]]
        plain = {name: value for name, value in os.environ.items() if name not in {"CI", "GITHUB_SHA"}}
        return subprocess.run(
            command, cwd=self.folder, env=plain | environment, capture_output=True, text=True, timeout=120
        )

    def uploaded(self, *names: str, **environment: str) -> dict[str, dict[str, Any]]:
        """Run flows here and upload; return what the command itself says of them, by name."""
        files = [f"{name}.yaml" for name in names]
        done = self.testmesh("run", *files, "--upload", "-o", "json", **environment)
        assert not (self.folder / ".testmesh" / "unsent").is_dir() or not self.waiting(), done.stderr
        return {flow["name"]: flow for flow in json.loads(done.stdout)["flows"]}

    def waiting(self) -> list[Path]:
        return list((self.folder / ".testmesh" / "unsent").glob("*.json"))


@pytest.fixture
def author(house: House, tmp_path: Path) -> Author:
    return Author(house, tmp_path)


def told(step: dict[str, Any]) -> dict[str, Any]:
    """Return what is to be the same; of a step that a runner ran an empty value is recorded as none, too."""
    return {name: step[name] or None for name in SAME}


def told_in_order(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A server lists steps as they began, the command as they ended."""
    return [told(step) for step in sorted(steps, key=lambda step: step["number"])]


async def test_a_failing_and_a_passing_run_stand_on_the_server_as_they_were_here(author: Author):
    author.write("good", PASSES.format(name="good"))
    author.write("bad", FAILS.format(name="bad"))
    with ResultListener(author.house.record["redis_url"]) as listener:
        flows = author.uploaded("good", "bad", CI="true", GITHUB_SHA="9f2c1e7", GITHUB_REF_NAME="main")
        views = {name: author.house.until_finished(flow["execution_id"]) for name, flow in flows.items()}
        ids = [flow["execution_id"] for flow in flows.values()]
        wait(lambda: all(listener.event_ids.get(one) for one in ids), "both results to be said", 30)

    listed = {item["id"]: item for item in author.house.api.get("/executions").json()["items"]}
    for name, status in (("good", "passed"), ("bad", "failed")):
        view, flow = views[name], flows[name]
        assert (view["status"], view["flow_name"], view["trigger_type"]) == (status, name, "ci")
        assert (view["error_code"], view["error_message"]) == (flow["error_code"], flow["error_message"])
        assert view["labels"] == {"commit": "9f2c1e7", "branch": "main"}
        assert view["upload"]["seed"] is not None
        assert view["step_counts"] == flow["step_counts"]
        assert [told(step) for step in view["steps"]] == told_in_order(flow["steps"])
        assert [planned["path"] for planned in view["planned"]] == ["order", "say"]
        assert listed[view["id"]]["status"] == status
        assert listener.statuses[view["id"]] == {status}
        assert len(listener.event_ids[view["id"]]) == 1
    lines = author.house.api.get(f"/executions/{views['good']['id']}/logs").json()["items"]
    assert [line["message"] for line in lines] == ["total 3"]

    shown = author.testmesh("results", views["bad"]["id"])
    assert shown.returncode == 1
    assert "total == 4" in shown.stdout


async def test_a_run_of_a_flow_that_the_server_has_is_one_of_that_flow_in_its_version(author: Author):
    author.write("known", PASSES.format(name="known"))
    author.testmesh("push", "known.yaml")
    (flow,) = author.house.api.get("/flows", params={"name": "known"}).json()["items"]
    same = author.house.until_finished(author.uploaded("known")["known"]["execution_id"])
    author.write("known", FAILS.format(name="known"))
    other = author.house.until_finished(author.uploaded("known")["known"]["execution_id"])

    assert (same["flow_id"], same["flow_version"]) == (flow["id"], 1)
    assert (other["flow_id"], other["flow_version"]) == (flow["id"], None)
    of_flow = author.house.api.get("/executions", params={"flow_id": flow["id"]}).json()["items"]
    assert [item["id"] for item in of_flow] == [other["id"], same["id"]]


async def test_a_result_that_is_sent_again_is_there_once_and_never_over_another(author: Author):
    author.write("again", PASSES.format(name="again"))
    nobody = author.testmesh("run", "again.yaml", "--upload", url="http://127.0.0.1:1")
    (file,) = author.waiting()
    document = json.loads(file.read_text())
    api = author.house.api
    first = api.post("/executions/upload", json=document, headers={"Prefer": "wait=20"})
    second = api.post("/executions/upload", json=document)
    by_command = author.testmesh("upload")
    other = api.post("/executions/upload", json={**document, "labels": {"branch": "x"}})
    run_here = author.house.start_executions(PASSES.format(name="again"))[0]
    over = api.post("/executions/upload", json={**document, "id": run_here})
    author.house.until_finished(run_here)
    over_its_end = api.post("/executions/upload", json={**document, "id": run_here})

    assert nobody.returncode == 6
    assert (first.status_code, first.json()["status"]) == (201, "passed")
    assert (second.status_code, second.json()["status"]) == (202, "passed")
    assert (by_command.returncode, author.waiting()) == (0, [])
    for answer in (other, over, over_its_end):
        assert (answer.status_code, answer.json()["code"]) == (409, "execution_taken")
    assert author.house.execution(run_here)["upload"] is None
    rows = await author.house.rows("SELECT count(*) FROM executions.outbox WHERE execution = $1", UUID(document["id"]))
    assert rows[0]["count"] == 1


async def test_a_large_result_is_there_with_all_its_steps(author: Author):
    author.write("large", LARGE)
    flow = author.uploaded("large")["large"]
    view = author.house.until_finished(flow["execution_id"])

    assert view["status"] == "passed"
    assert [told(step) for step in view["steps"]] == told_in_order(flow["steps"])
    assert len(view["steps"]) == 402


async def test_a_storage_that_is_killed_while_results_come_loses_none_of_them(author: Author):
    for number in range(30):
        author.write(f"f{number}", PASSES.format(name=f"f{number}"))
    house = author.house
    stopped = house.pid("storage")
    with ResultListener(house.record["redis_url"]) as listener:
        os.kill(stopped, signal.SIGSTOP)
        flows = author.uploaded(*(f"f{number}" for number in range(30)))
        killed = house.kill("storage")
        house.until_restarted("storage", killed)
        ids = [flow["execution_id"] for flow in flows.values()]
        views = [house.until_finished(one) for one in ids]
        wait(lambda: all(listener.event_ids.get(one) for one in ids), "every result to be said", 30)

    assert {view["status"] for view in views} == {"passed"}
    assert {len(view["steps"]) for view in views} == {2}
    assert {len(listener.event_ids[one]) for one in ids} == {1}

    async def confirmed() -> int:
        rows = await house.rows("SELECT count(*) FROM users.outbox WHERE key = ANY($1)", [UUID(one) for one in ids])
        return rows[0]["count"]

    async with asyncio.timeout(30):
        while await confirmed():
            await asyncio.sleep(0.1)


async def test_a_flushed_stream_delays_results_and_loses_none(author: Author):
    author.write("flushed", PASSES.format(name="flushed"))
    house = author.house
    redis = house.redis()
    os.kill(house.pid("storage"), signal.SIGSTOP)
    try:
        flow = author.uploaded("flushed")["flushed"]
        await redis.flushall()
    finally:
        os.kill(house.pid("storage"), signal.SIGCONT)
    await redis.aclose()

    assert house.until_finished(flow["execution_id"])["status"] == "passed"
