import json
import signal

import pytest

pytestmark = pytest.mark.integration

FLOW = """\
name: Order is paid
inputs: {count: {type: integer}}
env_file: my.env
env: {above: env}
steps:
  - id: read
    action: log
    config: {message: hi}
    assert: [level == "warning"]
"""
BROKEN = {
    "expression": 'level == "warning"',
    "holds": False,
    "operands": [{"text": "level", "value": "info"}],
    "line": 9,
    "column": 14,
}


def failed(api):
    broken = {"error_code": "TM420", "error_message": "assertion failed", "assertions": [BROKEN]}
    return api.view(
        "failed", api.step("read", "failed", **broken), error_code="TM420", error_message="step read failed"
    )


def run(testmesh, write, api, *arguments):
    write("my.env", "above=file\nbelow=file\n")
    write("order.yaml", FLOW)
    return testmesh("run", "order.yaml", "--remote", "--url", api.url, *arguments)


def test_a_remote_run_tells_each_step_once_and_ends_as_the_execution_does(testmesh, write, api):
    passed = api.step("read")
    api.views = [
        api.view("pending"),
        api.view("running", passed),
        api.view("running", passed, {**api.step("next", "running"), "finished_at": None}),
        api.view("passed", passed, api.step("next")),
    ]

    done = run(testmesh, write, api)

    assert done.returncode == 0, done.stdout + done.stderr
    assert [done.stdout.count(f"✓ {name}  log hi") for name in ("read", "next")] == [1, 1]
    assert f"execution {api.execution}" in done.stdout
    assert "1 passed, 0 failed, 0 errors" in done.stdout


def test_a_remote_failure_is_explained_as_a_local_one(testmesh, write, api):
    api.views = [failed(api)]

    done = run(testmesh, write, api, "-e", "staging")

    assert done.returncode == 1
    block = """\
      ✗ level == "warning"
        order.yaml:9:14
          9 |     assert: [level == "warning"]
            |              ^
          level      = "info"
          expected     "warning"
"""
    assert block in done.stdout
    assert f"run it again: testmesh run order.yaml --remote --url {api.url} -e staging\n" in done.stdout


def test_the_flow_its_variables_and_typed_inputs_are_sent_along(testmesh, write, api):
    api.views = [api.view("passed", api.step("read"))]

    run(testmesh, write, api, "--var", "count=3", "--var", "who=me", "-e", "staging")

    (order,) = api.orders.values()
    assert order["source"] == FLOW
    assert order["inputs"] == {"count": 3}
    assert order["variables"] == {"below": "file", "who": "me"}
    assert order["environment"] == "staging"


def test_every_end_has_its_exit_code(testmesh, write, api):
    refusals = {
        ("error", None): 3,
        ("cancelled", None): 3,
        ("passed", (404, "environment_not_found")): 4,
        ("passed", (422, "flow_invalid")): 2,
        ("passed", (500, "internal_error")): 6,
    }
    for (status, refusal), expected in refusals.items():
        api.views = [api.view(status, error_code="TM411", error_message="it took too long")]
        api.refuses = {("POST", "/executions"): api.problem(*refusal, "no")} if refusal else {}
        assert run(testmesh, write, api).returncode == expected, (status, refusal)


def test_nobody_at_the_address_is_told_with_who_named_it(testmesh, write, nobody):
    write("order.yaml", "name: x\nsteps: [{action: log, config: {message: hi}}]\n")

    done = testmesh("run", "order.yaml", "--remote", TESTMESH_URL=nobody)

    assert done.returncode == 6
    assert f"no TestMesh server answers at {nobody} (from TESTMESH_URL)" in done.stdout
    assert "testmesh server" in done.stdout


def test_something_else_at_the_address_is_no_server(testmesh, write, serve):
    write("order.yaml", "name: x\nsteps: [{action: log, config: {message: hi}}]\n")
    url = serve(lambda *_: (200, {"Content-Type": "text/html"}, b"<p>hello"))

    done = testmesh("run", "order.yaml", "--remote", "--url", url)

    assert done.returncode == 6
    assert "what answers there is no TestMesh server" in done.stdout


def test_the_server_that_runs_on_this_machine_is_found(testmesh, write, api):
    api.views = [api.view("passed", api.step("read"))]
    write("data/testmesh/server.json", json.dumps({"url": api.url}))
    write("order.yaml", "name: x\nsteps: [{action: log, config: {message: hi}}]\n")

    assert testmesh("run", "order.yaml", "--remote").returncode == 0


