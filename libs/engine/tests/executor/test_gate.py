"""A gate holds steps; what it has a run do otherwise than the flow says is told."""

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import Any

import pytest

from testmesh_contracts.events import StepFinished
from testmesh_engine.expressions import ExpressionError, compile_expression
from testmesh_engine.language import parse_flow

FLOW = """\
name: held
env: {wanted: 1}
steps:
  - {id: first, action: set, config: {found: 1}}
  - id: check
    action: assert
    config: {data: {n: "${wanted}"}, assertions: ["n == found"]}
  - id: loop
    action: for_each
    config:
      items: [a, b]
      steps:
        - {id: say, action: log, config: {message: "${item}"}}
teardown:
  - {id: clean, action: log, config: {message: clean}}
"""


@dataclass
class Recording:
    """Lets everything pass, but for what a test has it do at a step."""

    at: dict[str, Any] = field(default_factory=dict)
    behind: dict[str, Any] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    now: Any = None

    async def before(self, here):
        self.seen.append(f"before {here.path}")
        does = self.at.get(here.path)
        answer = does(here) if does else here.step
        return await answer if asyncio.iscoroutine(answer) else answer

    async def after(self, here, ended):
        self.seen.append(f"after {here.path} {ended.status}")
        does = self.behind.get(here.path)
        answer = does(here, ended) if does else None
        return await answer if asyncio.iscoroutine(answer) else answer

    def as_now(self, steps, place):
        return self.now(steps, place) if self.now else steps


def shape(played):
    moving = {"started_at", "finished_at", "duration_ms", "at"}

    def without(value):
        if isinstance(value, dict):
            return {key: without(item) for key, item in value.items() if key not in moving}
        return [without(item) for item in value] if isinstance(value, list) else value

    return [without(event.model_dump(mode="json")) for event in played.events]


async def test_a_gate_that_lets_all_pass_changes_nothing_of_what_is_told(play):
    gate = Recording()

    free, held = await play(FLOW), await play(FLOW, gate=gate)

    assert shape(held) == shape(free)
    assert held.outcome == free.outcome
    assert held.outcome.by_hand == []
    assert gate.seen == [
        "before first", "after first passed", "before check", "after check passed",
        "before loop", "before loop/say[0]", "after loop/say[0] passed", "before loop/say[1]",
        "after loop/say[1] passed", "after loop passed", "before clean", "after clean passed",
    ]  # fmt: skip


async def test_a_step_that_is_skipped_is_recorded_so_and_told_in_the_outcome(play):
    played = await play(FLOW, gate=Recording(at={"check": lambda here: "skip"}))

    assert played.statuses["check"] == "skipped"
    assert played.outcome.status == "passed"
    assert played.outcome.by_hand == ["step check was skipped by hand"]
    assert "step check was skipped by hand" in played.outcome.warnings


async def test_a_flow_whose_every_step_is_skipped_is_never_green(play):
    skip = dict.fromkeys(("first", "check", "loop"), lambda here: "skip")

    played = await play(FLOW, gate=Recording(at=skip))

    assert (played.outcome.status, played.outcome.error_code) == ("error", "TM415")


async def test_every_try_of_a_step_that_is_tried_again_is_recorded(play):
    def again(here, ended):
        if ended.status == "passed":
            return None
        here.sets("wanted", compile_expression("found"))
        return here.step

    played = await play(FLOW.replace("wanted: 1", "wanted: 2"), gate=Recording(behind={"check": again}))

    check = played["check"]
    assert [(one.number, one.status) for one in check.attempts] == [(1, "failed"), (2, "passed")]
    assert (check.status, check.error_message, check.retry_count) == ("passed", None, 1)
    assert played.outcome.status == "passed"
    assert played.outcome.by_hand == [
        "the variable wanted was set by hand at step check",
        "step check was tried again by hand after it failed",
    ]


async def test_a_step_that_passed_and_then_fails_when_tried_again_leaves_no_older_value(play):
    source = """\
name: again
env: {ok: true}
steps:
  - id: take
    action: set
    config: {found: 1}
    assert: ["${ok} == true"]
    on_error: continue
  - id: read
    action: log
    config: {message: "${found}"}
"""
    tries = []

    def again(here, ended):
        tries.append(ended.status)
        here.sets("ok", compile_expression("false"))
        return here.step if len(tries) == 1 else None

    played = await play(source, gate=Recording(behind={"take": again}))

    assert tries == ["passed", "failed"]
    assert played["read"].status == "error"
    assert "nothing set `found`" in (played["read"].error_message or "")


async def test_a_try_that_never_began_is_not_told_with_what_the_one_before_it_sent(play):
    tries = []

    def with_a_name_that_cannot_be_made(here, ended):
        tries.append((ended.input, ended.output is None))
        edited = parse_flow(FLOW.replace("id: first,", "id: first, name: '${nowhere}',"))
        return edited.steps[0] if len(tries) == 1 else None

    played = await play(FLOW, gate=Recording(behind={"first": with_a_name_that_cannot_be_made}))

    assert tries == [({"found": 1}, False), (None, True)]
    assert (played["first"].status, played["first"].error_code) == ("error", "TM401")


