import asyncio
from uuid import UUID

from testmesh_engine.executor import UnrecordedSpan
from testmesh_sdk import Action, ActionConfig, ActionFailure, ActionResult


class Told:
    """A span that keeps what it was told."""

    def __init__(self, name, around=None):
        self.way = name if around is None else f"{around.way} > {name}"
        self.all = [] if around is None else around.all
        self.ended = []
        self.all.append(self)

    @property
    def traceparent(self):
        return self.way

    def child(self, name, attributes):
        return Told(name, self)

    def ends(self, status, message):
        self.ended.append((status, message))


class Seen(ActionResult):
    traceparent: str | None = None


class LooksAction(Action[ActionConfig, Seen]):
    name = "looks"
    config = ActionConfig
    result = Seen

    async def run(self, config, context):
        return Seen(traceparent=context.traceparent)


class FailsOnceAction(Action[ActionConfig, Seen]):
    name = "fails_once"
    config = ActionConfig
    result = Seen

    async def run(self, config, context):
        if context.attempt == 1:
            raise ActionFailure("not yet, s3cret-value")
        return Seen(traceparent=context.traceparent)


class HangsAction(Action[ActionConfig, Seen]):
    name = "hangs"
    config = ActionConfig
    result = Seen

    async def run(self, config, context):
        await asyncio.Event().wait()


async def test_an_action_is_given_the_span_of_its_attempt_inside_the_steps_around_it(play):
    source = """
name: a
steps:
  - {id: one, action: group, config: {steps: [{id: two, action: looks}]}}
  - {id: three, action: fails_once, retry: {max_attempts: 2, delay: 1ms, on: [assertion]}}
"""
    root = Told("run")
    played = await play(source, LooksAction, FailsOnceAction, trace=root, secret_values=["s3cret-value"])

    assert played["two"].output["traceparent"] == "run > step one > attempt 1 > step two > attempt 1"
    assert played["three"].output["traceparent"] == "run > step three > attempt 2"
    ended = {span.way: span.ended for span in root.all}
    assert ended.pop("run") == []  # it is whose span the run was given
    assert ended.pop("run > step three > attempt 1") == [("failed", "not yet, ***")]
    assert set(map(str, ended.values())) == {"[('passed', None)]"}


async def test_each_span_ends_once_also_where_the_run_is_cancelled(play):
    root, cancel = Told("run"), asyncio.Event()
    playing = asyncio.create_task(
        play("{name: a, steps: [{id: one, action: hangs}]}", HangsAction, trace=root, cancel=cancel)
    )
    async with asyncio.timeout(10):
        while len(root.all) < 3:
            await asyncio.sleep(0)
        cancel.set()
        await playing

    assert [[status for status, _ in span.ended] for span in root.all] == [[], ["cancelled"], ["cancelled"]]


async def test_without_a_trace_an_action_is_given_none(play):
    played = await play("{name: a, steps: [{id: one, action: looks}]}", LooksAction)

    assert played["one"].output["traceparent"] is None


def test_what_is_sent_nowhere_still_names_the_trace_and_another_parent_each_time():
    span = UnrecordedSpan(UUID("01a0c668-9da0-74ef-9a94-e3e8ab73738f"))
    first, second = span.child("one", {}).traceparent, span.child("two", {}).traceparent

    version, trace, parent, flags = first.split("-")
    assert (version, trace, flags) == ("00", "01a0c6689da074ef9a94e3e8ab73738f", "01")
    assert len(parent) == 16
    assert parent != "0" * 16
    assert first != second


async def test_what_a_step_says_of_its_end_is_what_its_span_says(play):
    root = Told("run")
    await play('{name: a, steps: [{id: one, action: fail, config: {message: "no"}}]}', trace=root)

    ((status, message),) = next(span.ended for span in root.all if span.way == "run > step one")
    assert (status, message) == ("failed", "no")