def test_an_outage_while_a_run_is_followed_does_not_lose_its_result(begin, write, api, until):
    api.views = [api.view("running")]
    write("order.yaml", "name: x\nsteps: [{action: log, config: {message: hi}}]\n")
    process = begin("run", "order.yaml", "--remote", "--url", api.url)
    until(lambda: api.asked.count(("GET", f"/executions/{api.execution}", "")) >= 2)

    api.away = 3
    api.views = [api.view("passed", api.step("read"))]
    out, words = process.communicate(timeout=30)

    assert process.returncode == 0, out
    assert api.away == 0
    assert words.splitlines() == [
        "testmesh: no live events (HTTP 404); the execution is asked for once a second instead",
        f"testmesh: the server at {api.url} is lost: HTTP 503; it is asked again for 60 s",
        f"testmesh: the server at {api.url} answers again",
    ]


def test_a_start_that_is_asked_for_again_is_one_start(testmesh, write, api):
    api.views = [api.view("passed", api.step("read"))]
    answer, seen = api.answer, []

    def lossy(method, path, headers, body):
        given = answer(method, path, headers, body)
        if method == "POST" and len(seen) < 2:
            seen.append(path)
            return api.problem(503, "no_answer", "no answer in time")
        return given

    api.answer = lossy
    api.refuses = {}
    done = run(testmesh, write, api)

    assert done.returncode == 0
    assert len(api.orders) == 1


def test_an_interrupt_cancels_the_execution_and_waits_for_its_end(begin, write, api, until):
    api.views = [api.view("running")]
    write("order.yaml", "name: x\nsteps: [{action: log, config: {message: hi}}]\n")
    process = begin("run", "order.yaml", "--remote", "--url", api.url)
    until(lambda: ("GET", f"/executions/{api.execution}", "") in api.asked)

    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=20)

    assert process.returncode == 130
    assert api.cancelled
    assert "1 cancelled" in out


def test_a_run_that_is_repeated_says_so_and_is_summed_up_by_its_last_run(testmesh, write, api):
    lost = api.step("read", run=1, started_at="2026-09-21T23:58:50Z")
    api.views = [
        api.view("running", lost, api.step("next", run=1)),
        api.view("running", lost, api.step("read", "failed", run=2), run=2),
        api.view("failed", lost, api.step("read", "failed", run=2), run=2, error_message="step read failed"),
    ]

    done = run(testmesh, write, api, "-o", "ndjson")

    assert done.returncode == 1
    first, again, rest = done.stderr.partition(
        "  run 2 begins: the earlier run did not end: its runner stopped or was lost; what it told does not count\n"
    )
    assert again
    assert (first.count("✓ read"), rest.count("✓ read"), rest.count("✗ read")) == (1, 0, 1)
    assert "✗ failed in 12 ms (10.0 s with 1 unfinished run)\n" in rest
    assert "! run 2: the earlier run did not end: its runner stopped or was lost\n" in rest
    ended = [json.loads(line) for line in done.stdout.splitlines()][-2]
    assert (ended["type"], ended["duration_ms"]) == ("flow.finished", 12.0)
    assert '"type":"run.started","file":"order.yaml","run":2' in done.stdout


def test_who_does_not_know_how_a_flow_ended_names_no_duration(testmesh, write, api):
    api.views = [api.view("running")]
    api.refuses = {("GET", f"/executions/{api.execution}"): api.problem(500, "internal_error", "no")}

    done = run(testmesh, write, api, "-o", "json")

    assert done.returncode == 6
    assert "  ⚠ error\n" in done.stderr
    assert json.loads(done.stdout)["flows"][0]["duration_ms"] is None


def test_many_steps_that_did_not_run_are_one_line_and_all_of_them_in_json(testmesh, write, api):
    reason = {"error_message": "not run: the execution was cancelled"}
    unrun = [api.step(f"s{number}", "skipped", **reason) for number in range(6)]
    teardown = api.step("clean", phase="teardown")
    api.views = [api.view("cancelled", api.step("read", "cancelled"), *unrun, teardown)]

    done = run(testmesh, write, api, "-o", "json")

    lines = done.stderr.splitlines()
    assert lines[2] == "  ⤼ 6 steps not run: the execution was cancelled"
    assert lines[3].startswith("  ✓ clean  (teardown)")
    assert len(json.loads(done.stdout)["flows"][0]["steps"]) == 8


def test_a_flow_that_someone_cancels_on_the_server_is_no_pass_also_where_the_run_fails_fast(testmesh, write, api):
    for name in "abc":
        write(f"flows/{name}.yaml", f"name: {name}\nsteps: [{{action: log, config: {{message: hi}}}}]\n")
    said = {"error_code": "TM414", "error_message": "the execution was cancelled"}
    api.views = [api.view("passed"), api.view("cancelled", **said)]

    done = testmesh("run", "flows", "--remote", "--url", api.url, "-j", "1", "--fail-fast", "-o", "json")

    found = json.loads(done.stdout)
    assert [flow["status"] for flow in found["flows"]] == ["passed", "cancelled", "not_run"]
    assert (done.returncode, found["exit_code"]) == (3, 3)
