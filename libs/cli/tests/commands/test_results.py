import json
from uuid import UUID

import pytest

pytestmark = pytest.mark.integration


def test_a_list_has_a_line_for_each_execution(testmesh, api):
    api.views = [api.view("passed")]

    done = testmesh("results", "--url", api.url, "--status", "passed", "-n", "5")

    assert done.returncode == 0
    assert done.stdout == f"✓ {api.execution}  passed     2026-09-21 23:59:00Z       12 ms  Order is paid\n"
    assert ("GET", "/executions", "limit=5&status=passed") in api.asked


@pytest.mark.parametrize(
    ("status", "code"), [("passed", 0), ("failed", 1), ("error", 3), ("cancelled", 3), ("running", 3)]
)
def test_one_execution_ends_with_its_own_exit_code(testmesh, api, status, code):
    api.views = [api.view(status, api.step("read"))]

    done = testmesh("results", api.execution, "--url", api.url)

    assert done.returncode == code
    assert "✓ read  log hi  3 ms" in done.stdout


def test_one_that_waits_says_for_what(testmesh, api):
    api.views = [api.view("pending", delayed_reason="concurrency key deploy-eu held by another")]

    done = testmesh("results", api.execution, "--url", api.url)

    assert done.returncode == 3
    assert "    waiting: concurrency key deploy-eu held by another\n" in done.stdout


def test_a_cancelled_one_says_once_that_it_was_cancelled(testmesh, api):
    api.views = [api.view("cancelled", error_code="cancelled", error_message="cancelled by request")]

    done = testmesh("results", api.execution, "--url", api.url)

    assert done.stdout.endswith("  ⊘ cancelled in 12 ms\n    cancelled by request\n")


def test_the_last_one_is_shown_with_its_failures_explained_in_the_flow(testmesh, write, api):
    source = "name: Order is paid\nsteps:\n  - action: log\n    config: {message: hi}\n    assert: [level == 1]\n"
    write("a.yaml", source)
    testmesh("push", "a.yaml", "--url", api.url)
    (id_,) = api.flows
    broken = {
        "expression": "level == 1",
        "holds": False,
        "operands": [{"text": "level", "value": 2}],
        "line": 5,
        "column": 14,
    }
    bad = api.step("step_1", "failed", error_code="TM420", error_message="assertion failed", assertions=[broken])
    api.views = [api.view("failed", bad, flow_id=id_, flow_version=1, error_message="step step_1 failed")]

    done = testmesh("results", "--last", "--url", api.url)

    assert done.returncode == 1
    assert "5 |     assert: [level == 1]\n            |              ^" in done.stdout
    assert "level      = 2" in done.stdout


def test_a_failure_inside_a_called_flow_does_not_point_into_the_text_of_its_caller(testmesh, write, api):
    source = "name: Caller\nsteps:\n  - {id: call, action: run_flow, config: {flow: child}}\n"
    write("a.yaml", source)
    testmesh("push", "a.yaml", "--url", api.url)
    (id_,) = api.flows
    broken = {"expression": "1 == 2", "holds": False, "line": 3, "column": 5}
    steps = [
        api.step("call", "failed", action="run_flow", error_code="TM420", error_message="x", line=3, column=5),
        api.step("call/sum", "failed", error_code="TM420", error_message="assertion failed", assertions=[broken]),
    ]
    api.views = [api.view("failed", *steps, flow_id=id_, flow_version=1, error_message="x")]

    shown = testmesh("results", "--last", "--url", api.url).stdout

    assert "          the flow of call:3:5\n" in shown
    assert shown.count("3 |   - {id: call") == 1


def test_a_failed_step_shows_what_it_sent_and_received(testmesh, api):
    given = {"method": "POST", "url": "http://shop.test/orders", "body": {"id": 7}, "auth": {"bearer": "***"}}
    found = {"status": 422, "headers": {"content-type": "application/json"}, "size_bytes": 21, "body": {"code": "none"}}
    api.views = [api.view("failed", api.step("pay", "failed", action="http_request", input=given, output=found))]

    shown = testmesh("results", api.execution, "--url", api.url).stdout

    assert '        request   auth: {"bearer": "***"}\n                  body.id: 7\n' in shown
    assert '        response  422, application/json, 21 bytes\n                  body.code: "none"\n' in shown


def test_of_several_runs_the_last_that_took_steps_is_listed_with_the_time_of_all(testmesh, api):
    steps = [api.step("a", run=1, started_at="2026-09-21T23:58:50Z"), api.step("a", "error", run=2)]
    api.views = [api.view("error", *steps, run=3, duration_ms=0.2, error_message="its 2 runs are used up")]

    done = testmesh("results", api.execution, "--url", api.url)

    assert done.returncode == 3
    assert next(line for line in done.stdout.splitlines()[1:] if line.strip()) == (
        "  run 3: 2 earlier runs did not end: their runners stopped or were lost; "
        "the steps are of run 2, the last that took any"
    )
    assert (done.stdout.count("✓ a"), done.stdout.count("⚠ a")) == (0, 1)
    assert "⚠ error in <1 ms (10.0 s with 2 unfinished runs)\n" in done.stdout


