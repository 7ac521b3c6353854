"""Corners of a run: each of these once could be changed without any other test that noticed."""

import asyncio

import pytest

from testmesh_sdk import Action, ActionConfig, ActionResult

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
