"""How it ends: cancelled, crashed, out of slots, unused; and that no page, process, task or socket stays."""

import asyncio
import json
import os
import tempfile
import time
from pathlib import Path

import psutil
import pytest

from testmesh_contracts.events import StepFinished
from testmesh_engine.actions import BUILT_IN, ActionRegistry
from testmesh_engine.actions.browser import BrowserAction
from testmesh_engine.browser import process
from testmesh_engine.browser.settings import BrowserSettings
from testmesh_engine.executor import RunOptions, run_flow
from testmesh_engine.language import parse_flow
from testmesh_sdk import Resources

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]
HOME = {"action": "goto", "url": "${site}/"}
BLANK = {"action": "goto", "url": "data:text/html,<h1>here</h1>"}
WAITS = {"action": "wait_for", "text": "never there", "timeout": "30s"}


def children(kind=""):
    """Return what this process has started and what those have, by their command lines."""
    found = []
    for each in psutil.Process().children(recursive=True):
        try:
            if kind in " ".join(each.cmdline()) and each.status() != psutil.STATUS_ZOMBIE:
                found.append(each)
        except psutil.NoSuchProcess:
            continue
    return found


def left():
    """Return open files, threads, tasks, and processes but those of the browser, which share pages as they like."""
    others = [each for each in children() if "--type=" not in " ".join(each.cmdline())]
    own = (f for f in Path("/proc/self/fd").iterdir())
    return len(list(own)), len(list(Path("/proc/self/task").iterdir())), len(asyncio.all_tasks()), len(others)


async def until(is_so, seconds=10.0):
    async with asyncio.timeout(seconds):
        while not is_so():
            await asyncio.sleep(0.02)


@pytest.fixture
def cut_off(on_page):
    """Play steps, and cancel them once they wait for what never comes."""

    async def carry_out(*configs, after="waiting", **given):
        cancel = asyncio.Event()
        playing = asyncio.create_task(on_page(*configs, cancel=cancel, **given))
        await asyncio.sleep(0.4 if after == "waiting" else after)
        cancelled_at = time.monotonic()
        cancel.set()
        return await playing, time.monotonic() - cancelled_at

    return carry_out


@pytest.fixture
def executed(resources, store):
    """Carry out steps, with nothing in between; cancelled after some seconds, or once a step has passed."""

    async def carry_out(*steps, pool=resources, cancel_after=None):
        registry, cancel = ActionRegistry(BUILT_IN), asyncio.Event()
        written = [{"id": f"s{at}", "action": "browser", "config": {"actions": each}} for at, each in enumerate(steps)]
        flow = parse_flow(json.dumps({"name": "a", "steps": written}), registry=registry)

        def emit(event):
            if isinstance(event, StepFinished) and event.step_id == cancel_after:
                assert event.status == "passed"
                asyncio.get_running_loop().call_later(0.02, cancel.set)

        if isinstance(cancel_after, float):
            asyncio.get_running_loop().call_later(cancel_after, cancel.set)
        return await run_flow(flow, run=RunOptions("e-1", registry, pool, store), emit=emit, cancel=cancel)

    return carry_out


HANGS = {
    "element": [HOME, WAITS],
    "navigation": [{"action": "goto", "url": "${site}/slow"}],
    "script": [HOME, {"action": "evaluate", "expression": "new Promise(() => 0)"}],
    "busy-script": [HOME, {"action": "evaluate", "expression": "while (true);"}],
    "assertion": [HOME, {"action": "assert_text", "text": "never there", "timeout": "30s"}],
    "download": [HOME, {"action": "download", "text": "Save order", "timeout": "30s"}],
}


@pytest.mark.parametrize("deeds", HANGS.values(), ids=HANGS)
async def test_a_cancelled_step_ends_within_a_second_whatever_it_waits_for(cut_off, passes, deeds):
    await passes([BLANK])
    played, took = await cut_off(deeds)

    assert played.outcome.status == "cancelled"
    assert played["s0"].status == "cancelled"
    assert "did not stop" not in played["s0"].error_message
    assert took < 1.5


async def test_cancelled_while_the_browser_starts_it_leaves_none_behind(executed):
    before = {each.pid for each in children()}
    for seconds in (0.05, 0.2, 0.4, 0.7):
        pool = Resources()
        outcome = await executed([BLANK, WAITS], pool=pool, cancel_after=seconds)
        assert outcome.status == "cancelled"
        await pool.close()

    await until(lambda: {each.pid for each in children()} <= before)


