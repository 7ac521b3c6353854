import asyncio
import json
import signal
from uuid import UUID

import pytest

from testmesh_cli.remote.address import Address
from testmesh_cli.remote.executions import ResultUnknownError
from testmesh_cli.remote.log_pages import LogFilter
from testmesh_cli.remote.patience import Patience
from testmesh_cli.running.logs import LogRequest, print_logs

pytestmark = pytest.mark.integration

FLOW = "name: Order\nsteps: [{action: log, config: {message: hi}}]\n"

FOLLOWED = """\
order.yaml  Order  (execution EXECUTION)
  … Step wait
      begun
      warning: still at it
  ✓ Step wait  log hi  3 ms
    … Step part
        of the part \\x1b[2J
        and a second line
    ✓ Step part  log hi  3 ms
  ✓ Step pay  log hi  3 ms
  ✓ passed in 12 ms

"""

LOGGED = """\
23:59:00.123  debug    -  the run itself
23:59:00.123  info     pay  one
              and a line of its own
23:59:00.123  warning  pay[2]/login  two \\x07
23:59:00.123  error    payment  three
"""


@pytest.fixture
def run(command, write, live):
    write("order.yaml", FLOW)

    async def begin(*arguments):
        return await command("run", "order.yaml", "--remote", "--url", live.url, *arguments)

    return begin


async def test_steps_are_told_as_they_end_and_the_exit_code_is_the_databases(run, live):
    begun = await run()
    assert await begun.line() == f"order.yaml  Order  (execution {live.execution})"
    await live.is_followed()
    live.starts("a")
    live.ends("a")
    assert await begun.line() == "  ✓ Step a  log hi  3 ms"
    live.starts("b")
    live.ends("b", status="skipped", error_message="its condition does not hold")
    assert await begun.line() == "  ⤼ Step b  skipped: its condition does not hold"
    live.completes("failed", "a")

    code, out, errors = await begun.ended()

    assert (code, errors) == (1, "")
    assert out.count("✓ Step a") == 1
    assert "0 passed, 1 failed, 0 errors" in out


@pytest.mark.parametrize(
    ("told", "kept", "code"), [("passed", "failed", 1), ("passed", "error", 3), ("failed", "passed", 0)]
)
async def test_a_live_event_makes_no_exit_code(run, live, told, kept, code):
    begun = await run()
    await live.is_followed()
    live.ends("a", status="passed")
    live.says("execution.finished", status=told)
    live.completes(told, "a", shown=kept)

    assert (await begun.ended())[0] == code


async def test_with_follow_log_lines_stand_below_their_steps(run, live):
    begun = await run("--follow")
    await live.is_followed()
    live.starts("wait")
    live.logs("begun", "wait")
    live.logs("still at it", "wait", level="warning")
    live.ends("wait")
    live.starts("pay")
    live.starts("pay[0]/part")
    live.logs("of the part \x1b[2J\nand a second line", "pay[0]/part")
    live.ends("pay[0]/part")
    live.ends("pay")
    live.completes("passed", "wait", "pay")

    code, out, errors = await begun.ended()

    assert (code, errors) == (0, "")
    assert out.replace(live.execution, "EXECUTION").rpartition("1 passed")[0] == FOLLOWED


async def test_without_follow_log_lines_are_neither_asked_for_nor_told(run, live):
    begun = await run()
    await live.is_followed()
    live.starts("wait")
    live.logs("begun", "wait")
    live.completes("passed", "wait")

    code, out, _ = await begun.ended()

    assert code == 0
    assert "begun" not in out
    assert not [asked for asked in live.asked if asked[1].endswith("/logs") or "logs" in asked[2]]


async def test_a_run_that_was_lost_begins_again_before_the_eye(run, live):
    begun = await run("-o", "ndjson")
    await live.is_followed()
    live.starts("a")
    live.ends("a")
    live.says("execution.started", run=2)
    live.ends("b", run=1)
    live.starts("a", run=2)
    live.ends("a", run=2, status="failed")
    live.completes("failed", run=2)
    live.shows("failed", run=2, steps=[live.recorded("a"), live.recorded("a", 2, "failed")])

    code, out, told = await begun.ended()

    assert code == 1
    lines = [line for line in told.splitlines() if line.startswith("  ")]
    assert lines[:3] == [
        "  ✓ Step a  log hi  3 ms",
        "  run 2 begins: the earlier run did not end: its runner stopped or was lost; what it told does not count",
        "  ✗ Step a  log hi  3 ms",
    ]
    assert "Step b" not in told
    kinds = [json.loads(line)["type"] for line in out.splitlines()]
    assert kinds == [
        "flow.started", "step.started", "step.finished", "run.started", "step.started", "step.finished",
        "flow.finished", "summary",
    ]  # fmt: skip


