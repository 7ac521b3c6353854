"""What once ended green, or never, and must not."""

import pytest

from testmesh_engine.executor import course, presentation
from testmesh_engine.executor.masking import Mask
from testmesh_engine.executor.presentation import clean
from testmesh_engine.executor.weight import MOST_ELEMENTS, bounded
from testmesh_engine.expressions import LimitExceededError

LOOP = "name: a\nsteps:\n  - {id: l, action: %s, config: {%s, steps: [{action: log, config: {message: x}}]}}\n"
SHARED = [[0] * 5_000] * 5_000


@pytest.mark.parametrize("loop", ["range: 9", "range: 9, parallel: 2"])
async def test_a_loop_that_ran_out_of_records_is_an_error_and_says_how_far_it_came(play, monkeypatch, loop):
    monkeypatch.setattr(course, "MAX_RECORDED", 5)
    played = await play(LOOP % ("for_each", loop))

    assert (played.outcome.status, played["l"].error_code) == ("error", "TM455")


async def test_a_loop_broken_off_between_its_passes_says_how_far_it_came(play, monkeypatch):
    monkeypatch.setattr(course, "MAX_RECORDED", 5)
    step = "{action: condition, config: {if: 1 == 2, then: [{action: log, config: {message: x}}]}}"
    source = f"name: a\nsteps:\n  - {{id: l, action: for_each, config: {{range: 9, steps: [{step}]}}}}\n"
    played = await play(source + "  - {action: log, config: {message: x}}\n")

    assert played["l"].error_message == "2 of 9 items were looped over: too many steps"


async def test_a_repetition_that_ran_out_of_records_is_an_error(play, monkeypatch):
    monkeypatch.setattr(course, "MAX_RECORDED", 5)
    step = "{action: condition, config: {if: 1 == 2, then: [{action: log, config: {message: x}}]}}"
    config = f"{{until: 1 == 2, within: 9s, every: 1ms, steps: [{step}]}}"
    played = await play(f"name: a\nsteps: [{{id: r, action: repeat_until, config: {config}}}]\n")

    assert played["r"].error_code == "TM455"


async def test_what_a_loop_left_out_is_not_allowed_to_fail(play, monkeypatch):
    monkeypatch.setattr(course, "MAX_RECORDED", 5)
    loop = (LOOP % ("for_each", "range: 9")).replace("id: l", "id: l, allow_failure: true")
    played = await play(loop.replace("steps:\n", "steps:\n  - {action: log, config: {message: x}}\n"))

    assert played.outcome.error_code == "TM455"


async def test_an_unknown_name_is_not_allowed_to_fail(play):
    step = "{id: a, action: assert, allow_failure: true, config: {assertions: [nosuch == 1]}}"
    played = await play(f"name: a\nsteps: [{step}, {{action: log, config: {{message: x}}}}]\n")

    assert (played.outcome.status, played.outcome.error_code) == ("error", "TM401")


@pytest.mark.parametrize("test", ["body.nmae == 'Bob'", "body.name"])
async def test_a_condition_that_could_not_be_tested_is_not_allowed_to_fail(play, test):
    step = (
        f"{{action: condition, allow_failure: true, config: {{if: {test}, then: [{{action: set, config: {{x: 1}}}}]}}}}"
    )
    played = await play(
        f"name: a\nenv: {{body: {{name: Bob}}}}\nsteps: [{step}, {{action: log, config: {{message: x}}}}]\n"
    )

    assert played.outcome.status == "error"


async def test_what_a_step_set_is_gone_where_a_group_around_it_is_skipped(play):
    group = "{action: group, when: item == 0, config: {steps: [{action: set, config: {x: 1}}]}}"
    see = "{id: see, action: assert, config: {assertions: [x == 1]}}"
    played = await play(
        f"name: a\nsteps: [{{id: l, action: for_each, config: {{range: 2, steps: [{group}, {see}]}}}}]\n"
    )

    assert played["l"].error_code == "TM401"


async def test_what_another_step_set_stays_where_a_step_is_skipped(play):
    sets = "{action: set, config: {x: 1}}, {action: set, when: item == 0, config: {x: 2}}"
    see = "{action: assert, config: {assertions: [x == 2 - item]}}"
    played = await play(f"name: a\nsteps: [{{action: for_each, config: {{range: 2, steps: [{sets}, {see}]}}}}]\n")

    assert played.outcome.status == "passed"


def test_a_value_is_counted_with_all_that_it_holds():
    assert bounded({"a": [0] * 1_000}) == {"a": [0] * 1_000}
    with pytest.raises(LimitExceededError) as refused:
        bounded({"a": 1, "b": SHARED})
    assert refused.value.pointer == "/b"
    with pytest.raises(LimitExceededError):
        bounded(["x" * 64_000] * (MOST_ELEMENTS // 1_000))


@pytest.mark.parametrize(
    "holder", [dict.fromkeys(range(1_000)), [0] * 1_000, set(range(1_000)), "x" * 64_000, b"x" * 64_000]
)
@pytest.mark.parametrize("around", [list, tuple, lambda members: dict(enumerate(members))])
def test_a_value_has_as_many_elements_as_its_limit_and_no_more(holder, around):
    members = [holder] * 999

    bounded({"a": around(members)})
    with pytest.raises(LimitExceededError):
        bounded({"a": around([*members, 0])})


def test_a_record_ends_where_it_has_no_room_for_more(monkeypatch):
    monkeypatch.setattr(presentation, "_MOST_RECORDED", 6)

    assert clean([1, [2, 3], {"a": 4}, 5], Mask()) == [
        1,
        [2, 3],
        {"…": "… (more than is recorded)"},
        "… (more than is recorded)",
    ]
    assert clean("x" * 700, Mask()) == "… (more than is recorded)"


async def test_an_operand_that_shares_what_it_holds_is_recorded_in_part(play):
    check = "{action: assert, config: {assertions: ['len(map(0..5000, {big})) == 1']}}"
    played = await play(f"name: a\nsteps: [{{action: set, config: {{big: '${{0..5000}}'}}}}, {check}]\n")

    assert played.outcome.status == "failed"


@pytest.mark.parametrize("around", ["action: group, config: {", "action: for_each, config: {range: 2, "])
async def test_steps_inside_that_were_all_allowed_to_fail_are_no_step_that_passed(play, around):
    step = "{action: fail, config: {message: x}, allow_failure: true}"
    played = await play(f"name: a\nsteps: [{{{around}steps: [{step}]}}}}]\n")

    assert (played.outcome.status, played.outcome.error_code) == ("error", "TM415")
