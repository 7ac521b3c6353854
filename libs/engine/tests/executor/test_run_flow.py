import asyncio
import base64
import time
from datetime import UTC, datetime
from typing import ClassVar
from urllib.parse import quote

import pytest

from testmesh_contracts.events import ArtifactStored, StepStarted
from testmesh_sdk import Action, ActionConfig, ActionError, ActionResult


def flow(steps, head="name: a\n"):
    return head + "steps:\n" + steps


class Stubborn(Action):
    name = "stubborn"
    config = ActionConfig

    async def run(self, config, context):
        ends = time.monotonic() + 1.3
        while time.monotonic() < ends:
            try:
                await asyncio.sleep(0.1)
            except asyncio.CancelledError:
                context.log("info", "no")
        return ActionResult()


class Flaky(Action):
    name = "flaky"
    config = ActionConfig
    made = 0

    async def run(self, config, context):
        self.made += 1
        if self.made < 3:
            raise ActionError("TM430", "not yet")
        return ActionResult()


class Broken(Action):
    name = "broken"
    config = ActionConfig

    async def run(self, config, context):
        raise RecursionError("oh")


class CancelsItself(Action):
    name = "cancels_itself"
    config = ActionConfig

    async def run(self, config, context):
        raise asyncio.CancelledError


async def test_setup_steps_and_teardown_run_in_order_and_pass(play):
    played = await play(
        "name: a\nsetup:\n  - {id: a, action: set, config: {x: 1}}\n"
        "steps:\n  - {id: b, action: log, config: {message: 'x is ${x}'}, assert: ['message == \"x is 1\"']}\n"
        "teardown:\n  - {id: c, action: log, config: {message: '${b.message}'}}\n"
    )

    assert played.outcome.status == "passed"
    assert played.outcome.warnings == []
    assert played.outcome.step_counts == {"passed": 3}
    assert played.lines == ["x is 1", "x is 1"]
    assert played.is_well_nested()
    assert [e.number for e in played.events if isinstance(e, StepStarted)] == [1, 2, 3]


async def test_a_failed_step_stops_the_phase_and_teardown_runs(play):
    played = await play(
        flow(
            "  - {id: a, action: fail, config: {message: why}}\n  - {id: b, action: log, config: {message: x}}\n"
            "teardown:\n  - {id: c, action: fail, config: {message: x}}\n"
            "  - {id: d, action: log, config: {message: x}}\n"
        )
    )

    assert played.statuses == {"a": "failed", "b": "skipped", "c": "failed", "d": "passed"}
    assert played["b"].error_message == "not run: step a failed"
    assert played.outcome.status == "failed"
    assert "why" in played.outcome.error_message


async def test_a_failed_setup_skips_the_steps_and_runs_teardown(play):
    played = await play(
        "name: a\nsetup:\n  - {id: a, action: fail, config: {message: x}}\n"
        "steps:\n  - {id: b, action: log, config: {message: x}}\n"
        "teardown:\n  - {id: c, action: log, config: {message: x}}\n"
    )

    assert played.statuses == {"a": "failed", "b": "skipped", "c": "passed"}
    assert played.outcome.status == "failed"


async def test_a_failed_teardown_turns_a_pass_into_error(play):
    played = await play(
        flow("  - {action: log, config: {message: x}}\nteardown:\n  - {id: t, action: fail, config: {message: x}}\n")
    )

    assert (played.outcome.status, played.outcome.error_code) == ("error", "TM417")


async def test_all_assertions_are_judged_and_explain_themselves(play):
    played = await play(
        flow(
            "  - id: a\n    action: set\n    config: {total: 54.98}\n    assert:\n"
            "      - {that: values.total == 59.98, message: 'total ${values.total}'}\n"
            "      - values.total > 0\n      - values.totla == 1\n"
        )
    )
    first, second, third = played["a"].assertions

    assert (first.holds, second.holds, third.holds) == (False, True, False)
    assert first.message == "total 54.98"
    assert first.operands[0].value == 54.98
    assert (first.line, first.column) == (7, 16)
    assert third.error
    assert played["a"].status == "failed"
    assert played.outcome.status == "failed"


