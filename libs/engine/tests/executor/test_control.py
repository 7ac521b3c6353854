"""What the cases in tests/flows cannot say: what is recorded of control flow, and what outlives it."""

import asyncio
import time

import pytest

from testmesh_contracts.events import StepStarted
from testmesh_engine.actions import BUILT_IN, ActionRegistry
from testmesh_engine.executor import NoSources
from testmesh_engine.language import parse_flow
from testmesh_sdk import Action, ActionConfig, ActionResult

LOOP = """name: a
env: {total: 0}
steps:
  - id: each
    name: over ${total}
    action: for_each
    config:
      range: {from: 1, to: 2}
      steps: [{id: add, action: set, config: {total: "${total + item}"}}]
    assert: [iterations == 2, duration_ms >= 0]
    output: {last: "outputs[-1].total"}
outputs: {last: last, total: total}
"""


async def test_children_are_recorded_with_their_parent_and_iteration(play):
    played = await play(LOOP)
    started = [event for event in played.events if isinstance(event, StepStarted)]

    assert [(e.path, e.parent_path, e.iteration, e.number) for e in started] == [
        ("each", None, None, 1), ("each/add[0]", "each", 0, 2), ("each/add[1]", "each", 1, 3),
    ]  # fmt: skip
    assert played.outcome.outputs == {"last": 3, "total": 3}


async def test_a_step_of_control_flow_records_what_it_was_given_and_what_came_of_it(play):
    played = await play(LOOP)
    each = played["each"]

    assert each.name == "over 0"
    assert each.input == {"range": {"from": 1, "to": 2}}
    assert {key: each.output[key] for key in ("iterations", "passed", "failed")} == {
        "iterations": 2, "passed": 2, "failed": 0,
    }  # fmt: skip
    assert [outcome.holds for outcome in each.assertions] == [True, True]
    assert each.output["duration_ms"] <= each.duration_ms


def test_what_is_nested_is_planned_once_under_its_parent():
    source = """name: a
requires: [{id: ready, action: log, config: {message: x}}]
steps:
  - id: p
    action: parallel
    config:
      branches:
        - name: one
          steps: [{id: l, action: for_each, config: {range: 9, steps: [{id: x, action: log, config: {message: x}}]}}]
  - id: f
    action: fail
    config: {message: x}
    on_error: {steps: [{id: y, action: log, config: {message: x}}]}
"""
    planned = [(step.path, step.action) for step in parse_flow(source).steps_planned()]

    assert planned == [
        ("ready", "log"), ("p", "parallel"), ("p/one", "branch"), ("p/one/l", "for_each"), ("p/one/l/x", "log"),
        ("f", "fail"), ("f/on_error", "on_error"), ("f/on_error/y", "log"),
    ]  # fmt: skip


async def test_the_same_chance_is_not_given_twice_to_rows_and_called_flows(play):
    child = parse_flow("name: c\noutputs: {id: id}\nsteps: [{action: set, config: {id: '${UUID}'}}]\n")

    class Child(NoSources):
        async def flow(self, reference, caller):
            return child

    played = await play(
        "name: a\ndata: [{n: 1}, {n: 2}]\noutputs: {here: here, there: there}\nsteps:\n"
        "  - {id: a, action: set, config: {here: '${UUID}'}}\n"
        "  - {id: b, action: run_flow, config: {flow: c}, output: {there: id}}\n",
        sources=Child(),
    )
    ids = played.outcome.outputs["here"] + played.outcome.outputs["there"]

    assert played.outcome.status == "passed"
    assert len(set(ids)) == 4


async def test_a_row_that_did_not_pass_is_named_as_people_count_and_by_its_first_column(play):
    played = await play(
        "name: a\ndata: [{lamp: mug, n: 1}, {lamp: pen, n: 2}, {lamp: hat, n: 2}]\n"
        "steps: [{id: look, action: assert, assert: [n == 1]}]\n"
    )

    said = played.outcome.error_message
    assert said == "row 2 of 3 (lamp=pen): step look[1] failed: assertion failed: n == 1 (and 1 more of 3 rows)"


async def test_a_secret_input_of_a_called_flow_is_masked_in_the_caller_too(play):
    child = parse_flow(
        "name: c\ninputs: {key: {type: string, secret: true}}\noutputs: {token: {from: token, secret: true}}\n"
        "steps: [{action: set, config: {token: 'canary-2 of ${key}'}}]\n"
    )

    class Child(NoSources):
        async def flow(self, reference, caller):
            return child

    played = await play(
        "name: a\nsteps:\n"
        "  - {id: c, action: run_flow, config: {flow: c, inputs: {key: 'canary-1'}}, output: {token: token}}\n"
        "  - {id: d, action: log, config: {message: 'got ${token}'}}\n",
        sources=Child(),
    )

    assert played.outcome.status == "passed"
    assert "canary-1" not in played.said
    assert played["c"].output["token"] == played["d"].output["message"].removeprefix("got ") == "***"


async def test_a_flow_that_does_nothing_but_call_one_that_passes_is_a_pass(play):
    class Child(NoSources):
        async def flow(self, reference, caller):
            return parse_flow("name: c\nsteps: [{action: log, config: {message: x}}]\n")

    played = await play("name: a\nsteps: [{action: run_flow, config: {flow: c}}]\n", sources=Child())

    assert played.outcome.status == "passed"


async def test_a_flow_that_calls_another_where_none_can_be_found_runs_nothing(play):
    played = await play("name: a\nsteps: [{id: c, action: run_flow, config: {flow: other}}]\n")

    assert (played.outcome.status, played.outcome.error_code) == ("error", "TM456")
    assert played.statuses == {"c": "skipped"}


