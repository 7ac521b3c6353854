"""What flow files name goes with them to a server, or the command says what is missing, and sends nothing."""

import json
from base64 import b64decode

import pytest

pytestmark = pytest.mark.integration
TOP = "name: top\ndata: {file: ../rows.csv}\nsteps:\n  - {id: c, action: run_flow, config: {flow: parts/c.yaml}}\n"
PART = "name: part\nsteps:\n  - {id: s, action: log, config: {message: hi}}\n"
CALLS_BACK = PART.replace("log, config: {message: hi}", "run_flow, config: {flow: ../top.yaml}")
BY_NAME = "name: by name\nsteps:\n  - {id: c, action: run_flow, config: {flow: top}}\n"


@pytest.fixture
def family(write):
    write("flows/top.yaml", TOP)
    write("flows/parts/c.yaml", PART)
    write("rows.csv", "who\nada\n")


def sent(order):
    return {path: b64decode(content).decode() for path, content in order.get("files", {}).items()}


def test_a_flow_that_is_run_remotely_takes_along_what_it_names(testmesh, write, api, family):
    api.views = [api.view("passed")]

    done = testmesh("run", "flows/top.yaml", "--remote", "--url", api.url)

    (order,) = api.orders.values()
    assert done.returncode == 0, done.stdout
    assert order["source"] == TOP
    assert sent(order) == {"../rows.csv": "who\nada\n", "parts/c.yaml": PART}


def test_a_name_means_the_flow_that_is_run_with_it(testmesh, write, api, family):
    write("other/by_name.yaml", BY_NAME)
    api.views = [api.view("passed")]

    testmesh("run", "other/by_name.yaml", "flows/top.yaml", "-j", "1", "--remote", "--url", api.url)

    order = next(order for order in api.orders.values() if order["source"] == BY_NAME)
    assert order["calls"] == {"top": "../flows/top.yaml"}
    assert sent(order) == {"../flows/top.yaml": TOP, "../flows/parts/c.yaml": PART, "../rows.csv": "who\nada\n"}


def test_a_flow_that_is_called_by_its_path_is_pushed_before_who_calls_it(testmesh, api, family):
    done = testmesh("push", "flows/top.yaml", "--dry-run", "--url", api.url)

    assert [line.rpartition("  (")[0] for line in done.stdout.splitlines()] == [
        "would be created  part  version 1",
        "would be created  top  version 1",
    ]


def test_who_calls_a_flow_that_was_refused_is_not_pushed(testmesh, api, family):
    api.refuses = {("POST", "/flows"): api.problem(409, "flow_name_taken", "there is one")}

    done = testmesh("push", "flows", "--url", api.url)

    assert done.returncode == 6
    assert "top.yaml: not pushed, since flows/parts/c.yaml, which it runs, was not" in done.stderr
    assert [method for method, place, _ in api.asked if place == "/flows" and method != "GET"] == ["POST"]


@pytest.mark.parametrize(
    ("change", "words", "code"),
    [
        ({"rows": "gone.csv"}, 'top.yaml:2:7: "gone.csv": cannot be read: No such file', "TM456"),
        ({"call": "gone.yaml"}, 'top.yaml:4:5: "gone.yaml": the file flows/gone.yaml cannot be read', "TM456"),
        ({"rows": "/rows.csv"}, '"/rows.csv": is a place of this machine alone', "TM456"),
        ({"part": "name: part\nsteps: []\n"}, '"parts/c.yaml": is no valid flow', "TM456"),
        ({"part": CALLS_BACK}, "top → part → top", "TM454"),
    ],
)
def test_what_is_missing_is_told_at_its_place_and_nothing_is_sent(testmesh, write, api, family, change, words, code):
    text = TOP.replace("../rows.csv", change.get("rows", "../rows.csv"))
    write("flows/top.yaml", text.replace("parts/c.yaml", change.get("call", "parts/c.yaml")))
    write("flows/parts/c.yaml", change.get("part", PART))

    pushed = testmesh("push", "flows/top.yaml", "--url", api.url)
    run = testmesh("run", "flows/top.yaml", "--remote", "-o", "json", "--url", api.url)

    assert (pushed.returncode, run.returncode) == (3, 3)
    assert words in pushed.stderr
    (flow,) = json.loads(run.stdout)["flows"]
    assert (flow["status"], flow["error_code"]) == ("error", code)
    assert words in flow["error_message"]
    assert api.orders == api.flows == {}
