"""Control flow and rows in a terminal: every pass can be told from the others, files are found beside the flow."""

import json
from itertools import pairwise

import pytest

pytestmark = pytest.mark.integration

PARENT = """\
name: parent
steps:
  - id: loop
    action: for_each
    config:
      items: [a, b]
      steps:
        - {id: say, action: log, config: {message: "item ${item}"}}
  - id: call
    action: run_flow
    config: {flow: child.yaml, inputs: {who: world}}
    assert: [greeting == "hello world"]
"""
CHILD = """\
name: child
inputs: {who: {type: string, required: true}}
steps:
  - {id: greet, action: log, config: {message: "hello ${who}"}}
outputs: {greeting: '"hello " + who'}
"""
ROWS = """\
name: rows
data: {file: rows.csv}
steps:
  - {id: check, action: assert, config: {data: {price: "${price}"}, assertions: ['data.price != "120"']}}
"""


def test_passes_of_a_loop_are_numbered_and_a_called_flow_lies_beside_its_caller(testmesh, write):
    write("parent.yaml", PARENT)
    write("child.yaml", CHILD)
    done = testmesh("run", "parent.yaml")

    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split("  log")[0] for line in done.stdout.splitlines() if "say" in line] == [
        "    \u2713 say [0]",
        "    \u2713 say [1]",
    ]
    assert "    \u2713 greet" in done.stdout


def test_rows_come_from_the_file_beside_the_flow_and_the_bad_one_is_named(testmesh, write):
    write("rows.yaml", ROWS)
    write("rows.csv", "name,price\nlamp,59.98\ndesk,120\n")
    done = testmesh("run", "rows.yaml")

    assert done.returncode == 1
    assert "\u2713 check [0]" in done.stdout
    assert "\u2717 check [1]" in done.stdout


def test_a_flow_that_is_not_there_is_an_error_and_no_pass(testmesh, write):
    write("parent.yaml", PARENT)
    done = testmesh("run", "parent.yaml")

    assert done.returncode == 3
    assert "TM456" in done.stdout


def test_flows_of_one_key_take_turns_and_one_without_a_value_for_it_is_an_error(testmesh, write):
    turns = "concurrency: {key: 'deploy-${region:-eu}'}\nsteps: [{action: delay, config: {duration: 300ms}}]\n"
    for name in ("a", "b", "c"):
        write(f"{name}.yaml", f"name: {name}\n{turns}")
    write("d.yaml", "name: d\nconcurrency: {key: 'deploy-${zone}'}\nsteps: [{action: log, config: {message: hi}}]\n")
    done = testmesh("run", ".", "-j", "4", "-o", "json")

    assert done.returncode == 3
    flows = {flow["name"]: flow for flow in json.loads(done.stdout)["flows"]}
    steps = sorted(
        (flow["steps"][0]["started_at"], flow["steps"][0]["finished_at"]) for flow in flows.values() if flow["steps"]
    )
    assert len(steps) == 3
    assert all(before[1] <= after[0] for before, after in pairwise(steps))
    assert (flows["d"]["status"], flows["d"]["error_code"]) == ("error", "TM401")