@pytest.mark.parametrize(
    "step",
    [
        "{id: a, action: log, config: {message: '${nothing}'}}",
        "{id: a, action: log, config: {message: x}, when: nothing == 1}",
        "{id: a, action: log, config: {message: x}, when: '1'}",
        "{id: a, action: log, config: {message: x}, assert: [nothing == 1]}",
        "{id: a, action: log, config: {message: x}, output: {v: $.nothing}}",
        "{id: a, name: '${nothing}', action: log, config: {message: x}}",
        "{id: a, action: broken}",
        "{id: a, action: cancels_itself}",
        "{id: a, action: delay, config: {duration: 5s}, timeout: 20ms}",
        "{id: a, action: log, config: {message: x, level: '${1}'}}",
    ],
)
async def test_what_cannot_be_judged_is_an_error_and_the_run_goes_on_to_teardown(play, step):
    played = await play(
        flow(f"  - {step}\nteardown:\n  - {{id: t, action: log, config: {{message: x}}}}\n"), Broken, CancelsItself
    )

    assert played.statuses == {"a": "error", "t": "passed"}
    assert played["a"].error_code.startswith("TM4")
    assert played["a"].error_message
    assert played.outcome.status == "error"


async def test_a_step_whose_condition_is_false_is_skipped(play):
    played = await play(
        flow(
            "  - {id: a, action: log, config: {message: x}, when: 1 == 2}\n"
            "  - {id: b, action: log, config: {message: x}}\n  - {id: c, disabled: true, action: broken}\n"
        ),
        Broken,
    )

    assert played.statuses == {"a": "skipped", "b": "passed", "c": "skipped"}
    assert played.outcome.status == "passed"


async def test_empty_is_not_green(play):
    played = await play(
        "name: a\nsetup:\n  - {action: log, config: {message: x}}\nsteps:\n"
        "  - {action: log, config: {message: x}, when: 1 == 2}\n"
        "  - {action: log, config: {message: x}, disabled: true}\n"
    )

    assert (played.outcome.status, played.outcome.error_code) == ("error", "TM415")


async def test_a_flow_without_assertions_passes_with_a_warning(play):
    played = await play(flow("  - {action: log, config: {message: x}}\n"))

    assert played.outcome.status == "passed"
    assert "no assertion" in played.outcome.warnings[0]


async def test_on_error_continue_goes_on_and_still_fails_unless_failure_is_allowed(play):
    going_on = "  - {id: a, action: fail, config: {message: x}, on_error: continue}\n"
    allowed = "  - {id: a, action: fail, config: {message: x}, allow_failure: true}\n"
    last = "  - {id: b, action: log, config: {message: x}}\n"

    failed, passed = await play(flow(going_on + last)), await play(flow(allowed + last))

    assert failed.statuses == passed.statuses == {"a": "failed", "b": "passed"}
    assert failed.outcome.status == "failed"
    assert passed.outcome.status == "passed"
    assert "flow allows" in passed.outcome.warnings[0]


async def test_every_attempt_of_a_retry_is_recorded(play):
    played = await play(flow("  - {id: a, action: flaky, retry: {max_attempts: 5, delay: 1ms}}\n"), Flaky)

    assert [attempt.status for attempt in played["a"].attempts] == ["error", "error", "passed"]
    assert played["a"].retry_count == 2
    assert played.outcome.status == "passed"


async def test_a_retry_answers_to_its_reasons_alone(play):
    step = "  - {id: a, action: flaky, retry: {max_attempts: 5, on: [assertion]}}\n"
    played = await play(flow(step), Flaky)

    assert len(played["a"].attempts) == 1
    assert played["a"].status == "error"


async def test_eventually_repeats_until_the_assertions_hold_or_time_is_up(play):
    held = await play(
        flow("  - {id: a, action: flaky, assert: ['duration_ms >= 0'], eventually: {within: 5s, every: 1ms}}\n"), Flaky
    )
    late = await play(
        flow(
            "  - {id: a, action: set, config: {x: 1}, assert: ['values.x == 2'],\n"
            "     eventually: {within: 40ms, every: 5ms}}\n"
        )
    )

    assert held["a"].status == "passed"
    assert late["a"].status == "failed"
    assert len(late["a"].attempts) > 1


