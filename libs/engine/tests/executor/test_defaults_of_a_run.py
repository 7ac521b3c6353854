"""What a run gives to flows that say nothing themselves: time, tries, and a part of the process's environment."""

import pytest

from testmesh_engine.executor import FolderSources
from testmesh_engine.executor.attempt import Tried
from testmesh_engine.executor.repetition import Repetition
from testmesh_engine.language import parse_flow
from testmesh_engine.language.parse import built_in_actions
from testmesh_engine.process_env import ListedEnv
from testmesh_sdk import Action, ActionConfig, ActionError, ActionFailure, ActionResult


class Config(ActionConfig):
    ends: list[str]


class Result(ActionResult):
    number: int


class Fickle(Action[Config, Result]):
    """Ends as its config says, try for try."""

    name = "fickle"
    config = Config
    result = Result

    async def run(self, config, context):
        end = config.ends[min(context.attempt, len(config.ends)) - 1]
        if end == "error":
            raise ActionError("TM430", "nobody listens")
        if end == "failure":
            raise ActionFailure("failed on purpose")
        return Result(number=context.attempt)


@pytest.fixture
def fickle(monkeypatch):
    monkeypatch.setattr("testmesh_engine.executor.repetition.FIRST_PAUSE_S", 0.001)
    return Fickle


FLOW = "name: x\nsteps:\n  - {id: s, action: fickle, config: {ends: [%s]}%s}\n"


@pytest.mark.parametrize(
    ("ends", "more", "status", "tries"),
    [
        ("error, ok", "", "passed", 2),
        ("error, error, ok", "", "passed", 3),
        ("error", "", "error", 3),
        ("failure, ok", "", "failed", 1),
        ("error, failure, ok", "", "failed", 2),
        ("ok", ", assert: [number == 2]", "failed", 1),
        ("error, ok", ", assert: [number == 3]", "failed", 2),
        ("ok", ", assert: [nothing_of_that_name == 3]", "error", 1),
        ("error, ok", ", retry: {max_attempts: 1}", "error", 1),
        ("error, ok", ", retry: {max_attempts: 5, on: [assertion]}", "error", 1),
        ("error", ", assert: [number > 0], eventually: {within: 30ms, every: 10ms}", "error", None),
    ],
)
async def test_a_step_that_could_not_be_judged_is_tried_again_and_a_failed_assertion_never(
    play, fickle, ends, more, status, tries
):
    played = await play(FLOW % (ends, more), fickle, unjudged_retries=2)

    assert played["s"].status == status
    assert tries is None or len(played["s"].attempts) == tries


async def test_without_the_option_nothing_is_tried_again(play, fickle):
    step = (await play(FLOW % ("error, ok", ""), fickle))["s"]

    assert (step.status, len(step.attempts)) == ("error", 1)


async def test_a_step_that_holds_others_is_not_repeated_with_their_failed_assertions(play, fickle):
    source = """\
name: x
steps:
  - id: g
    action: parallel
    config:
      branches:
        - {name: one, steps: [{id: wrong, action: assert, config: {assertions: ["1 == 2"]}}]}
        - {name: two, steps: [{id: s, action: fickle, config: {ends: [error]}}]}
"""
    played = await play(source, fickle, unjudged_retries=2)

    assert len(played["wrong"].attempts) == 1
    assert len(played["s"].attempts) == 3
    assert (played["g"].status, len(played["g"].attempts)) == ("error", 1)


def test_the_pauses_between_tries_grow_and_are_bounded():
    flow = parse_flow("name: x\nsteps: [{action: log, config: {message: hi}}]\n")
    repetition = Repetition(flow.steps[0], lambda: 0.0, unjudged_retries=10)
    tried = Tried("error", "error")

    assert [repetition.pause(number, tried) for number in range(1, 12)] == [0.5, 1, 2, 4, 8, 10, 10, 10, 10, 10, None]


def test_a_step_that_says_nothing_of_tries_is_tried_once():
    flow = parse_flow("name: x\nsteps: [{action: log, config: {message: hi}}]\n")

    assert Repetition(flow.steps[0], lambda: 0.0).pause(1, Tried("error", "error")) is None


SLOW = "name: slow\n{}steps: [{{id: w, action: delay, config: {{duration: 20s}}}}]\n"


async def test_a_flow_that_says_no_timeout_has_that_of_the_run(play):
    played = await play(SLOW.format(""), flow_timeout=0.05)

    assert played.outcome.error_code == "TM411"
    assert "50ms" in played.outcome.error_message


async def test_a_flows_own_timeout_stays(play):
    played = await play(SLOW.format("timeout: 80ms\n"), flow_timeout=30.0)

    assert "80ms" in played.outcome.error_message


async def test_a_called_flow_that_says_no_timeout_has_that_of_the_run_too(play):
    called = parse_flow(SLOW.format(""))
    sources = FolderSources(built_in_actions(), [called])
    source = "name: x\ntimeout: 20s\nsteps: [{id: c, action: run_flow, config: {flow: slow}}]\n"

    played = await play(source, sources=sources, flow_timeout=0.05)

    assert "50ms" in played["c"].error_message


ENV = ListedEnv({"CI": "true"}, ["CI", "UNSET"], "a/.testmesh.yaml")
ASSERTS = "name: x\nsteps: [{id: s, action: assert, config: {assertions: ['%s']}}]\n"


@pytest.mark.parametrize("expression", ['env.CI == "true"', "env.UNSET == nil", '(env.UNSET ?? "d") == "d"'])
async def test_a_listed_name_of_the_process_environment_is_read(play, expression):
    assert (await play(ASSERTS % expression, process_env=ENV)).outcome.status == "passed"


@pytest.mark.parametrize(
    "expression",
    ["env.HOME == nil", "env.HOME != nil", '(env.HOME ?? "d") == "d"', 'env["HOME"] == nil', "env?.HOME == nil"],
)
async def test_a_name_that_is_not_listed_is_an_error_and_says_where_to_list_it(play, expression):
    played = await play(ASSERTS % expression, process_env=ENV)

    assert (played["s"].status, played["s"].error_code) == ("error", "TM401")
    assert "list HOME in env_allow of a/.testmesh.yaml" in played.said


async def test_what_is_not_listed_cannot_be_had_with_the_whole(play):
    source = 'name: x\nsteps: [{id: s, action: log, config: {message: "${env} ${env.HOME}"}}]\n'
    played = await play(source, process_env=ENV)

    assert (played["s"].status, played["s"].error_code) == ("error", "TM401")
    assert (await play(source.replace(" ${env.HOME}", ""), process_env=ENV)).lines == ['{"CI": "true"}']
