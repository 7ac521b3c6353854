"""Ctrl-C in a terminal reaches the browser's driver, too: the teardown still has its page, and nothing stays."""

import os
import shutil
import signal
import subprocess
import sys

import psutil
import pytest

pytestmark = pytest.mark.integration
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PROGRAM = "import sys; from testmesh_cli.main import main; sys.exit(main())"
FLOW = """\
name: hangs
steps:
  - id: open
    action: browser
    config: {action: goto, url: "data:text/html,<h1>here</h1>"}
  - id: hang
    action: browser
    config: {action: wait_for, text: never there, timeout: 60s}
teardown:
  - id: still_there
    action: browser
    config: {action: assert_text, selector: h1, text: TEARDOWN, timeout: 30s}
"""


@pytest.fixture
def hangs(tmp_path, until):
    """Begin a run whose page waits, in a group of its own as a terminal does it; give it and its children."""
    if not any(map(shutil.which, BROWSERS)):
        message = "no browser found; on Debian: apt-get install chromium"
        (pytest.fail if os.environ.get("TESTMESH_REQUIRE_PEERS") == "1" else pytest.skip)(message)
    begun = []

    def begin(teardown):
        (tmp_path / "hangs.yaml").write_text(FLOW.replace("TEARDOWN", teardown))
        with (tmp_path / "out").open("w") as out, (tmp_path / "err").open("w") as err:
            process = subprocess.Popen(
                [sys.executable, "-c", PROGRAM, "run", "hangs.yaml", "-o", "ndjson"],
                cwd=tmp_path, stdout=out, stderr=err, start_new_session=True,
            )  # fmt: skip
        begun.append(process)
        until(lambda: '"step_id":"hang"' in (tmp_path / "out").read_text().replace(" ", ""))
        children = psutil.Process(process.pid).children(recursive=True)
        assert len(children) > 2
        return process, children

    yield begin
    for process in begun:
        if process.poll() is None:
            process.kill()
        process.wait()


def are_gone(children):
    return all(not each.is_running() or each.status() == psutil.STATUS_ZOMBIE for each in children)


def test_the_first_ends_the_step_and_the_teardown_has_the_page(hangs, tmp_path, until):
    process, children = hangs("here")

    os.killpg(process.pid, signal.SIGINT)

    assert process.wait(20) == 130
    until(lambda: are_gone(children))
    said = (tmp_path / "out").read_text().replace(" ", "")
    (torn,) = [line for line in said.splitlines() if '"step_id":"still_there"' in line and "finished" in line]
    assert '"status":"passed"' in torn
    told = (tmp_path / "err").read_text()
    assert "teardowns run; once more ends at once" in told
    assert [word for word in ("Traceback", "node", "playwright", "Future", "Call log") if word in told] == []


def test_the_second_ends_at_once_and_leaves_no_browser(hangs, tmp_path, until):
    process, children = hangs("never")

    os.killpg(process.pid, signal.SIGINT)
    until(lambda: '"step_id":"still_there"' in (tmp_path / "out").read_text().replace(" ", ""))
    os.killpg(process.pid, signal.SIGINT)

    assert process.wait(5) == 130
    until(lambda: are_gone(children))


def test_a_command_that_is_killed_leaves_no_browser(hangs, until):
    process, children = hangs("here")

    process.kill()

    until(lambda: are_gone(children))
