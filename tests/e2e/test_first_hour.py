"""What somebody does in the first hour, with curl's means alone: Show 2 of the backbone."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.house.running import TERMINAL, TESTMESH, House, wait

pytestmark = pytest.mark.e2e
YAML = {"Content-Type": "application/yaml"}
FLOW = """\
# greets, and says what it saw
name: {name}
inputs:
  who: {{type: string, default: world}}
steps:
  - id: greet
    action: set
    config: {{greeting: "hello ${{who}}"}}
  - id: judge
    action: assert
    config: {{data: {{text: "${{greeting}}"}}}}
    assert:
      - data.text startsWith "hello"
      - data.text == "hello ${{who}}"
    output: {{seen: data.text}}
teardown:
  - {{id: bye, action: log, config: {{message: "bye ${{who}}"}}}}
outputs: {{said: seen}}
"""


def create(house: House, name: str, source: str | None = None):
    return house.api.post("/flows", content=source or FLOW.format(name=name), headers=YAML)


def test_a_flow_made_from_yaml_is_started_and_read_back_finished_with_all_that_it_did(house: House):
    created = create(house, "greeting")
    assert created.status_code == 201, created.text
    assert created.json()["source"] == FLOW.format(name="greeting")
    assert house.api.get(created.headers["Location"].removeprefix("/api/v1")).status_code == 200

    started = house.api.post(
        "/executions",
        json={"flow_id": created.json()["id"], "inputs": {"who": "you"}, "labels": {"branch": "main"}},
        headers={"Prefer": "wait=30"},
    )

    assert started.status_code == 201, started.text
    found = started.json()
    assert (found["status"], found["flow_name"], found["flow_version"]) == ("passed", "greeting", 1)
    assert found["outputs"] == {"said": "hello you"}
    assert found["labels"] == {"branch": "main"}
    assert found["duration_ms"] > 0
    steps = {step["step_id"]: step for step in house.api.get(f"/executions/{found['id']}").json()["steps"]}
    assert [step["status"] for step in steps.values()] == ["passed"] * 3
    assert steps["greet"]["input"] == {"greeting": "hello you"}
    assert steps["judge"]["outputs"] == {"seen": "hello you"}
    assert [outcome["holds"] for outcome in steps["judge"]["assertions"]] == [True, True]
    assert all(step["duration_ms"] >= 0 for step in steps.values())


def test_a_failure_is_kept_with_the_values_that_explain_it(house: House):
    source = "name: wrong\nsteps:\n  - {id: sum, action: assert, config: {data: {n: 3}}, assert: ['data.n == 4']}\n"
    started = house.api.post("/executions", json={"source": source}, headers={"Prefer": "wait=30"})

    assert started.json()["status"] == "failed"
    outcome = started.json()["steps"][0]["assertions"][0]
    assert (outcome["holds"], outcome["line"]) == (False, 3)
    assert {"text": "data.n", "value": 3} in outcome["operands"]


def test_a_typo_in_a_key_is_refused_with_line_column_and_the_nearest_key(house: House):
    answer = create(house, "typo", "name: typo\nsteps:\n  - action: log\n    confg: {message: x}\n")

    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    fault = next(fault for fault in answer.json()["errors"] if (fault["line"], fault["column"]) == (4, 5))
    assert "confg" in fault["detail"]
    assert '"config"' in fault["hint"]


def test_an_execution_is_found_from_the_moment_that_it_was_accepted(house: House):
    for _ in range(100):
        started = house.api.post("/executions", json={"source": FLOW.format(name="now")})
        assert started.status_code == 202
        found = house.api.get(started.headers["Location"].removeprefix("/api/v1"))
        assert found.status_code == 200, found.text
        assert found.json()["status"] in {"pending", "running", *TERMINAL}


def test_a_new_version_needs_the_version_that_it_changes(house: House):
    created = create(house, "versioned")
    path, tag = f"/flows/{created.json()['id']}", created.headers["ETag"]
    changed = FLOW.format(name="versioned").replace("hello", "good morning")

    assert house.api.put(path, content=changed, headers=YAML).status_code == 428
    updated = house.api.put(path, content=changed, headers={**YAML, "If-Match": tag})
    assert (updated.status_code, updated.json()["version"]) == (200, 2)
    assert house.api.put(path, content=changed, headers={**YAML, "If-Match": tag}).status_code == 412
    assert [version["version"] for version in house.api.get(f"{path}/versions").json()["items"]] == [2, 1]
    assert house.api.delete(path, headers={"If-Match": updated.headers["ETag"]}).status_code == 204
    assert house.api.get(path).status_code == 404


def test_the_same_key_starts_one_execution_and_another_body_under_it_is_refused(house: House):
    body, headers = {"source": FLOW.format(name="once")}, {"Idempotency-Key": "once-and-only-once"}
    first = house.api.post("/executions", json=body, headers=headers)
    second = house.api.post("/executions", json=body, headers=headers)
    other = house.api.post("/executions", json={**body, "priority": "high"}, headers=headers)

    assert first.json()["id"] == second.json()["id"]
    assert other.status_code == 422


def test_lists_go_page_by_page_to_the_end(house: House):
    started = set(house.start_executions(FLOW.format(name="paged"), 25))
    for execution in started:
        house.until_finished(execution)
    seen: list[str] = []
    page = house.api.get("/executions", params={"limit": 10}).json()
    seen += [item["id"] for item in page["items"]]
    while page["next_cursor"]:
        page = house.api.get("/executions", params={"limit": 10, "cursor": page["next_cursor"]}).json()
        seen += [item["id"] for item in page["items"]]

    assert len(seen) == len(set(seen))
    assert started <= set(seen)


def test_an_environments_variables_reach_the_flow_and_the_callers_lie_over_them(house: House):
    made = house.api.post("/environments", json={"name": "staging", "variables": {"who": "staging", "kept": 1}})
    assert made.status_code == 201, made.text
    source = "name: env\nsteps:\n  - {id: s, action: set, config: {seen: '${who} ${kept}'}}\noutputs: {seen: seen}\n"

    started = house.api.post(
        "/executions",
        json={"source": source, "environment": "staging", "variables": {"who": "caller"}},
        headers={"Prefer": "wait=30"},
    )

    assert started.json()["outputs"] == {"seen": "caller 1"}


def test_a_schedule_is_kept_refused_and_removed(house: House):
    flow = create(house, "scheduled")
    body = {
        "name": "nightly",
        "flow_id": flow.json()["id"],
        "cron_expression": "30 2 * * *",
        "timezone": "Europe/Berlin",
    }
    made = house.api.post("/schedules", json=body)
    assert (made.status_code, made.json()["enabled"]) == (201, True)
    assert made.json()["next_run_at"]

    assert house.api.post("/schedules", json=body).status_code == 409
    refused = house.api.post("/schedules", json={**body, "name": "b", "cron_expression": "soon"})
    assert (refused.status_code, refused.json()["code"]) == (422, "schedule_invalid")
    missing = house.api.post("/schedules", json={**body, "flow_id": "01890000-0000-7000-8000-000000000000"})
    assert missing.status_code == 404
    path = f"/schedules/{made.json()['id']}"
    assert house.api.delete(path, headers={"If-Match": made.headers["ETag"]}).status_code == 204
    assert house.api.get(path).status_code == 404


def test_the_command_pushes_and_runs_remotely_and_tells_the_same(house: House, tmp_path: Path):
    file = tmp_path / "flow.yaml"
    file.write_text(FLOW.format(name="by command"))

    environment = {**os.environ, "TESTMESH_URL": house.record["url"], "NO_COLOR": "1"}

    def testmesh(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([str(TESTMESH), *arguments], capture_output=True, text=True, env=environment, timeout=60)

    pushed, local, remote = (
        testmesh("push", str(file)),
        testmesh("run", str(file)),
        testmesh("run", "--remote", str(file)),
    )

    assert (pushed.returncode, local.returncode, remote.returncode) == (0, 0, 0), remote.stderr + pushed.stderr
    assert "judge" in local.stdout + local.stderr
    assert "judge" in remote.stdout + remote.stderr
    assert testmesh("results", "--last").returncode == 0


def test_a_subscriber_from_outside_hears_each_result_with_the_contracts_alone(house: House):
    program = Path(__file__).parents[2] / "examples" / "subscriber" / "main.py"
    process = subprocess.Popen(
        [sys.executable, str(program), "billing", "--redis", house.record["redis_url"]],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        started = house.start_executions(FLOW.format(name="heard"), 5)
        for execution in started:
            house.until_finished(execution)
        heard: set[str] = set()
        assert process.stdout is not None
        wait(lambda: heard.add(process.stdout.readline().split()[1]) or set(started) <= heard, "every result", 30)
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        process.stdout.close()
