"""What a step that did not pass sent and received is shown in a few lines that fit a terminal."""

from datetime import UTC, datetime

import pytest

from testmesh_cli.reporting.exchange import MOST_RECEIVED, MOST_SENT, SPEAKS_TO_NOBODY, WHOLE, exchange_lines
from testmesh_contracts.events import AssertionOutcome, Operand, StepFinished
from testmesh_engine.actions.registry import CONTROL_ACTIONS

INDENT = "        "
NOW = datetime(2026, 9, 21, tzinfo=UTC)
SENT = {"method": "POST", "url": "http://shop.test/orders"}


def step(action="http_request", status="failed", given=None, found=None, read=()) -> StepFinished:
    operands = [Operand(text=text, value=1) for text in read]
    return StepFinished(
        path="a", step_id="a", name="a", action=action, phase="steps", number=1, started_at=NOW, status=status,
        finished_at=NOW, duration_ms=1.0, input=given, output=found,
        assertions=[AssertionOutcome(expression="x", holds=False, operands=operands)],
    )  # fmt: skip


def told(*, indent=INDENT, **more) -> list[str]:
    return ["".join(span.text for span in line) for line in exchange_lines(step(**more), indent)]


def answered(body, status=201, **headers) -> dict:
    return {
        "status": status, "headers": {"content-type": "application/json", **headers}, "body": body, "text": str(body),
        "size_bytes": 42, "duration_ms": 3.0, "timings": {"total": 3.0}, "url": SENT["url"], "http_version": "HTTP/1.1",
        "request": {**SENT, "headers": {"content-type": "application/json", "user-agent": "x"}},
    }  # fmt: skip


def test_a_request_and_its_response_are_told_without_what_says_nothing():
    given = {**SENT, "headers": {"X-Shop": "north"}, "auth": {"bearer": "***"}, "body": {"id": 7}}

    assert told(given=given, found=answered({"total": 5, "state": "new"}, location="/orders/9", server="nginx")) == [
        "        request   X-Shop: north",
        "                  content-type: application/json",
        '                  auth: {"bearer": "***"}',
        "                  body.id: 7",
        "        response  201, application/json, 42 bytes",
        "                  location: /orders/9",
        "                  body.total: 5",
        '                  body.state: "new"',
    ]


def test_what_is_much_is_cut_and_says_how_much_is_left_out_and_where_the_whole_is():
    given = {**SENT, "body": {f"key_{n}": "v" * 500 for n in range(50)}}
    lines = told(given=given, found=answered([{"n": n, "text": "ü\t" * 400} for n in range(1000)]))

    assert len(lines) == MOST_SENT + MOST_RECEIVED + 1
    assert max(len(line) for line in lines) == 80
    assert lines[MOST_SENT - 1] == "                  … 48 lines more"
    assert lines[-2] == "                  … 996 lines more"
    assert lines[-1] == f"                  ({WHOLE})"
    assert "characters)" in lines[1]


def test_what_is_shown_whole_does_not_say_where_more_is():
    assert WHOLE not in "\n".join(told(given=SENT, found=answered({"total": 5})))


def test_one_long_value_says_where_the_whole_is():
    assert told(given=SENT, found=answered({"name": "n" * 100}))[-1].strip() == f"({WHOLE})"


def test_deep_inside_other_steps_a_line_is_still_readable():
    lines = told(indent=" " * 60, given={**SENT, "body": "x" * 100}, found=None)

    assert lines[0].strip().startswith("request   body: ")
    assert "… (108 characters)" in lines[0]


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("plain", 'body: "plain"'),
        ([], "body: []"),
        (False, "body: false"),
        ("one\n\n two\n", "one"),
        ({"$artifact": None, "size_bytes": 9, "preview": "begins"}, "body: (9 bytes that were not kept) begins"),
        ({"$artifact": "id", "size_bytes": 999999, "preview": "begins"}, "body: (999999 bytes in an artifact) begins"),
    ],
)
def test_a_body_of_any_kind_is_told(body, line):
    assert told(given=SENT, found=answered(body))[2].strip() == line


@pytest.mark.parametrize(
    ("read", "left"),
    [((), ["body.total: 5", "body.id: 7"]), (("body.total",), ["body.id: 7"]), (("body",), []), (("x",), None)],
)
def test_what_an_assertion_shows_is_not_told_again(read, left):
    lines = told(given=SENT, found=answered({"total": 5, "id": 7}), read=read)

    assert [line.strip() for line in lines[2:]] == (["body.total: 5", "body.id: 7"] if left is None else left)


def test_a_request_without_an_answer_tells_the_request_alone():
    assert told(status="error", given={**SENT, "params": {"q": 1}}, found=None) == [
        '        request   params: {"q": 1}'
    ]


def test_another_action_tells_its_config_and_its_result():
    given, found = (
        {"topic": "orders", "value": {"id": 7}, "headers": {}},
        {"offset": 0, "key": None, "duration_ms": 3.0},
    )

    assert told(action="kafka_producer", given=given, found=found) == [
        '        config    topic: "orders"',
        '                  value: {"id": 7}',
        "        result    offset: 0",
    ]


def test_a_step_that_passed_tells_nothing_of_it():
    assert told(status="passed", given=SENT, found=answered({"total": 5})) == []


def test_what_a_tested_system_says_never_steers_a_terminal():
    lines = told(given=SENT, found=answered("\x1b[2J\nred", location="\x1b[31m"))

    assert "\x1b" not in "".join(lines)
    assert "\\x1b[31m" in "".join(lines)


@pytest.mark.parametrize("action", sorted(SPEAKS_TO_NOBODY))
def test_a_step_that_speaks_to_nobody_tells_nothing_of_it(action):
    assert told(action=action, given={"data": 1}, found={"data": 1}) == []


def test_all_control_flow_speaks_to_nobody_itself():
    assert set(CONTROL_ACTIONS) <= SPEAKS_TO_NOBODY


def test_what_a_request_body_names_like_a_secret_is_masked():
    given = {**SENT, "body": {"email": "a@shop.test", "password": "correct horse", "card": {"api_key": "k", "n": 1}}}

    assert told(given=given)[:3] == [
        '        request   body.email: "a@shop.test"',
        '                  body.password: "***"',
        '                  body.card: {"api_key": "***", "n": 1}',
    ]
    assert told(given={**SENT, "form": {"user": "a", "pwd": "b"}})[1] == '                  body.pwd: "***"'
    assert told(action="database_query", given={"params": {"secret": "s", "key": "k"}}) == [
        '        config    params: {"secret": "***", "key": "k"}'
    ]


def test_files_to_send_and_a_body_that_was_kept_are_told_by_what_they_are():
    kept = {"$artifact": "id", "name": "a.png", "size_bytes": 264, "sha256": "5e88"}

    assert told(given={**SENT, "files": {"a": "a.png"}, "body_base64": "AA=="}, found=answered(kept))[:3] == [
        "        request   content-type: application/json",
        '                  files: {"a": "a.png"}',
        '                  body: "AA=="',
    ]
    assert told(given=SENT, found=answered(kept))[-1].strip() == "body: (264 bytes in an artifact)"
