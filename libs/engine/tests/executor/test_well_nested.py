"""Whatever a flow does, and whenever it is cancelled, its events are a well-nested tree with one end a step.

The clock is virtual: a flow of minutes takes no time, and a cancel comes at an exact moment.
"""

import asyncio
import itertools
import json
import selectors
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from testmesh_contracts.events import StepFinished, StepStarted
from testmesh_engine.actions import BUILT_IN, ActionRegistry
from testmesh_engine.artifacts import FolderStore
from testmesh_engine.executor import NoSources, RunOptions, run_flow
from testmesh_engine.language import parse_flow
from testmesh_engine.language.models import with_inner
from testmesh_sdk import Action, ActionConfig, ActionResult, Resources


class _NoWaiting(selectors.SelectSelector):
    def __init__(self, loop):
        super().__init__()
        self._loop = loop

    def select(self, timeout=None):
        found = super().select(0)
        if not found and timeout is None:
            raise AssertionError("nothing is left that could happen: the run hangs")
        if not found and timeout > 0:
            self._loop.moment += timeout
        return found


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop whose time goes on only where nothing is left to do before."""

    def __init__(self):
        self.moment = 0.0
        super().__init__(_NoWaiting(self))
        self._clock_resolution = 1e-6

    def time(self):
        return self.moment


class Deaf(Action):
    """Does not hear that it is cancelled, for two seconds."""

    name = "deaf"
    config = ActionConfig

    async def run(self, config, context):
        loop = asyncio.get_running_loop()
        ends = loop.time() + 2
        while loop.time() < ends:
            try:
                await asyncio.sleep(0.3)
            except asyncio.CancelledError:
                context.log("info", "no")
        return ActionResult()


REGISTRY = ActionRegistry((*BUILT_IN, Deaf))
PLAIN = (
    {"action": "log", "config": {"message": "x"}},
    {"action": "assert", "config": {"data": 1, "assertions": ["data == 1"]}},
    {"action": "fail", "config": {"message": "no"}},
    {"action": "log", "config": {"message": "${nowhere}"}},
    {"action": "log", "config": {"message": "x"}, "when": "1 == 2"},
    {"action": "log", "config": {"message": "x"}, "disabled": True},
    {"action": "delay", "config": {"duration": "700ms"}},
    {"action": "delay", "config": {"duration": "5s"}},
    {"action": "delay", "config": {"duration": "5s"}, "timeout": "1s"},
    {"action": "deaf"},
    {"action": "run_flow", "config": {"flow": "child"}},
)
KEYS = (
    {},
    {},
    {"on_error": "continue"},
    {"allow_failure": True},
    {"retry": {"max_attempts": 2, "delay": "100ms"}},
    {"timeout": "2s"},
    {"eventually": {"within": "3s", "every": "1s"}, "assert": ["1 == 1"]},
    {"on_error": {"action": "continue", "steps": [{"action": "log", "config": {"message": "${error.code}"}}]}},
)


def steps(inner):
    return st.lists(inner, min_size=1, max_size=3)


def control(inner):
    some = steps(inner)
    branches = st.lists(some, min_size=1, max_size=3).map(
        lambda found: [{"name": f"b{number}", "steps": block} for number, block in enumerate(found)]
    )
    group = st.fixed_dictionaries({"steps": some})
    parallel = st.fixed_dictionaries(
        {"branches": branches, "fail_fast": st.booleans(), "max_concurrent": st.integers(1, 3)}
    )
    each = st.fixed_dictionaries(
        {
            "range": st.integers(0, 3),
            "steps": some,
            "parallel": st.booleans(),
            "continue_on_error": st.booleans(),
            "min_iterations": st.integers(0, 1),
        }
    )
    condition = st.fixed_dictionaries(
        {"if": st.sampled_from(["1 == 1", "1 == 2", "nowhere"]), "then": some, "else": some}
    )
    repeat = st.fixed_dictionaries(
        {
            "until": st.sampled_from(["index == 1", "1 == 2"]),
            "steps": some,
            "every": st.just("1s"),
            "within": st.just("4s"),
        }
    )
    kinds = {"group": group, "parallel": parallel, "for_each": each, "condition": condition, "repeat_until": repeat}
    made = [st.fixed_dictionaries({"action": st.just(name), "config": config}) for name, config in kinds.items()]
    return st.tuples(st.one_of(made), st.sampled_from(KEYS)).map(lambda parts: {**parts[0], **parts[1]})


PLAIN_STEP = st.tuples(st.sampled_from(PLAIN), st.sampled_from(KEYS[:5])).map(lambda parts: {**parts[1], **parts[0]})
STEP = st.recursive(PLAIN_STEP, control, max_leaves=8)
FLOW = st.fixed_dictionaries(
    {"name": st.just("a"), "setup": st.lists(PLAIN_STEP, max_size=1), "steps": steps(STEP), "timeout": st.just("20s")}
)
TEARDOWN = [{"id": "last", "action": "delay", "config": {"duration": "1s"}}]
CHILD = parse_flow(
    json.dumps({"name": "child", "steps": [PLAIN[6], PLAIN[2]], "teardown": [{**TEARDOWN[0], "id": "child_last"}]})
)


LONG_TEARDOWN = [{"id": "long", "action": "delay", "config": {"duration": "50s"}}]
CHILDREN = {
    "child": CHILD,
    "long": parse_flow(json.dumps({"name": "long", "steps": [PLAIN[7]], "teardown": LONG_TEARDOWN})),
    "around": parse_flow(
        json.dumps(
            {
                "name": "around",
                "steps": [{"id": "inner", "action": "run_flow", "config": {"flow": "long"}}],
                "teardown": LONG_TEARDOWN,
            }
        )
    ),
}


class Children(NoSources):
    async def flow(self, reference, caller):
        return CHILDREN[reference]


@dataclass
class Told:
    """What was told, judged as it comes."""

    open: dict = field(default_factory=dict)
    ended: dict = field(default_factory=dict)

    def hear(self, event):
        if isinstance(event, StepStarted):
            assert event.path not in self.open
            assert event.path not in self.ended
            assert event.parent_path is None or event.parent_path in self.open
            key = event.step_id if event.parent_path is None else f"{event.parent_path}/{event.step_id}"
            key += "" if event.iteration is None else f"[{event.iteration}]"
            assert event.path.partition("@")[0] == key.partition("@")[0]
            assert event.path.startswith(key)
            self.open[event.path] = event
        elif isinstance(event, StepFinished):
            assert self.open.pop(event.path).number == event.number
            assert not any(other.parent_path == event.path for other in self.open.values())
            self.ended[event.path] = event


async def carry_out(flow, told, cancel_at, folder):
    loop, cancel, resources = asyncio.get_running_loop(), asyncio.Event(), Resources()
    if cancel_at is not None:
        loop.call_later(cancel_at, cancel.set)
    options = RunOptions("e", REGISTRY, resources, FolderStore(folder), sources=Children())
    outcome = await run_flow(flow, run=options, emit=told.hear, cancel=cancel)
    ended = loop.time()
    await asyncio.sleep(5)  # what was left to itself comes to its end, and tells nothing any more
    return outcome, ended


@settings(max_examples=2 * settings().max_examples, suppress_health_check=list(HealthCheck), derandomize=True)
@given(FLOW, st.one_of(st.none(), st.floats(0.01, 12)))
def test_events_are_a_well_nested_tree_and_no_failure_is_lost(tmp_path, document, cancel_at):
    flow = parse_flow(json.dumps({**document, "teardown": TEARDOWN}), registry=REGISTRY)
    told = Told()
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        outcome, ended = runner.run(carry_out(flow, told, cancel_at, tmp_path))

    assert told.open == {}
    assert told.ended["last"].status == "passed"
    assert outcome.step_counts == {
        status: len(list(group))
        for status, group in itertools.groupby(sorted(told.ended.values(), key=lambda s: s.status), lambda s: s.status)
    }
    allowed = {step.id for step in with_inner(flow.phases()) if step.allow_failure}
    for step in told.ended.values():
        if step.status in ("failed", "error") and step.step_id not in allowed:
            above = told.ended.get(step.parent_path)
            is_last_try = above is None or above.retry_count == 0
            if above is None:
                assert outcome.status != "passed"
            elif is_last_try and above.action != "on_error" and step.action != "on_error":
                assert above.status not in ("passed", "skipped"), (step.path, above.path)
        if step.status == "skipped":
            inside = [other.status for other in told.ended.values() if other.parent_path == step.path]
            assert set(inside) <= {"skipped"}
    if outcome.status == "cancelled":
        assert ended - cancel_at <= 0.8 * 2 + 1 + 1.01  # two graces of nested flows, and two teardowns of a second


def test_an_action_that_does_not_stop_is_left_to_itself_once_a_teardown_beside_it_is_over(tmp_path):
    branches = [{"name": "one", "steps": [PLAIN[10]]}, {"name": "two", "steps": [{"id": "d", "action": "deaf"}]}]
    source = {"name": "a", "steps": [{"id": "p", "action": "parallel", "config": {"branches": branches}}]}
    told = Told()
    flow = parse_flow(json.dumps({**source, "teardown": TEARDOWN}), registry=REGISTRY)
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(carry_out(flow, told, 0.01, tmp_path))

    assert [step.status for path, step in told.ended.items() if path.endswith("child_last")] == ["passed"]
    assert told.ended["p/two/d"].error_message.endswith("the action did not stop when it was told to")


def test_a_second_cancel_of_a_teardown_does_not_keep_what_is_beside_it_alive(tmp_path):
    branches = [{"name": "one", "steps": [PLAIN[10]]}, {"name": "two", "steps": [{"id": "d", "action": "deaf"}]}]
    parallel = {"id": "p", "action": "parallel", "timeout": "500ms", "config": {"branches": branches}}
    told = Told()
    flow = parse_flow(json.dumps({"name": "a", "steps": [parallel], "teardown": TEARDOWN}), registry=REGISTRY)
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(carry_out(flow, told, 1.0, tmp_path))

    assert [step.status for path, step in told.ended.items() if path.endswith("child_last")] == ["passed"]
    assert told.ended["p/two/d"].error_message.endswith("the action did not stop when it was told to")


@pytest.mark.parametrize("moment", [0.0, 0.5, 1.5, 2.5, 3.5])
def test_the_teardown_of_a_called_flow_is_never_cut_short_by_a_cancel(tmp_path, moment):
    source = {
        "name": "a",
        "steps": [{"id": "g", "action": "group", "timeout": "1500ms", "config": {"steps": [PLAIN[10]]}}],
    }
    told = Told()
    flow = parse_flow(json.dumps({**source, "teardown": TEARDOWN}), registry=REGISTRY)
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(carry_out(flow, told, 0.01 + moment, tmp_path))

    assert told.ended["g/step_2/child_last"].status == "passed"
    assert told.ended["last"].status == "passed"


@pytest.mark.parametrize("called", ["long", "around"])
def test_all_teardowns_inside_a_step_that_is_cut_off_have_twenty_seconds_together(tmp_path, called):
    step = {"id": "s", "action": "run_flow", "config": {"flow": called}}
    group = {"id": "g", "action": "group", "timeout": "1s", "config": {"steps": [step]}}
    told = Told()
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        flow = parse_flow(json.dumps({"name": "a", "steps": [group]}), registry=REGISTRY)
        _, ended = runner.run(carry_out(flow, told, None, tmp_path))

    assert 20 < ended < 23
    assert {step.status for path, step in told.ended.items() if path.endswith("/long")} <= {"error", "skipped"}


def test_the_teardown_of_a_called_flow_has_its_own_time_where_nothing_is_cut_off(tmp_path):
    told = Told()
    source = {"name": "a", "steps": [{"id": "s", "action": "run_flow", "config": {"flow": "long"}}]}
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        _, ended = runner.run(carry_out(parse_flow(json.dumps(source)), told, None, tmp_path))

    assert told.ended["s/long"].status == "passed"
    assert 55 <= ended < 56
