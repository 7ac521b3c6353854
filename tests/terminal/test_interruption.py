"""Ctrl-C in mid-run: steps end, teardowns run, reports are written, and the terminal is given back as it was."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from junitparser import Error, JUnitXml, Skipped

from tests.terminal.place import Piped, place_of, write
from tests.terminal.steady import steady
from tests.terminal.target import Target, running_target
from tests.terminal.tmux import Screen, Tmux

pytestmark = pytest.mark.e2e
FLOW = """\
name: hangs NAME
env: {base: nobody}
steps:
  - {id: begin, action: log, config: {message: hello}}
  - {id: hang, action: http_request, config: {method: GET, url: "${base}/slow/NAME"}}
  - {id: after, action: log, config: {message: never}}
teardown:
  - {id: tidy, action: http_request, config: {method: DELETE, url: "${base}/TEARDOWN/NAME"}}
"""
REPORTS = "--report junit=out/junit.xml --report html=out/all.html --report json=out/all.json"
SPINNER = set("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏")
INTERRUPTED = """\
hangs.yaml  hangs a
  ✓ begin  log hello  N ms
testmesh: interrupted: running steps end, teardowns run; once more ends at once
  ⊘ hang  cancelled: interrupted by Ctrl-C
  ⤼ after  not run: interrupted by Ctrl-C
  ✓ tidy  (teardown)  DELETE http://127.0.0.1:TARGET/order/a → 200  N ms
  ⊘ cancelled in N ms
    run it again: testmesh run hangs.yaml --var base=http://127.0.0.1:TARGET
                  --seed N

