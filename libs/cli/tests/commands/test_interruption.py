import signal

import pytest

pytestmark = pytest.mark.integration

FLOW = """\
name: hangs
env: {base: http://127.0.0.1:1}
steps:
  - id: hang
    action: http_request
    config: {method: GET, url: "${base}/slow"}
  - action: log
    config: {message: never}
teardown:
  - action: http_request
    config: {method: DELETE, url: "${base}/TEARDOWN"}
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_carries_out_its_teardown(begin, write, target, until, number):
    write("hangs.yaml", FLOW.replace("TEARDOWN", "order"))
    process = begin("run", "hangs.yaml", "--var", f"base={target.url}")
    until(lambda: "GET /slow" in target.asked)

    process.send_signal(number)
    out, err = process.communicate(timeout=20)

    assert process.returncode == 130
    assert "DELETE /order" in target.asked
    by = "Ctrl-C" if number == signal.SIGINT else "SIGTERM"
    assert f"⊘ hang  cancelled: interrupted by {by}\n" in out
    assert f"⤼ step_2  not run: interrupted by {by}\n" in out
    assert "1 cancelled" in out
    assert "teardowns run" in err


def test_a_second_interrupt_ends_the_command_at_once(begin, write, target, until):
    write("hangs.yaml", FLOW.replace("TEARDOWN", "slow"))
    process = begin("run", "hangs.yaml", "--var", f"base={target.url}")
    until(lambda: "GET /slow" in target.asked)

    process.send_signal(signal.SIGINT)
    until(lambda: "DELETE /slow" in target.asked)
    process.send_signal(signal.SIGINT)

    assert process.wait(5) == 130


def test_a_flow_that_was_waiting_is_not_begun_after_an_interrupt(begin, write, target, until):
    write("a.yaml", FLOW.replace("TEARDOWN", "order"))
    write("b.yaml", FLOW.replace("TEARDOWN", "order").replace("/slow", "/second"))
    process = begin("run", ".", "-j", "1", "--var", f"base={target.url}")
    until(lambda: "GET /slow" in target.asked)

    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=20)

    assert process.returncode == 130
    assert "GET /second" not in target.asked
    assert "1 cancelled, 1 not run" in out
    assert "⤼ b.yaml  not run: interrupted by Ctrl-C\n" in out