async def test_a_flow_that_is_out_of_time_is_an_error_after_its_teardown(play):
    played = await play(
        flow(
            "  - {id: a, action: delay, config: {duration: 10s}}\n  - {id: b, action: log, config: {message: x}}\n"
            "teardown:\n  - {id: t, action: log, config: {message: x}}\n",
            "name: a\ntimeout: 50ms\n",
        )
    )

    assert played.statuses == {"a": "error", "b": "skipped", "t": "passed"}
    assert (played.outcome.status, played.outcome.error_code) == ("error", "TM411")


@pytest.mark.parametrize("action", ["delay, config: {duration: 30s}", "stubborn"])
async def test_a_cancelled_execution_runs_teardown_and_no_further_step_within_a_second(play, action):
    cancel = asyncio.Event()
    asyncio.get_running_loop().call_later(0.1, cancel.set)
    started = time.monotonic()
    played = await play(
        flow(
            f"  - {{id: a, action: {action}}}\n  - {{id: b, action: log, config: {{message: x}}}}\n"
            "teardown:\n  - {id: t, action: log, config: {message: bye}}\n"
        ),
        Stubborn,
        cancel=cancel,
    )

    assert time.monotonic() - started < 1.1
    assert played.statuses == {"a": "cancelled", "b": "skipped", "t": "passed"}
    assert played.outcome.status == "cancelled"
    assert played.is_well_nested()


async def test_a_run_that_is_cancelled_before_it_starts_carries_nothing_out(play):
    cancel = asyncio.Event()
    cancel.set()
    played = await play(flow("  - {id: a, action: log, config: {message: x}}\n"), cancel=cancel)

    assert played.lines == []
    assert played.statuses == {"a": "skipped"}
    assert played.outcome.status == "cancelled"


async def test_cancelling_the_task_itself_ends_the_step_and_is_respected(play):
    task = asyncio.create_task(play(flow("  - {id: a, action: delay, config: {duration: 30s}}\n")))
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_secrets_are_masked_by_value_in_all_that_is_told(play):
    secret = 'p&ss "word" ä1'
    source = """name: a
inputs:
  key: {type: string, required: true, secret: true}
outputs: {leak: key}
steps:
  - {id: a, name: 'uses ${key}', action: log, config: {message: 'key ${key} and ${to_json(key)}'}}
  - {id: b, action: set, config: {t: tok-12345678}, output: {token: {from: values.t, secret: true}}}
  - {id: c, action: log, config: {message: 'b64 ${base64("user:" + key)} ${token}'}, assert: ['message == key']}
"""
    played = await play(source, inputs={"key": secret})
    encoded = base64.b64encode(("user:" + secret).encode()).decode()

    assert played.statuses["c"] == "failed"
    for leak in (secret, 'p&ss \\"word\\"', quote(secret), encoded[8:-4], "tok-12345678"):
        assert leak not in played.said
    assert "***" in played["c"].error_message or "***" in played.said


async def test_the_callers_variables_lie_over_env_and_outputs_over_both(play):
    played = await play(
        "name: a\nenv: {x: env, y: '${x}-y', z: z}\nsteps:\n"
        "  - {id: a, action: log, config: {message: '${x} ${y} ${z}'}, output: {x: message}}\n"
        "  - {id: b, action: log, config: {message: '${x}'}}\n",
        variables={"x": "caller"},
    )

    assert played.lines == ["caller caller-y z", "caller caller-y z"]


@pytest.mark.parametrize("given", [{}, {"count": "3"}, {"count": 3, "cuont": 1}, {"count": True}])
async def test_inputs_are_judged_before_the_first_step(play, given):
    head = "name: a\ninputs: {count: {type: integer, required: true}}\n"
    played = await play(flow("  - {id: a, action: log, config: {message: x}}\n", head), inputs=given)

    assert (played.outcome.status, played.outcome.error_code) == ("error", "TM416")
    assert played.statuses == {"a": "skipped"}