async def test_a_loop_that_is_tried_again_begins_with_steps_of_their_own(play):
    tries = []

    def once_more(here, ended):
        tries.append(ended.status)
        return here.step if len(tries) == 1 else None

    played = await play(FLOW, gate=Recording(behind={"loop": once_more}))

    paths = [event.path for event in played.events if isinstance(event, StepFinished)]
    assert paths[2:7] == ["loop/say[0]", "loop/say[1]", "loop/say[0]@2", "loop/say[1]@2", "loop"]
    assert played.is_well_nested()


async def test_a_failure_that_is_passed_by_lets_the_flow_go_on_and_is_told(play):
    gate = Recording(behind={"check": lambda here, ended: "skip"})

    played = await play(FLOW.replace("wanted: 1", "wanted: 2"), gate=gate)

    assert (played["check"].status, played["check"].error_message) == ("skipped", "by hand after it failed")
    assert played.statuses["loop"] == "passed"
    assert played.outcome.by_hand == ["step check was skipped by hand after it failed"]


async def test_on_error_waits_until_the_gate_lets_the_failure_stand(play):
    source = FLOW.replace("wanted: 1", "wanted: 2").replace(
        '["n == found"]}',
        '["n == found"]}\n    on_error: {steps: [{id: rescue, action: log, config: {message: help}}]}',
    )
    gate = Recording()

    await play(source, gate=gate)

    seen = [one for one in gate.seen if one in ("after check failed", "before check/on_error/rescue")]
    assert seen == ["after check failed", "before check/on_error/rescue"]


async def test_a_cancel_while_a_step_is_held_runs_the_teardown(play):
    cancel = asyncio.Event()

    async def hold(here):
        cancel.set()
        await asyncio.get_running_loop().create_future()

    played = await play(FLOW, gate=Recording(at={"check": hold}), cancel=cancel)

    assert played.outcome.status == "cancelled"
    assert played.statuses == {"first": "passed", "check": "skipped", "loop": "skipped", "clean": "passed"}


async def test_a_cancel_that_a_gate_does_not_heed_is_followed_by_no_further_try(play):
    cancel, seen = asyncio.Event(), []

    async def goes_on(here, ended):
        seen.append(ended.status)
        cancel.set()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.get_running_loop().create_future()
        return here.step if len(seen) == 1 else None

    played = await play(FLOW, gate=Recording(behind={"check": goes_on}), cancel=cancel)

    assert seen == ["passed"]
    assert played.statuses == {"first": "passed", "check": "cancelled", "loop": "skipped", "clean": "passed"}
    assert len(played["check"].attempts) == 1


async def test_what_is_seen_from_a_held_step_is_masked(play):
    source = FLOW.replace("{found: 1}", '{found: 1, key: "${secrets.token}"}')
    shown: list[Any] = []

    def look(here):
        shown.append(here.value(compile_expression("key")))
        shown.append(here.variables())
        shown.append(here.results())
        with pytest.raises(ExpressionError) as raised:
            here.value(compile_expression("key < 1"))
        shown.append(raised.value.message)
        return here.step

    await play(source, gate=Recording(at={"check": look}), secrets={"token": "hush-hush-hush"})

    assert shown[:3] == ["***", {"found": 1, "key": "***", "wanted": 1}, ["first"]]
    assert "hush" not in repr(shown)


async def test_behind_a_step_its_own_result_can_be_read_as_its_assertions_read_it(play):
    found: list[Any] = []

    def look(here, ended):
        found.append(here.value(compile_expression("message")))

    await play(FLOW, gate=Recording(behind={"clean": look}))

    assert found == ["clean"]


async def test_the_steps_to_come_can_be_exchanged(play):
    edited = parse_flow(FLOW.replace("message: clean", "message: swept").replace("id: loop", "id: other"))

    def now(steps, place):
        return {"first": edited.steps, "clean": edited.teardown}.get(steps[0].id, steps) if steps else steps

    gate = Recording()

    def exchange(here):
        gate.now = now
        here.reloaded()
        return here.step

    gate.at["check"] = exchange
    played = await play(FLOW, gate=gate)

    assert list(played.statuses) == ["first", "check", "say", "other", "clean"]
    assert "swept" in repr(played["clean"].input)
    assert played.outcome.by_hand == ["the flow was read anew at step check"]


async def test_a_stopwatch_that_stands_still_keeps_the_time_of_a_pause_out(play):
    time = [0.0]

    async def pause(here, ended):
        await asyncio.sleep(0.05)

    played = await play(FLOW, gate=Recording(behind={"check": pause}), stopwatch=lambda: time[0])

    assert {event.duration_ms for event in played.events if isinstance(event, StepFinished)} == {0.0}
    assert all(one.duration_ms == 0.0 for one in played["check"].attempts)
    assert played["check"].output["duration_ms"] == 0.0