0 passed, 0 failed, 0 errors, 1 cancelled in N ms
testmesh: reports: out/junit.xml, out/all.html, out/all.json
[130] $"""


@pytest.fixture
def target() -> Iterator[Target]:
    with running_target() as running:
        yield running


@pytest.fixture
def folder() -> Iterator[Path]:
    with place_of({"hangs.yaml": flow("a")}) as found:
        yield found


@pytest.fixture
def screen(tmux: Tmux, folder: Path) -> Iterator[Screen]:
    """A terminal that is as it was when the test is over: its line settings, its cursor, its echo."""
    opened = tmux.open(folder, 80)
    assert opened.carries_out("stty -g > before") == 0
    yield opened
    assert opened.shows_cursor
    assert not SPINNER & set(opened.text())
    assert opened.carries_out("stty -g | cmp - before") == 0
    assert opened.carries_out("echo it is $((6 * 7))") == 0
    assert "] $ echo it is $((6 * 7))\nit is 42\n" in opened.text()


def flow(name: str, teardown: str = "order") -> str:
    return FLOW.replace("NAME", name).replace("TEARDOWN", teardown)


def reports_in(folder: Path) -> tuple[JUnitXml, dict, str]:
    """Return the three reports, each read by what is not ours."""
    out = folder / "out"
    document = json.loads((out / "all.json").read_text())
    return JUnitXml.fromfile(str(out / "junit.xml")), document, (out / "all.html").read_text()


def test_ctrl_c_ends_the_step_runs_the_teardown_and_writes_the_reports(screen: Screen, folder: Path, target: Target):
    before = screen.prompts()
    screen.type(f"testmesh run hangs.yaml --var base={target.url} --seed 7 {REPORTS}")
    target.until_asked("GET /slow/a")
    screen.press("C-c")

    assert screen.ends(before) == 130
    assert target.asked == ["GET /slow/a", "DELETE /order/a"]
    said = steady(screen.text(), {}, {target.url: "TARGET"})
    assert said[said.index("hangs.yaml  hangs") :] == INTERRUPTED
    junit, document, html = reports_in(folder)
    (case,) = [case for suite in junit for case in suite]
    assert [type(result) for result in case.result] == [Error]
    assert (document["exit_code"], document["flows"][0]["status"]) == (130, "cancelled")
    assert [step["status"] for step in document["flows"][0]["steps"]] == ["passed", "cancelled", "skipped", "passed"]
    assert "hangs a" in html
    assert html.rstrip().endswith("</html>")


def test_a_second_ctrl_c_ends_at_once(screen: Screen, folder: Path, target: Target):
    write(folder, {"hangs.yaml": flow("a", teardown="slow")})
    before = screen.prompts()
    screen.type(f"testmesh run hangs.yaml --var base={target.url} {REPORTS}")
    target.until_asked("GET /slow/a")
    screen.press("C-c")
    target.until_asked("DELETE /slow/a")
    screen.press("C-c")

    assert screen.ends(before) == 130
    assert "ended at once: teardowns were not waited for, and no report is written" in " ".join(screen.text().split())
    assert not (folder / "out").exists() or not any((folder / "out").iterdir())


def test_ctrl_c_ends_all_running_flows_and_begins_no_further_one(screen: Screen, folder: Path, target: Target):
    write(folder, {f"flows/{name}.yaml": flow(name) for name in ("b", "c", "d")})
    before = screen.prompts()
    screen.type(f"testmesh run flows -j 2 --var base={target.url} {REPORTS}")
    target.until_asked("GET /slow/b", "GET /slow/c")
    screen.press("C-c")

    assert screen.ends(before) == 130
    assert sorted(target.asked) == ["DELETE /order/b", "DELETE /order/c", "GET /slow/b", "GET /slow/c"]
    said = screen.text()
    assert "0 passed, 0 failed, 0 errors, 2 cancelled, 1 not run in" in said
    assert said.count("✓ tidy  (teardown)") == 2
    assert "flows/d.yaml  not run" in said
    junit, document, _ = reports_in(folder)
    results = sorted(type(result).__name__ for suite in junit for case in suite for result in case.result)
    assert results == [Error.__name__, Error.__name__, Skipped.__name__]
    assert sorted(one["status"] for one in document["flows"]) == ["cancelled", "cancelled", "not_run"]


def test_ctrl_c_leaves_a_watch_with_its_teardown(screen: Screen, target: Target):
    before = screen.prompts()
    screen.type(f"testmesh watch hangs.yaml --var base={target.url}")
    target.until_asked("GET /slow/a")
    screen.press("C-c")

    assert screen.ends(before) == 130
    assert target.asked == ["GET /slow/a", "DELETE /order/a"]
    assert "running flows end with their teardowns; Ctrl-C ends at once" in screen.text()


def test_a_second_ctrl_c_leaves_a_watch_at_once(screen: Screen, folder: Path, target: Target):
    write(folder, {"hangs.yaml": flow("a", teardown="slow")})
    before = screen.prompts()
    screen.type(f"testmesh watch hangs.yaml --var base={target.url}")
    target.until_asked("GET /slow/a")
    screen.press("C-c")
    target.until_asked("DELETE /slow/a")
    screen.press("C-c")

    assert screen.ends(before) == 130
    assert "testmesh: ended at once: teardowns were not waited for" in screen.text()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_in_a_pipe_runs_the_teardown_and_writes_the_reports(folder, environment, target: Target, number):
    piped = Piped(f"testmesh run hangs.yaml --var base={target.url} {REPORTS}", folder, environment)
    try:
        target.until_asked("GET /slow/a")
        piped.signal(number)
        code, out, err = piped.ends()
    finally:
        piped.close()

    assert code == 130
    assert target.asked == ["GET /slow/a", "DELETE /order/a"]
    assert "1 cancelled in" in out
    assert err.splitlines() == [
        "testmesh: interrupted: running steps end, teardowns run; once more ends at once",
        "testmesh: reports: out/junit.xml, out/all.html, out/all.json",
    ]
    junit, document, _ = reports_in(folder)
    assert (junit.tests, junit.errors, document["exit_code"]) == (1, 1, 130)