@pytest.mark.parametrize(("times", "after"), [(160, None), (40, "s0")], ids=["at-any-moment", "in-the-middle"])
async def test_two_hundred_cancelled_executions_leave_nothing_behind(executed, passes, times, after):
    """Cancelled from the moment on in which they begin, and once the page is there."""
    await passes([BLANK])
    before, shown = left(), len(children("--type=renderer"))
    for number in range(times // 4):
        async with asyncio.TaskGroup() as group:
            moments = [after or 0.01 * (number % 10) + 0.02 * each for each in range(4)]
            ran = [group.create_task(executed([BLANK], [WAITS], cancel_after=each)) for each in moments]
        assert [task.result().status for task in ran] == ["cancelled"] * 4

    await until(lambda: all(now <= then for now, then in zip(left(), before, strict=True)))
    await until(lambda: len(children("--type=renderer")) <= shown + 1)


async def test_a_page_that_crashes_is_told_and_the_next_execution_has_another(on_page, passes):
    playing = asyncio.create_task(on_page([HOME, WAITS]))
    await asyncio.sleep(1.0)
    for each in children("--type=renderer"):
        each.kill()
    played = await playing

    assert (played["s0"].status, played["s0"].error_code) == ("error", "TM555")
    assert "the page crashed" in played["s0"].error_message
    await passes([HOME, {"action": "assert_visible", "text": "Mug"}])


@pytest.mark.parametrize("victim", ["--remote-debugging-pipe", "run-driver"])
async def test_a_browser_that_ends_is_told_and_the_next_execution_has_another(on_page, passes, victim):
    await passes([BLANK])
    (ended,) = [each for each in children(victim) if "--type=" not in " ".join(each.cmdline())]
    playing = asyncio.create_task(on_page([HOME, WAITS], ([BLANK], {"on_error": "continue"})))
    await asyncio.sleep(1.0)
    ended.kill()
    played = await playing

    assert (played["s0"].status, played["s0"].error_code) == ("error", "TM555"), played["s0"].error_message
    await passes([HOME, {"action": "assert_visible", "text": "Mug"}])


async def test_after_a_crash_a_retry_begins_with_a_new_page(on_page):
    more = {"retry": {"max_attempts": 2, "delay": "10ms", "on": ["error"]}}
    playing = asyncio.create_task(on_page(([HOME, {**WAITS, "timeout": "2s"}], more)))
    await asyncio.sleep(1.0)
    for each in children("--type=renderer"):
        each.kill()
    played = await playing

    assert [each.error_code for each in played["s0"].attempts] == ["TM555", "TM421"]


async def test_executions_wait_for_a_slot_and_say_so(play, site):
    class OneBrowserAction(BrowserAction):
        name = "one_browser"

        def __init__(self):
            super().__init__(BrowserSettings(slots=1))

    waits = f"name: a\nsteps:\n  - {{id: a, action: one_browser, config: {{actions: [{BLANK}, {WAITS}]}}}}\n"
    cancel = asyncio.Event()
    first = asyncio.create_task(play(waits, OneBrowserAction, cancel=cancel))
    await until(lambda: len(children("--type=renderer")) > 0)
    await asyncio.sleep(1.0)
    second = await play(waits.replace("action: one", "timeout: 500ms, action: one"), OneBrowserAction)
    cancel.set()
    await first
    third = await play(waits.replace("30s", "100ms"), OneBrowserAction)

    waiting = "waiting for one of 1 browser slot (TESTMESH_RUNNER_BROWSER_SLOTS)"
    assert second["a"].error_code == "TM410"
    assert waiting in second["a"].error_message
    assert waiting in second.lines
    assert third["a"].error_code == "TM421"


async def test_an_unused_browser_ends(executed, monkeypatch):
    monkeypatch.setattr(process, "IDLE_S", 0.1)
    before, pool = {each.pid for each in children()}, Resources()
    assert (await executed([BLANK], pool=pool)).status == "passed"

    await until(lambda: {each.pid for each in children()} <= before)
    await pool.close()


async def test_a_missing_browser_is_told_with_what_to_do(play, monkeypatch):
    monkeypatch.setenv("TESTMESH_CHROMIUM", "/no/such/chromium")
    source = f"name: a\nsteps:\n  - {{id: a, action: browser, config: {BLANK}}}\n"
    step = (await play(source))["a"]

    assert (step.status, step.error_code) == ("error", "TM550")
    assert "apt-get install chromium" in step.error_message

    monkeypatch.setenv("TESTMESH_CHROMIUM", "/bin/true")
    step = (await play(source))["a"]
    assert (step.status, step.error_code) == ("error", "TM551"), step.error_message


async def test_nothing_of_it_stays_on_the_disk(executed, monkeypatch):
    with tempfile.TemporaryDirectory() as folder:  # a short path, since Chromium makes a socket in it
        monkeypatch.setenv("TMPDIR", folder)
        pool = Resources()
        assert (await executed([BLANK], pool=pool)).status == "passed"
        assert (await executed([BLANK], [WAITS], pool=pool, cancel_after="s0")).status == "cancelled"
        await pool.close()

        assert [name for name in os.listdir(folder) if "playwright" in name] == []  # noqa: PTH208 - a name is enough