async def test_why_a_flow_waits_is_told_once_and_its_first_steps_are_told_all_the_same(run, live):
    reason = "concurrency key deploy-eu held by another"
    live.shows("pending", run=0)
    live.view["delayed_reason"] = reason
    begun = await run("-o", "ndjson")
    await live.is_followed()
    live.says("execution.delayed", seq=1, reason=reason, at="2026-09-21T23:59:00Z")
    live.says("execution.started", seq=1)
    live.starts("a")
    live.ends("a")
    live.completes("passed", "a")

    code, out, told = await begun.ended()

    assert code == 0
    assert told.count(f"  waiting: {reason}") == 1
    assert told.index("waiting") < told.index("Step a")
    kinds = [json.loads(line)["type"] for line in out.splitlines()]
    assert kinds == ["flow.started", "flow.delayed", "step.started", "step.finished", "flow.finished", "summary"]


async def test_a_server_that_is_killed_in_mid_run_and_comes_back_changes_nothing(run, live):
    begun = await run()
    await live.is_followed()
    live.ends("a")
    assert await begun.line() == f"order.yaml  Order  (execution {live.execution})"
    assert await begun.line() == "  ✓ Step a  log hi  3 ms"
    await live.die()
    live.ends("b")
    await live.listen()
    assert await begun.line() == "  ✓ Step b  log hi  3 ms"
    live.completes("failed", "a", "b")

    code, out, _ = await begun.ended()

    assert code == 1
    assert (out.count("Step a"), out.count("Step b")) == (1, 1)


async def test_an_interrupt_cancels_there_and_waits_for_the_end(run, live):
    begun = await run()
    await live.is_followed()
    begun.process.send_signal(signal.SIGINT)

    code, out, _ = await begun.ended()

    assert code == 130
    assert live.cancelled
    assert "1 cancelled" in out


async def test_a_server_without_live_events_is_asked_and_this_is_said_once(run, live):
    live.old = True
    live.shows("passed", "a", "b")
    live.views = [live.view | {"status": "running", "steps": [live.recorded("a")]}] * 2

    code, out, errors = await (await run("--follow")).ended()

    assert code == 0
    assert (out.count("✓ Step a"), out.count("✓ Step b")) == (1, 1)
    what = f"reading the log of execution {live.execution}"
    assert errors.splitlines() == [
        f"testmesh: no log lines: {what}: the server refused (404 not_found): there is no such thing",
        "testmesh: no live events (HTTP 404); the execution is asked for once a second instead",
    ]


async def test_detached_the_id_is_all_and_nothing_is_said_of_the_result(run, live):
    code, out, errors = await (await run("--detach")).ended()
    document = json.loads((await (await run("--detach", "-o", "json")).ended())[1])

    assert (code, out) == (0, f"{live.execution}\n")
    assert f"its result is not known yet; see `testmesh results {live.execution}`" in errors
    flow = {"file": "order.yaml", "name": "Order", "execution_id": live.execution}
    assert document == {"exit_code": 0, "flows": [flow]}
    assert not [asked for asked in live.asked if asked[1].endswith(live.execution)]


async def test_what_could_not_be_started_is_not_green_detached(command, write, live):
    write("order.yaml", FLOW)
    await live.die()
    code, out, errors = await (await command("run", "order.yaml", "--remote", "--detach", "--url", live.url)).ended()
    await live.listen()

    assert (code, out) == (6, "")
    assert "order.yaml was not started: no TestMesh server answers" in errors


@pytest.mark.parametrize(
    "arguments",
    [["--follow"], ["--detach"], ["--remote", "--follow", "--detach"], ["--remote", "--detach", "--fail-fast"]],
)
async def test_ways_to_follow_that_mean_nothing_are_refused(command, write, arguments):
    write("order.yaml", FLOW)

    assert (await (await command("run", "order.yaml", *arguments)).ended())[0] == 2


def logged(live):
    live.logs("the run itself", None, "debug")
    live.logs("one\nand a line of its own", "pay")
    live.logs("two \a", "pay[2]/login", "warning")
    live.logs("three", "payment", "error")


async def test_all_pages_of_a_log_are_printed(command, live):
    logged(live)
    live.shows("failed")

    code, out, errors = await (await command("logs", live.execution, "--url", live.url)).ended()

    assert (code, out, errors) == (0, LOGGED, "")
    assert [asked[2].get("cursor") for asked in live.asked if asked[1].endswith("/logs")] == [None, "2"]


async def test_the_newest_execution_is_named_and_one_that_runs_may_have_more(command, live):
    logged(live)

    code, out, errors = await (await command("logs", "--last", "--url", live.url, "-o", "ndjson")).ended()

    assert code == 0
    told = [json.loads(line) for line in out.splitlines()]
    assert [(line["run"], line["seq"], line["level"]) for line in told] == [
        (1, 1, "debug"), (1, 2, "info"), (1, 3, "warning"), (1, 4, "error"),
    ]  # fmt: skip
    assert errors.splitlines() == [
        f"testmesh: execution {live.execution} of Order",
        f"testmesh: execution {live.execution} is running: there may be more lines, -f waits for them",
    ]


