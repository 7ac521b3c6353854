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


def test_of_several_runs_the_last_that_took_steps_is_listed_with_the_time_of_all(testmesh, api):
    steps = [api.step("a", run=1, started_at="2026-09-21T23:58:50Z"), api.step("a", "error", run=2)]
    api.views = [api.view("error", *steps, run=3, duration_ms=0.2, error_message="its 2 runs are used up")]

    done = testmesh("results", api.execution, "--url", api.url)

    assert done.returncode == 3
    assert next(line for line in done.stdout.splitlines()[1:] if line.strip()) == (
        "  run 3: 2 earlier runs were lost with the runner; the steps are of run 2, the last that took any"
    )
    assert (done.stdout.count("✓ a"), done.stdout.count("⚠ a")) == (0, 1)
    assert "⚠ error in 10.0 s\n" in done.stdout


def test_json_is_the_execution_as_the_server_tells_it(testmesh, api):
    api.views = [api.view("passed", api.step("read"))]

    one = json.loads(testmesh("results", api.execution, "--url", api.url, "-o", "json").stdout)
    listed = json.loads(testmesh("results", "--url", api.url, "-o", "json").stdout)

    assert UUID(one["id"]) == UUID(listed["items"][0]["id"]) == UUID(api.execution)
    assert one["steps"][0]["path"] == "read"


def test_what_is_not_there_is_not_green(testmesh, api):
    unknown = testmesh("results", "01a0c668-9da0-74ef-9a94-000000000000", "--url", api.url)
    none = testmesh("results", "--last", "--url", api.url)

    assert (unknown.returncode, none.returncode) == (5, 5)
    assert "execution_not_found" in unknown.stderr
    assert testmesh("results", "no-id", "--url", api.url).returncode == 2


def test_a_last_page_without_more_ends_the_list(testmesh, api):
    assert testmesh("results", "--url", api.url).stdout == ""
