"""Corners of a run: each of these once could be changed without any other test that noticed."""

import asyncio
import itertools

import pytest

from testmesh_contracts.events import ArtifactStored, StepFinished
from testmesh_engine.executor import NoSources
from testmesh_engine.executor.control.side_by_side import SideBySide
from testmesh_engine.executor.masking import Mask
from testmesh_engine.executor.presentation import clean
from testmesh_engine.language import parse_flow
from testmesh_sdk import Action, ActionConfig, ActionResult


class Says(Action):
    name = "says"
    config = ActionConfig

    async def run(self, config, context):
        line = context.variables["line"]
        context.log("info", line)
        await context.attach(line[:300], b"x", "text/plain")
        return ActionResult()


class HearsTheSecond(Action):
    """Stops at the second cancel alone."""

    name = "hears_the_second"
    config = ActionConfig

    async def run(self, config, context):
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            await asyncio.sleep(30)
        return ActionResult()


class TellsLate(HearsTheSecond):
    name = "tells_late"

    async def run(self, config, context):
        try:
            await super().run(config, context)
        except asyncio.CancelledError:
            context.log("info", "late")
            await context.attach("late", b"x", "text/plain")
        return ActionResult()


LOOP = "name: a\nsteps:\n  - {id: l, action: for_each, config: {%s, steps: [{action: set, config: {x: '${item}'},"
LOOP += " output: {got: values.x}}]}, output: {all: 'map(outputs, .got)'}}\n"


@pytest.mark.parametrize(
    ("config", "items"),
    [("range: 3", [0, 1, 2]), ("range: {to: 2}", [0, 1, 2]), ("range: {from: 2, to: 0, step: -1}", [2, 1, 0]),
     ("range: {from: 1, to: 5, step: 2}", [1, 3, 5]), ("items: [7]", [7])],
)  # fmt: skip
async def test_a_range_has_both_of_its_ends_and_begins_with_nought(play, config, items):
    played = await play(LOOP % config)

    assert played.outcome.status == "passed"
    assert played["l"].outputs["all"] == items


async def test_what_the_last_pass_set_is_there_behind_a_loop_in_order_alone(play):
    behind = "  - {id: b, action: log, config: {message: '${got}'}}\n"
    in_order = await play(LOOP % "range: 3" + behind)
    at_once = await play(LOOP % "range: 3, parallel: true" + behind)

    assert in_order.lines == ["2"]
    assert (at_once.outcome.status, at_once["b"].error_code) == ("error", "TM401")


async def test_what_the_last_pass_of_a_repetition_found_can_be_read_behind_it(play):
    inner = "{id: n, action: log, config: {message: 'pass ${index}'}}"
    source = "name: a\nsteps:\n  - {id: r, action: repeat_until, config: {steps: [%s], until: index == 2, every: 1ms,"
    source += " within: 5s}}\n  - {id: b, action: log, config: {message: 'last was ${n.message}'}}\n"
    played = await play(source % inner)

    assert played.lines == ["pass 0", "pass 1", "pass 2", "last was pass 2"]


async def test_passes_side_by_side_begin_no_more_once_one_of_them_failed(play):
    inner = "{id: x, action: assert, config: {assertions: ['item != 0']}}"
    source = "name: a\nsteps:\n  - {id: l, action: for_each, config: {range: 50, parallel: 2, steps: [%s]}}\n"
    played = await play(source % inner)

    assert played.outcome.status == "failed"
    assert played["l"].output["iterations"] < 10


async def test_passes_that_failed_are_counted_beside_those_that_passed(play):
    inner = "{id: x, action: assert, config: {assertions: ['item != 0']}}"
    source = (
        "name: a\nsteps:\n  - {id: l, action: for_each, config: {range: 3, continue_on_error: true, steps: [%s]}}\n"
    )
    output = (await play(source % inner))["l"].output

    assert (output["iterations"], output["passed"], output["failed"]) == (3, 2, 1)


async def test_the_time_of_a_loop_is_that_of_the_stopwatch(play):
    ticks = itertools.count()
    played = await play(LOOP % "range: 2", stopwatch=lambda: next(ticks))

    assert played["l"].output["duration_ms"] % 1_000 == 0
    assert played["l"].output["duration_ms"] > 0


async def test_work_beside_work_that_breaks_is_cut_off():
    async def work(number):
        if number == 0:
            raise ZeroDivisionError
        await asyncio.sleep(60)

    together = asyncio.create_task(SideBySide().run([0, 1], 2, work))
    done, _ = await asyncio.wait({together}, timeout=5)
    together.cancel()

    assert done
    with pytest.raises(ZeroDivisionError):
        await together


async def test_a_reason_to_give_up_that_is_no_yes_or_no_ends_all_tries(play):
    step = "{id: a, action: set, config: {n: 1}, assert: ['1 == 2'],"
    step += " eventually: {within: 300ms, every: 1ms, fail_fast: values.n}}"
    played = await play(f"name: a\nsteps: [{step}]\n")

    assert (played["a"].status, played["a"].error_code) == ("error", "TM403")
    assert "fail_fast: values.n is neither true nor false" in played["a"].error_message