def test_json_is_the_execution_as_the_server_tells_it(testmesh, api):
    api.views = [api.view("passed", api.step("read"))]

    one = json.loads(testmesh("results", api.execution, "--url", api.url, "-o", "json").stdout)
    listed = json.loads(testmesh("results", "--url", api.url, "-o", "json").stdout)

    line = json.loads(testmesh("results", api.execution, "--url", api.url, "-o", "ndjson").stdout)
    lines = testmesh("results", "--url", api.url, "-o", "ndjson").stdout.splitlines()

    assert (line, [json.loads(each) for each in lines]) == (one, listed["items"])
    assert UUID(one["id"]) == UUID(listed["items"][0]["id"]) == UUID(api.execution)
    assert one["steps"][0]["path"] == "read"


def test_what_is_not_there_is_not_green(testmesh, api):
    unknown = testmesh("results", "01a0c668-9da0-74ef-9a94-000000000000", "--url", api.url)
    none = testmesh("results", "--last", "--url", api.url)

    assert (unknown.returncode, none.returncode) == (5, 5)
    assert "execution_not_found" in unknown.stderr
    assert testmesh("results", "no-id", "--url", api.url).returncode == 2


def test_a_server_that_has_none_is_believed(testmesh, api):
    done = testmesh("results", "--url", api.url)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "no executions\n")


@pytest.mark.parametrize("body", [{}, [], {"items": 3}, {"items": None}, {"items": []}, "text", None])
@pytest.mark.parametrize(
    "arguments",
    [
        ["results"],
        ["results", "-o", "json"],
        ["results", "--last"],
        ["logs", "--last"],
        ["push", "order.yaml"],
        ["push", "order.yaml", "--dry-run"],
        ["run", "order.yaml", "--remote"],
        ["run", "order.yaml", "--remote", "--detach"],
    ],
)
def test_what_answers_all_with_other_json_is_no_testmesh_server(testmesh, write, serve, arguments, body):
    write("order.yaml", "name: x\nsteps: [{action: log, config: {message: hi}}]\n")
    url = serve(lambda *_: (200, {}, body))

    done = testmesh(*arguments, "--url", url)

    assert done.returncode == 6, done.stdout + done.stderr
    assert "what answers there is no TestMesh server" in done.stdout + done.stderr
    assert "no executions" not in done.stderr


@pytest.mark.parametrize("command", ["results", "logs"])
def test_what_answers_with_another_thing_than_the_execution_is_an_error(testmesh, serve, api, command):
    url = serve(lambda *_: (200, {}, {"items": []}))

    assert testmesh(command, api.execution, "--url", url).returncode == 6


def test_an_execution_that_passed_with_warnings_shows_the_first_in_the_list(testmesh, api):
    api.views = [api.view("passed", warnings=["it asserts\nnothing", "another"], lost_events=2)]

    lines = testmesh("results", "--url", api.url).stdout.splitlines()

    assert lines[1:] == ["    ! it asserts nothing  (and 2 more)"]
    shown = testmesh("results", api.execution, "--url", api.url).stdout.splitlines()
    assert shown[-3:-1] == ["    ! it asserts nothing", "    ! another"]


@pytest.mark.parametrize(("count", "lines"), [(5, 5), (6, 1)])
def test_many_steps_in_a_row_that_did_not_run_are_one_line(testmesh, api, count, lines):
    reason = {"error_message": "not run: the execution was cancelled"}
    unrun = [api.step(f"s{number}", "skipped", **reason) for number in range(count)]
    other = api.step("other", "skipped", error_message="not run: step a failed")
    api.views = [api.view("cancelled", api.step("a"), *unrun, other)]

    done = testmesh("results", api.execution, "--url", api.url)

    assert done.stdout.count("not run: the execution was cancelled") == lines
    assert ("⤼ 6 steps not run: the execution was cancelled\n" in done.stdout) is (lines == 1)
    assert "⤼ other  not run: step a failed\n" in done.stdout


LONG = "An order of many goods is paid by card and sent to 東京 on the same day"


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (160, f"2026-09-21 23:59:00Z       12 ms  {LONG}"),
        (80, "passed          12 ms  An order of many…"),
        (110, "passed     2026-09-21 23:59:00Z       12 ms  An order of many goods i…"),
    ],
)
@pytest.mark.parametrize("colourless", [{}, {"NO_COLOR": "1"}])
def test_on_a_terminal_no_line_of_the_list_is_longer_than_it_is_wide(on_terminal, api, width, shown, colourless):
    api.views = [api.view("passed", flow_name=LONG, environment="staging", warnings=["w" * 300])]

    line, warning = on_terminal(width, "results", "--url", api.url, **colourless)

    assert line.endswith(shown)
    assert warning == f"    ! {'w' * (width - 7)}…"


def test_a_pipe_gets_whole_lines(testmesh, api):
    api.views = [api.view("passed", flow_name=LONG, environment="staging", warnings=["w" * 300])]

    line, warning = testmesh("results", "--url", api.url, COLUMNS="80").stdout.splitlines()

    assert line.endswith(f"2026-09-21 23:59:00Z       12 ms  {LONG}  [staging]")
    assert warning == f"    ! {'w' * 300}"