async def test_a_text_variable_gives_a_typed_input(play):
    head = "name: a\ninputs: {count: {type: integer}}\n"
    played = await play(
        flow("  - {id: a, action: set, config: {x: 1}, assert: [count == 3]}\n", head), variables={"count": "3"}
    )

    assert played.outcome.status == "passed"


async def test_a_large_value_leaves_the_record_and_stays_readable_for_later_steps(play, store):
    big = "x" * 300_000
    played = await play(
        flow(
            "  - {id: a, action: set, config: {v: '${big}'}}\n"
            "  - {id: b, action: set, config: {n: 1}, assert: ['len(a.values.v) == 300000', 'a.values.v == big']}\n"
        ),
        variables={"big": big},
    )
    kept = [e for e in played.events if isinstance(e, ArtifactStored)]
    reference = played["a"].outputs["v"]

    assert played.outcome.status == "passed"
    assert reference["$artifact"] in {str(e.artifact_id) for e in kept}
    assert await store.read(f"executions/e-1/{reference['$artifact']}") == big.encode()
    assert all(len(e.model_dump_json()) < 300_000 for e in played.events)


async def test_a_value_of_some_kilobytes_stays_in_the_record(play):
    text = "x" * 50_000
    played = await play(flow("  - {id: a, action: set, config: {v: '${text}'}}\n"), variables={"text": text})

    assert played["a"].outputs["v"] == text
    assert not [event for event in played.events if isinstance(event, ArtifactStored)]


async def test_what_a_store_refuses_is_escaped_in_events(play):
    played = await play(
        flow("  - {id: a, action: log, config: {message: '${bad}'}}\n"), variables={"bad": "a\x00b\ud800c"}
    )

    assert played.lines == ["a\\u0000b\\ud800c"]
    assert "\\u0000" not in played["a"].model_dump_json().replace("\\\\u0000", "")


async def test_outputs_of_the_flow_are_given_back(play):
    played = await play(
        flow("  - {id: a, action: set, config: {x: [1, 2]}}\n", "name: a\noutputs: {both: x, last: 'x[-1]'}\n")
    )

    assert played.outcome.outputs == {"both": [1, 2], "last": 2}


async def test_the_assert_action_judges_its_data_as_the_steps_own_assertions(play):
    config = "{data: {total: 3}, assertions: ['total == 3', {that: data.total == 4, message: no}]}"
    played = await play(flow(f"  - {{id: a, action: assert, config: {config}}}\n"))

    assert [outcome.holds for outcome in played["a"].assertions] == [True, False]
    assert played["a"].status == "failed"


@pytest.mark.parametrize(
    ("step", "status"), [("log, config: {message: x}", "error"), ("fail, config: {message: x}", "failed")]
)
async def test_a_teardown_that_takes_too_long_is_cut_off_and_never_hides_a_failure(play, monkeypatch, step, status):
    monkeypatch.setattr("testmesh_engine.executor.flow_pass.TEARDOWN_TIMEOUT_S", 0.05)
    played = await play(
        flow(
            f"  - {{id: a, action: {step}}}\nteardown:\n  - {{id: t, action: delay, config: {{duration: 10s}}}}\n"
            "  - {id: u, action: log, config: {message: x}}\n"
        )
    )

    assert played.outcome.status == status
    assert (played.statuses["t"], played.statuses["u"]) == ("error", "skipped")
    assert "teardown took longer than" in played["u"].error_message
    assert played.is_well_nested()


async def test_a_difference_never_shows_a_part_of_a_secret(play):
    secret = "".join(f"{number:02x}" for number in range(100))
    source = "name: a\ninputs: {key: {secret: true}}\nsteps:\n"
    source += "  - {id: a, action: set, config: {x: 1}, assert: ['key == other']}\n"
    played = await play(source, inputs={"key": secret}, variables={"other": secret[:90] + "!" + secret[91:]})

    assert "not shown" in played["a"].assertions[0].difference[0]
    assert secret[40:60] not in "".join(played["a"].assertions[0].difference)