async def test_a_run_of_endless_loops_ends_with_an_error_and_bounded_records(play, monkeypatch):
    monkeypatch.setattr("testmesh_engine.executor.course.MAX_RECORDED", 50)
    played = await play(
        "name: a\nsteps:\n"
        "  - id: l\n    action: for_each\n    config:\n      range: 1000\n      continue_on_error: true\n"
        "      steps: [{id: x, action: log, config: {message: x}}]\n"
    )

    assert (played.outcome.status, played.outcome.error_code) == ("error", "TM455")
    assert sum(played.outcome.step_counts.values()) <= 51


@pytest.mark.parametrize("busy", ["for_each, config: {range: 100000, max_iterations: 100000, steps: [%s]}",
                                  "repeat_until, config: {until: 1 == 2, every: 1ms, steps: [%s]}"])  # fmt: skip
async def test_a_cancel_is_heard_by_loops_of_steps_that_never_wait(play, busy):
    cancel = asyncio.Event()
    asyncio.get_running_loop().call_later(0.1, cancel.set)
    started = time.monotonic()
    step = "{id: x, action: set, config: {v: 1}}"
    played = await play(f"name: a\nsteps:\n  - {{id: l, action: {busy % step}}}\n", cancel=cancel)

    assert played.outcome.status == "cancelled"
    assert time.monotonic() - started < 3


async def test_cancelling_the_task_of_a_run_leaves_no_task_behind_and_runs_no_teardown(play):
    source = """name: a
steps:
  - id: p
    action: parallel
    config:
      branches:
        - {name: one, steps: [{action: delay, config: {duration: 30s}}]}
        - {name: two, steps: [{action: run_flow, config: {flow: c}}]}
teardown: [{id: t, action: log, config: {message: no}}]
"""
    child = parse_flow(
        "name: c\nsteps: [{action: delay, config: {duration: 30s}}]\nteardown: [{action: fail, config: {message: x}}]\n"
    )

    class Child(NoSources):
        async def flow(self, reference, caller):
            return child

    before = asyncio.all_tasks()
    task = asyncio.create_task(play(source, sources=Child()))
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.sleep(0.05)

    assert asyncio.all_tasks() == before


async def test_a_run_whose_task_is_cancelled_waits_for_its_steps_to_clean_up_and_runs_no_teardown_inside(play):
    begun, told = asyncio.Event(), []

    class CleansUp(Action):
        name = "cleans_up"
        config = ActionConfig

        async def run(self, config, context):
            told.append(f"{context.step_id} began")
            begun.set()
            try:
                await asyncio.sleep(30)
            finally:
                await asyncio.sleep(0.05)
                told.append(f"{context.step_id} cleaned up")
            return ActionResult()

    class Child(NoSources):
        async def flow(self, reference, caller):
            return parse_flow(
                "name: c\nsteps: [{id: a, action: cleans_up}]\nteardown: [{id: b, action: cleans_up}]\n",
                registry=ActionRegistry((*BUILT_IN, CleansUp)),
            )

    source = "name: a\nsteps: [{action: run_flow, config: {flow: c}}]\n"
    task = asyncio.create_task(play(source, CleansUp, sources=Child()))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert told == ["a began", "a cleaned up"]


async def test_a_branch_that_was_cut_off_says_so_to_the_steps_behind(play):
    branches = "[{name: bad, steps: [{action: fail, config: {message: x}}]},"
    branches += " {name: slow, steps: [{action: delay, config: {duration: 30s}}]}]"
    played = await play(
        "name: a\nsteps:\n"
        f"  - {{action: parallel, on_error: continue, config: {{fail_fast: true, branches: {branches}}}}}\n"
        "  - {action: log, config: {message: '${branches.bad.status} ${branches.slow}'}}\n"
    )

    assert played.lines == ['failed {"status":"cancelled","outputs":{}}']


@pytest.mark.parametrize(
    "again", ["retry: {max_attempts: 1000}", "eventually: {within: 60s, every: 1ms}, assert: ['1 == 1']"]
)
async def test_attempts_end_where_a_run_has_recorded_all_that_it_may(play, monkeypatch, again):
    monkeypatch.setattr("testmesh_engine.executor.course.MAX_RECORDED", 50)
    step = "{id: x, action: fail, config: {message: x}}"
    played = await play(f"name: a\nsteps:\n  - {{id: g, action: group, {again}, config: {{steps: [{step}]}}}}\n")

    assert played.outcome.status in {"failed", "error"}
    assert sum(played.outcome.step_counts.values()) <= 51


async def test_flows_that_call_one_another_in_very_many_ways_are_followed_once_each(play):
    class Levels(NoSources):
        async def flow(self, reference, caller):
            below = int(reference) + 1
            step = "log, config: {message: here}" if below > 8 else f'run_flow, config: {{flow: "{below}"}}'
            steps = "".join(f"  - {{action: {step}}}\n" for _ in range(20))
            return parse_flow(f"name: level {reference}\nsteps:\n{steps}", file=f"{reference}.yaml")

    source = (
        "name: top\nsteps:\n"
        '  - {action: run_flow, when: 1 == 2, config: {flow: "1"}}\n'
        "  - {action: assert, config: {data: 1, assertions: [data == 1]}}\n"
    )
    played = await asyncio.wait_for(play(source, sources=Levels()), 30)

    assert played.outcome.status == "passed"
