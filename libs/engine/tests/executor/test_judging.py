"""What is a failure of the tested system, what is the author's mistake, and what is a matter of time."""

import json

import pytest

from testmesh_engine.executor.attempt import Tried
from testmesh_engine.executor.repetition import Repetition
from testmesh_engine.language import parse_flow

STEP = "name: a\nsteps:\n  - id: a\n    action: set\n    config: {text: abc, list: [], map: {k: 1}}\n"


def judged(assertion: str) -> str:
    return f"{STEP}    assert:\n      - {json.dumps(assertion)}\n"


@pytest.mark.parametrize(
    ("assertion", "code"),
    [
        ('matches_schema(values, {requierd: ["a"]})', "TM406"),
        ('matches_schema(values, {type: "objekt"})', "TM406"),
        ('values.text matches "(" + ""', "TM406"),
        ('jsonpath(values, "$[" + "") == 1', "TM406"),
        ('xpath("<a/>", "//[" + "") == 1', "TM406"),
        ('sort_by(values.list, { # }, "up" + "") == []', "TM406"),
        ("round(1.5, 0 - 1) == 1", "TM406"),
        ("approx(1, 1, 0 - 1)", "TM406"),
        ('split(values.text, "") == []', "TM406"),
        ('replace(values.text, "", "x") == ""', "TM406"),
        ('fake("emial") == ""', "TM406"),
        ("random_int(5, 3) == 4", "TM406"),
        ("nobody == 1", "TM401"),
        ("9^9^9 > 1", "TM404"),
    ],
)
async def test_what_no_data_would_make_right_cannot_be_judged(play, assertion, code):
    outcome = (await play(judged(assertion))).outcome

    assert (outcome.status, outcome.error_code) == ("error", code)
    assert f"assertion {assertion}: " in outcome.error_message


@pytest.mark.parametrize(
    "assertion",
    [
        "values.nmae == 1",
        "values.text > 5",
        "int(values.text) == 1",
        "date(values.text) == now()",
        "from_json(values.text) == 1",
        'xpath(values.text, "//a") == ""',
        "max(values.list) == 1",
        "1 / len(values.list) == 1",
        'jsonpath(values, "$.nothing") == 1',
        "values.text",
    ],
)
async def test_what_other_data_would_make_right_is_a_failure(play, assertion):
    outcome = (await play(judged(assertion))).outcome

    assert (outcome.status, outcome.error_code) == ("failed", "TM420")


async def test_a_mistake_says_more_than_a_failure_beside_it(play):
    both = judged("values.text == 1") + "      - {that: 'nobody == 1', message: 'never said'}\n"
    played = await play(both)

    assert (played.outcome.status, played.outcome.error_code) == ("error", "TM401")
    assert "assertion nobody == 1: there is no `nobody` here (and 1 more of 2)" in played.outcome.error_message


def waiting(assertions: str) -> str:
    return f"{STEP}    eventually: {{within: 60ms, every: 20ms}}\n    assert: {json.dumps(assertions.split(', '))}\n"


async def test_time_that_is_up_says_so_and_how_often_it_was_tried_and_what_held_last(play):
    played = await play(waiting("values.text == 'abc', values.list == [1], values.map.k == 1"))
    step = played["a"]

    assert (step.status, step.error_code) == ("failed", "TM423")
    tries = step.retry_count + 1
    assert step.error_message == (
        f"the time was up: {tries} attempts within 60ms; "
        "in the last, 2 of 3 assertions held: values.text == 'abc', values.map.k == 1; "
        "assertion failed: values.list == [1]"
    )


@pytest.mark.parametrize(("count", "more"), [(3, ""), (4, ", …")])
async def test_of_the_assertions_that_held_last_the_first_three_are_named(play, count, more):
    played = await play(waiting(", ".join(["values.text == 'abc'"] * count + ["values.list == [1]"])))

    named = ", ".join(["values.text == 'abc'"] * 3)
    assert f"{count} of {count + 1} assertions held: {named}{more}; " in played["a"].error_message


async def test_each_attempt_of_a_time_that_is_up_keeps_its_own_words(play):
    played = await play(waiting("values.list == [1]"))
    step = played["a"]

    assert {tried.error_code for tried in step.attempts} == {"TM420"}
    assert {tried.error_message for tried in step.attempts} == {"assertion failed: values.list == [1]"}


async def test_an_error_that_lasts_for_all_the_time_says_how_often_it_was_met(play):
    source = (
        "name: a\nsteps:\n  - id: a\n    action: http_request\n    config: {method: GET, url: 'http://127.0.0.1:1/'}\n"
    )
    source += "    eventually: {within: 60ms, every: 20ms}\n    assert: [status == 200]\n"
    outcome = (await play(source)).outcome

    assert (outcome.status, outcome.error_code) == ("error", "TM430")
    assert outcome.error_message.endswith("attempts within 60ms")


async def test_what_gives_up_early_was_not_out_of_time(play):
    source = waiting("values.list == [1]").replace("every: 20ms", "every: 20ms, fail_fast: true == true")
    outcome = (await play(source)).outcome

    assert outcome.error_code == "TM422"
    assert "the time was up" not in outcome.error_message


@pytest.mark.parametrize(("now", "code"), [(4.9, "TM420"), (5.0, "TM423")])
def test_a_try_that_counts_before_the_time_is_up_says_nothing_of_time(now, code):
    times = iter([0.0, now])
    (step,) = parse_flow(waiting("values.list == [1]").replace("60ms", "5s")).steps
    repetition = Repetition(step, lambda: next(times))
    failed = Tried().ends("failed", "assertion", "TM420", "assertion failed: values.list == [1]")

    assert repetition.concluded(failed, 2).code == code


@pytest.mark.parametrize(("now", "ended"), [(4.9, False), (5.0, True), (5.1, True)])
def test_a_try_that_has_no_result_was_cut_off_where_the_time_is_up(now, ended):
    times = iter([0.0, now])
    (step,) = parse_flow(waiting("values.list == [1]").replace("60ms", "5s")).steps
    repetition = Repetition(step, lambda: next(times))

    assert repetition.ended_by_time(Tried().ends("error", "timeout", "TM410", "no result")) is ended


@pytest.mark.parametrize("key", ["method", "timeout", "verify_tls", "headers", "form"])
async def test_a_config_that_is_wrong_with_its_references_filled_in_tells_no_beginning_of_a_secret(play, key):
    config = {"method": "GET", "url": "http://127.0.0.1:1/", key: "${secrets.T}"}
    source = f"name: a\nsteps:\n  - {{id: a, action: http_request, config: {json.dumps(config)}}}\n"
    played = await play(source, secrets={"T": "canary " * 20})

    assert (played["a"].status, played["a"].error_code) == ("error", "TM413")
    assert f"{key}" in played["a"].error_message
    assert "Input should" not in played["a"].error_message
    assert "canary" not in played.said


@pytest.mark.parametrize(("length", "is_whole"), [(1_992, True), (1_993, False)])
async def test_an_assertion_is_quoted_by_its_step_whole_up_to_two_thousand_characters(play, length, is_whole):
    check = f"{{that: 1 == 2, message: {'k' * length}}}"
    played = await play(f"name: a\nsteps: [{{id: a, action: set, config: {{x: 1}}, assert: [{check}]}}]\n")

    assert played["a"].error_message.endswith("k") is is_whole