async def test_a_difference_is_hidden_however_far_into_a_value_a_secret_stands(play):
    source = "name: a\nsteps:\n  - {id: a, action: set, config: {x: '%s${secrets.T}'}, assert: ['values.x == other']}\n"
    played = await play(
        source % ("p" * 3_000), secrets={"T": "sesame-123"}, variables={"other": "p" * 3_000 + "sesame"}
    )

    assert "not shown" in played["a"].assertions[0].difference[0]


@pytest.mark.parametrize(("length", "told"), [(4_092, list), (4_093, str)])
async def test_an_operand_of_more_than_four_kilobytes_is_told_by_its_beginning(play, length, told):
    step = "  - {id: a, action: set, config: {x: 1}, assert: ['texts == nil']}\n"
    played = await play(flow(step), variables={"texts": ["p" * length]})

    assert isinstance(played["a"].assertions[0].operands[0].value, told)


async def test_a_message_of_some_thousand_characters_is_told_whole(play):
    message = "why " * 2_000
    played = await play(flow(f"  - {{id: a, action: fail, config: {{message: {message}}}}}\n"))

    assert message.strip() in played["a"].error_message


class Attaches(Action):
    name = "attaches"
    config = ActionConfig

    async def run(self, config, context):
        await context.attach("../../etc/page.html", b"key: " + context.variables["key"].encode(), "text/html")
        return ActionResult()


async def test_a_file_of_a_step_is_kept_without_secrets_and_its_name_is_no_path(play, store):
    source = "name: a\ninputs: {key: {secret: true}}\nsteps:\n  - {id: a, action: attaches}\n"
    played = await play(source, Attaches, inputs={"key": "sesame-123"})
    kept = next(event for event in played.events if isinstance(event, ArtifactStored))

    assert await store.read(kept.storage_path) == b"key: ***"
    assert kept.storage_path == f"executions/e-1/{kept.artifact_id}"


class Deaf(Action):
    name = "deaf"
    config = ActionConfig

    async def run(self, config, context):
        ends = time.monotonic() + 0.4
        while time.monotonic() < ends:
            try:
                await asyncio.sleep(0.02)
            except asyncio.CancelledError:
                context.log("info", "no")
        return ActionResult()


@pytest.mark.parametrize("step", ["config: {x: 2}", "config: {y: 2}, output: {x: values.y}"])
async def test_an_assertion_never_reads_an_older_value_of_what_its_step_sets(play, step):
    old = await play(flow(f"  - {{id: a, action: set, {step}, assert: ['x == 1']}}\n", "name: a\nenv: {x: 1}\n"))
    new = await play(flow(f"  - {{id: a, action: set, {step}, assert: ['x == 2', 'a.x == 2 or a.values.x == 2']}}\n"))

    assert old.outcome.status == "failed"
    assert new.outcome.status == "passed"


async def test_a_secret_output_is_masked_where_its_step_fails_too(play):
    played = await play(
        flow(
            "  - id: a\n    action: set\n    config: {token: canary-7-token}\n    retry: {max_attempts: 2}\n"
            "    output: {t: {from: values.token, secret: true}}\n"
            "    assert: [{that: values.token == 1, message: 'got ${values.token}'}]\n"
        )
    )

    assert played.outcome.status == "failed"
    assert "canary" not in played.said


async def test_a_failed_assertion_says_more_than_an_output_that_found_nothing(play):
    step = "  - {id: a, action: set, config: {x: 1}, output: {y: $.nothing}, assert: ['%s']}\n"
    failed = await play(flow(step % "x == 2"))
    missing = await play(flow(step % "x == 1"))
    unknown = await play(flow(step % "y == 1"))

    assert (failed.outcome.status, failed.outcome.error_code) == ("failed", "TM420")
    assert (missing.outcome.status, missing.outcome.error_code) == ("error", "TM407")
    assert (unknown.outcome.status, unknown.outcome.error_code) == ("error", "TM407")