class InARow(NoSources):
    """Flows that call one another, each the next one, up to a last."""

    def __init__(self, last):
        self.last = last

    async def flow(self, reference, caller):
        below = int(reference) + 1
        step = "log, config: {message: here}" if below > self.last else f'run_flow, config: {{flow: "{below}"}}'
        return parse_flow(f"name: level {reference}\nsteps: [{{action: {step}}}]\n", file=f"{reference}.yaml")


@pytest.mark.parametrize(("last", "code"), [(9, None), (10, "TM454")])
async def test_flows_call_one_another_as_deep_as_the_limit_and_no_deeper(play, last, code):
    played = await play('name: top\nsteps: [{action: run_flow, config: {flow: "1"}}]\n', sources=InARow(last))

    assert played.outcome.error_code == code


@pytest.mark.parametrize(("calls", "code"), [(200, None), (201, "TM454")])
async def test_a_run_calls_as_many_flows_as_the_limit_and_no_more(play, calls, code):
    steps = "".join(f'  - {{action: run_flow, config: {{flow: "{number}"}}}}\n' for number in range(calls))
    played = await play(f"name: top\nsteps:\n{steps}", sources=InARow(0))

    assert played.outcome.error_code == code


@pytest.mark.parametrize(("length", "told"), [(32_768, "x" * 32_768), (32_769, "x" * 32_768 + "…")])
async def test_a_line_of_the_log_is_told_whole_up_to_its_limit(play, length, told):
    source = "name: a\nsteps:\n  - {id: a, action: says, config: {}}\n"
    played = await play(source, Says, variables={"line": "x" * length})

    assert played.lines == [told]


async def test_the_name_of_a_file_is_kept_up_to_its_limit(play):
    played = await play("name: a\nsteps:\n  - {id: a, action: says}\n", Says, variables={"line": "x" * 300})

    assert [event.name for event in played.events if isinstance(event, ArtifactStored)] == ["x" * 255]


def test_eighty_lists_inside_one_another_are_recorded_and_no_more():
    kept, cut = [], []
    for _ in range(79):
        kept, cut = [kept], [cut]
    cut = [cut]

    assert clean(kept, Mask()) == kept
    assert "nested deeper than is recorded" in repr(clean(cut, Mask()))


@pytest.fixture
def leave_to_itself(play, monkeypatch):
    """Play an action that is left to itself, then cancel it for the second time and wait for its end."""
    monkeypatch.setattr("testmesh_engine.executor.supervision.GRACE_S", 0.05)

    async def carry_out(action):
        played = await play(f"name: a\ntimeout: 50ms\nsteps: [{{id: a, action: {action.name}}}]\n", action)
        left = asyncio.all_tasks() - {asyncio.current_task()}
        assert left
        for task in left:
            task.cancel()
        await asyncio.wait(left)
        await asyncio.sleep(0)
        return played

    return carry_out


async def test_what_is_left_to_itself_and_cancelled_later_is_no_fault_of_the_loop(leave_to_itself):
    faults = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: faults.append(context))
    await leave_to_itself(HearsTheSecond)

    assert faults == []


async def test_a_step_that_has_ended_tells_no_line_and_keeps_no_file_any_more(leave_to_itself, tmp_path):
    played = await leave_to_itself(TellsLate)

    assert isinstance(played.events[-1], StepFinished)
    assert played.lines == []
    assert [event for event in played.events if isinstance(event, ArtifactStored)] == []
    assert not (tmp_path / "artifacts").exists()


async def test_a_number_that_is_too_long_to_be_read_is_told_as_the_text_it_is(play):
    source = "name: a\ninputs: {count: {type: integer}}\nsteps:\n  - {id: a, action: log, config: {message: x}}\n"
    played = await play(source, variables={"count": "9" * 5_000})

    assert played.outcome.error_code == "TM416"
    assert "given was text" in played.outcome.error_message


async def test_a_run_whose_task_is_cancelled_in_its_teardown_ends_there(play):
    source = "name: a\nsteps: [{action: log, config: {message: x}}]\n"
    source += "teardown: [{action: delay, config: {duration: 30s}}]\n"
    task = asyncio.create_task(play(source))
    asyncio.get_running_loop().call_later(0.1, task.cancel)
    await asyncio.wait({task}, timeout=5)

    assert task.cancelled()


async def test_what_an_inner_loop_set_is_an_output_of_the_pass_around_it(play):
    step = "{action: set, config: {x: '${item}'}, output: {got: values.x}}"
    inner = f"{{action: for_each, config: {{range: 2, steps: [{step}]}}}}"
    source = "name: a\nsteps:\n  - {id: l, action: for_each, config: {range: 2, steps: [%s]}, output: {all: outputs}}\n"
    played = await play(source % inner)

    assert played["l"].outputs["all"] == [{"x": 1, "got": 1}, {"x": 1, "got": 1}]


class HangsLater(Action):
    name = "hangs_later"
    config = ActionConfig
    made = 0

    async def run(self, config, context):
        self.made += 1
        if self.made > 1:
            await asyncio.sleep(30)
        return ActionResult()


async def test_a_try_that_the_end_of_time_cuts_off_says_less_than_the_one_before_it(play):
    step = "{id: a, action: hangs_later, assert: ['1 == 2'], eventually: {within: 150ms, every: 1ms}}"
    played = await play(f"name: a\nsteps: [{step}]\n", HangsLater)

    assert (played["a"].status, played["a"].error_code) == ("failed", "TM423")