async def test_a_followed_log_goes_on_to_the_end_of_the_execution(command, live):
    live.logs("one", "a")
    live.drops = [1]
    begun = await command("logs", "-f", live.execution, "--url", live.url)
    assert (await begun.line()).endswith("a  one")
    live.logs("two", "a")
    assert (await begun.line()).endswith("a  two")
    await live.die()
    live.logs("three", "a")
    await live.listen()
    assert (await begun.line()).endswith("a  three")
    live.completes("failed")

    code, out, errors = await begun.ended()

    assert code == 0
    assert len(out.splitlines()) == 3
    assert errors.splitlines()[-1] == (
        f"testmesh: execution {live.execution} ended after 12 ms: failed; see `testmesh results {live.execution}`"
    )


async def test_a_server_that_stays_away_from_a_followed_log_is_exit_code_6(live):
    patience = Patience(outage=0.3, first_pause=0.02, longest_pause=0.1)
    request = LogRequest(UUID(live.execution), LogFilter(), follow=True, output=None, patience=patience)
    task = asyncio.create_task(print_logs(Address(live.url, "from a test"), request))
    await live.is_followed()
    await live.die()
    with pytest.raises(ResultUnknownError) as raised:
        await asyncio.wait_for(task, 10)
    await live.listen()

    assert raised.value.exit_code == 6


async def test_the_lines_of_each_run_stand_apart_in_text_and_carry_their_run_in_json(command, live):
    live.logs("one", "a")
    begun = await command("logs", "-f", live.execution, "--url", live.url)
    assert (await begun.line()).endswith("a  one")
    live.logs("again", "a", run=2)
    assert await begun.line() == "-- run 2 --"
    assert (await begun.line()).endswith("a  again")
    live.completes("passed", run=2)

    assert (await begun.ended())[0] == 0
    told = (await (await command("logs", live.execution, "--url", live.url)).ended())[1]
    assert [line.split()[-1] for line in told.splitlines()] == ["one", "--", "again"]
    lines = (await (await command("logs", live.execution, "--url", live.url, "-o", "ndjson")).ended())[1].splitlines()
    assert [json.loads(line)["run"] for line in lines] == [1, 2]


@pytest.mark.parametrize("follow", [[], ["-f"]])
async def test_a_log_in_which_nothing_matches_says_so(command, live, follow):
    live.logs("one", "pay")
    live.shows("passed", "pay")

    async def errors_of(*arguments):
        code, out, errors = await (
            await command("logs", live.execution, "--url", live.url, *follow, *arguments)
        ).ended()
        assert (code, out) == (0, "")
        return errors.splitlines()[0]

    no_line = f"testmesh: no line of execution {live.execution} matches"
    assert await errors_of("--step", "nope") == f"{no_line} --step nope; no step nope began"
    assert await errors_of("--step", "pay", "--level", "error") == f"{no_line} --step pay --level error"
    live.lines.clear()
    assert await errors_of() == f"testmesh: execution {live.execution} has logged nothing"


async def test_live_lines_are_chosen_as_recorded_ones_are(command, live):
    live.logs("A Match", "pay")
    begun = await command(
        "logs", "-f", live.execution, "--step", "pay", "--level", "info", "-q", "MATCH", "-o", "json", "--url", live.url
    )
    await live.is_followed()
    for path in ("pay/in", "pay[1]", "pay@2", "payment", None):
        live.logs(f"match {path}", path)
    live.logs("match", "pay", "debug")
    live.logs("other", "pay")
    live.completes("passed")

    code, out, _ = await begun.ended()

    assert code == 0
    messages = [line["message"] for line in json.loads(out)["items"]]
    assert messages == ["A Match", "match pay/in", "match pay[1]", "match pay@2"]
    assert {"q": "MATCH", "step": "pay", "level": "info"}.items() <= live.asked[1][2].items()


async def test_where_there_is_no_execution_there_is_no_log(command, live):
    unknown = "01a0c668-9da0-74ef-9a94-000000000000"
    code, _, errors = await (await command("logs", unknown, "--url", live.url)).ended()
    live.view = None
    none, _, said = await (await command("logs", "--last", "--url", live.url)).ended()

    assert (code, none) == (5, 5)
    assert unknown in errors
    assert "no executions" in said
    assert (await (await command("logs", live.execution, "--last")).ended())[0] == 2


async def test_a_server_that_shows_no_logs_is_an_error_of_the_command(command, live):
    live.old = True

    code, _, errors = await (await command("logs", live.execution, "--url", live.url)).ended()

    assert code == 6
    assert "reading the log of execution" in errors