@pytest.mark.parametrize("secret", ["canary" * 60, "\n".join(f"canary{n:02}canary" for n in range(30))])
async def test_the_beginning_of_a_secret_is_not_told_where_a_message_cuts_it(play, secret):
    assertions = [
        "values.x > 5",
        "int(values.x) == 1",
        'values.x matches (values.x + "(")',
        'jsonpath(values, "$[" + values.x) == 1',
        {"that": "1 == 2", "message": "p" * 1950 + " ${values.x}"},
    ]
    for assertion in assertions:
        written = f"{assertion}".replace("'that'", "that").replace("'message'", "message")
        source = f"  - id: a\n    action: set\n    config: {{x: '${{secrets.T}}'}}\n    assert:\n      - {written}\n"
        played = await play(flow(source), secrets={"T": secret})

        assert played.outcome.status in ("failed", "error")
        assert "canary" not in played.said


@pytest.fixture
def short_grace(monkeypatch):
    """What does not stop is left to itself earlier than in life, so that it need not be deaf for as long."""
    monkeypatch.setattr("testmesh_engine.executor.supervision.GRACE_S", 0.1)


async def test_a_step_that_does_not_stop_in_its_time_does_not_pass_late(play):
    played = await play(flow("  - {id: a, action: deaf, timeout: 50ms}\n"), Deaf)

    assert (played["a"].status, played["a"].error_code) == ("error", "TM410")


@pytest.mark.parametrize("more", ["", ", allow_failure: true", ", eventually: 10s, assert: ['1 == 2']"])
async def test_a_step_that_does_not_stop_is_followed_by_nothing_while_teardown_runs(play, short_grace, more):
    cancel = asyncio.Event()
    asyncio.get_running_loop().call_later(0.1, cancel.set)
    played = await play(
        flow(
            f"  - {{id: a, action: deaf{more}}}\n  - {{id: b, action: log, config: {{message: ran on}}}}\n"
            "teardown:\n  - {id: t, action: delay, config: {duration: 400ms}}\n"
            "  - {id: u, action: log, config: {message: cleaned}}\n"
        ),
        Deaf,
        cancel=cancel,
    )

    assert played.statuses == {"a": "cancelled", "b": "skipped", "t": "passed", "u": "passed"}
    assert "ran on" not in played.lines
    assert played.outcome.status == "cancelled"


async def test_the_assert_action_judges_the_duration_in_its_data_and_not_its_own(play):
    step = "  - {id: a, action: assert, config: {data: {duration_ms: 5000}, assertions: ['duration_ms < 100']}}\n"

    assert (await play(flow(step))).outcome.status == "failed"


async def test_a_duration_may_come_from_a_variable(play):
    played = await play(flow("  - {id: a, action: delay, config: {duration: '${d}'}}\n"), variables={"d": "1ms"})
    wrong = await play(flow("  - {id: a, action: delay, config: {duration: '${d}'}}\n"), variables={"d": 1})

    assert played.outcome.status == "passed"
    assert (wrong.outcome.status, wrong.outcome.error_code) == ("error", "TM413")


class Heavy(Action):
    name = "heavy"
    config = ActionConfig
    loaded_at: ClassVar[list[datetime]] = []

    def load(self):
        self.loaded_at.append(datetime.now(UTC))

    async def run(self, config, context):
        return ActionResult()


async def test_an_action_is_loaded_once_and_before_the_clock_of_its_step_starts(play):
    played = await play(flow("  - {id: a, action: heavy}\n  - {id: b, action: heavy}\n"), Heavy)

    started = [event.started_at for event in played.events if isinstance(event, StepStarted)]
    assert len(Heavy.loaded_at) == 1
    assert Heavy.loaded_at[0] <= started[0]


async def test_a_step_that_runs_out_of_its_eventually_is_told_to_raise_within(play):
    wait = "  - {id: a, action: delay, config: {duration: 5s}, eventually: 50ms, assert: ['1 == 1']}\n"
    played = await play(flow(wait))

    assert "raise `within`" in played["a"].error_message
