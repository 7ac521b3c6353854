"""A run of a part of a flow: what is left out is recorded so, and never makes a flow green that tested nothing."""

from testmesh_engine.actions.log import LogAction

FLOW = """\
name: a
setup:
  - {id: begin, action: set, config: {x: 1}}
steps:
  - {id: one, action: set, config: {y: 2}, assert: [y == 2]}
  - {id: two, name: "two of ${one.duration_ms}", action: assert, assert: [x == 1]}
  - id: three
    action: group
    config:
      steps:
        - {id: inside, action: assert, assert: [1 == 1]}
        - {id: beside, action: assert, assert: [1 == 2]}
teardown:
  - {id: end, action: log, config: {message: bye}}
"""


def leaving_out(*ids):
    return lambda flow, step: "not asked for" if flow.name == "a" and step.id in ids else None


async def test_a_step_that_is_left_out_is_skipped_with_the_reason_and_all_else_runs(play):
    played = await play(FLOW, left_out=leaving_out("two", "beside"))

    assert played.outcome.status == "passed"
    assert played.statuses == {
        "begin": "passed", "one": "passed", "two": "skipped", "inside": "passed", "beside": "skipped",
        "three": "passed", "end": "passed",
    }  # fmt: skip
    assert (played["two"].error_message, played["two"].error_code) == ("not asked for", None)
    assert played.is_well_nested()


async def test_neither_the_name_nor_the_action_of_a_step_that_is_left_out_matters(play):
    class HeavyAction(LogAction):
        name = "heavy"
        loaded = 0

        def load(self):
            HeavyAction.loaded += 1

    flow = FLOW.replace("action: assert, assert: [x == 1]", "action: heavy, config: {message: x}")
    played = await play(flow, HeavyAction, left_out=leaving_out("one", "two", "beside"))

    assert (played["two"].status, played["two"].name) == ("skipped", "two of ${one.duration_ms}")
    assert played.outcome.status == "passed"
    assert HeavyAction.loaded == 0
    assert (await play(flow.replace("1 == 2", "1 == 1"), HeavyAction)).outcome.status == "passed"
    assert HeavyAction.loaded == 1


async def test_who_reads_a_step_that_was_left_out_is_told_so(play):
    flow = FLOW.replace("assert: [x == 1]", "assert: [one.y == 2]").replace("two of ${one.duration_ms}", "two")
    played = await play(flow, left_out=leaving_out("one", "beside"))

    assert (played.outcome.status, played["two"].status) == ("error", "error")
    assert "the step `one` has no result to read: it was left out of this run" in played["two"].error_message


async def test_a_flow_of_which_all_steps_are_left_out_is_never_green(play):
    played = await play(FLOW, left_out=leaving_out("one", "two", "three"))

    assert (played["begin"].status, played["end"].status) == ("passed", "passed")
    assert (played.outcome.status, played.outcome.error_code) == ("error", "TM415")


async def test_a_group_of_which_all_steps_are_left_out_is_skipped_and_no_pass(play):
    played = await play(FLOW, left_out=leaving_out("one", "two", "inside", "beside"))

    assert played["three"].status == "skipped"
    assert played.outcome.status == "error"


async def test_outputs_are_taken_of_a_whole_flow_alone(play):
    flow = FLOW.replace("steps:", "outputs: {y: one.values.y}\nsteps:", 1).replace("1 == 2", "1 == 1")
    without_one = await play(flow, left_out=leaving_out("one", "two"))

    assert (without_one.outcome.status, without_one.outcome.outputs) == ("passed", {})
    assert (await play(flow)).outcome.outputs == {"y": 2}


async def test_of_a_flow_that_is_called_nothing_is_left_out_by_the_ids_of_the_caller(play, tmp_path):
    from testmesh_engine.actions import BUILT_IN, ActionRegistry
    from testmesh_engine.executor import FolderSources
    from testmesh_engine.language import parse_flow

    registry = ActionRegistry(BUILT_IN)
    called = parse_flow(FLOW.replace("name: a", "name: other").replace("1 == 2", "1 == 1"), registry=registry)
    caller = "name: a\nsteps:\n  - {id: one, action: log, config: {message: x}}\n"
    caller += "  - {id: call, action: run_flow, config: {flow: other}}\n"
    played = await play(caller, left_out=leaving_out("one"), sources=FolderSources(registry, [called]))

    ended = {e.path: e.status for e in played.events if e.type == "step.finished"}
    assert (ended["one"], ended["call/one"]) == ("skipped", "passed")
