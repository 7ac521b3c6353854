"""What is said of an author's mistake is what to change, once, in the author's words."""

import pytest

from testmesh_engine.language import FlowInvalidError, parse_flow


def faults_of(source):
    with pytest.raises(FlowInvalidError) as refused:
        parse_flow(source)
    return [(fault.code, fault.line, fault.message, fault.hint) for fault in refused.value.diagnostics]


def test_keys_beside_config_are_told_to_belong_under_it_and_no_more_is_said_of_them():
    source = """\
name: x
steps:
  - action: http_request
    method: GET
    url: http://shop.test
    assert: [status == 200]
  - action: for_each
    items: [1]
    steps: [{action: log, config: {message: hi}}]
  - action: log
    config:
    message: hi
"""
    hint = "indent it below config:"
    assert faults_of(source) == [
        ("TM203", 4, '"method" belongs under config: of http_request', hint),
        ("TM203", 5, '"url" belongs under config: of http_request', hint),
        ("TM203", 8, '"items" belongs under config: of for_each', hint),
        ("TM203", 9, '"steps" belongs under config: of for_each', hint),
        ("TM203", 12, '"message" belongs under config: of log', hint),
    ]


def test_what_belongs_under_config_is_checked_as_if_it_were_there():
    source = "name: x\nsteps:\n  - {action: http_request, verify_tls: maybe, url: 'http://shop.test', method: GET}\n"

    assert [(code, message) for code, _, message, _ in faults_of(source)] == [
        ("TM203", '"verify_tls" belongs under config: of http_request'),
        ("TM208", 'config of http_request: "verify_tls" is true or false, here is the text "maybe"'),
        ("TM203", '"url" belongs under config: of http_request'),
        ("TM203", '"method" belongs under config: of http_request'),
    ]


def test_what_stands_under_a_nearly_right_key_is_checked_too():
    source = """\
nmae: x
steps:
  - action: log
    config: {message: hi}
    assrt: [1 +]
    retyr: {max_attempts: many}
"""
    assert [(code, line, hint) for code, line, _, hint in faults_of(source)] == [
        ("TM203", 1, 'did you mean "name"?'),
        ("TM203", 5, 'did you mean "assert"?'),
        ("TM102", 5, ""),
        ("TM203", 6, 'did you mean "retry"?'),
        ("TM201", 6, ""),
    ]


def test_a_key_that_is_there_and_mistyped_is_not_missing_too():
    source = "name: x\nsteps:\n  - {action: http_request, config: {method: GET, urll: 'http://shop.test'}}\n"

    assert [(code, hint) for code, _, _, hint in faults_of(source)] == [("TM203", 'did you mean "url"?')]


def test_a_key_that_is_missing_beside_another_that_is_mistyped_is_told():
    source = "name: x\nsteps:\n  - {action: http_request, config: {urll: 'http://shop.test'}}\n"

    assert [(code, message) for code, _, message, _ in faults_of(source)] == [
        ("TM202", 'the config of http_request needs "method"'),
        ("TM203", 'unknown key "urll" in the config of http_request'),
    ]


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("a => 1", "`=>` is no part of the language; write `>=`"),
        ("a =< 1", "`=<` is no part of the language; write `<=`"),
        ("a <> 1", "`<>` is no part of the language; write `!=`"),
        ("a === 1", "`===` is no part of the language; write `==`"),
        ("a !== 1", "`!==` is no part of the language; write `!=`"),
        ("a = 1", "`=` is no part of the language; `==` compares"),
    ],
)
def test_an_operator_of_another_language_is_told_how_it_is_written(written, message):
    source = f"name: x\nsteps:\n  - {{action: log, config: {{message: hi}}, assert: ['{written}']}}\n"

    assert [(code, said) for code, _, said, _ in faults_of(source)] == [("TM101", message)]


def test_a_near_word_in_an_expression_is_suggested_as_one_in_a_key_is():
    source = "name: x\nsteps:\n  - {action: log, config: {message: hi}, assert: ['lenn(message) == 2']}\n"

    assert faults_of(source) == [("TM103", 3, "there is no function `lenn`", 'did you mean "len"?')]


@pytest.mark.parametrize(
    ("source", "line", "hint"),
    [
        ("name: colon: in a name\nsteps: []\n", 1, 'a text that has ": " in it needs quotes: "colon: in a name"'),
        ('name: x\nsteps:\n  - id: a\n    action: "log\n    config: {message: hi}\n', 4,
         "the quote that is opened in line 4 is not closed"),
        ('name: x\nsteps:\n  - id: a\n    name: "say\n    action: log\n    config: {message: "hi"}\n', 4,
         "the quote that is opened in line 4 is not closed"),
        ("name: 'x\nsteps:\n  - id: a\n    name: 'b'\n", 1, "the quote that is opened in line 1 is not closed"),
        ("name: x\nsteps:\n  - id: a\n    action: log\n   config: {message: hi}\n", 5,
         "the line begins in column 4; begin it in column 3 or 5, as what it belongs to"),
        ("name: x\nsteps:\n- id: a\n  action: log\n - id: b\n", 5,
         "the line begins in column 2; begin it in column 1 or 3, as what it belongs to"),
        ("name: x\nsteps:\n  - id: a\n     action: log\n", 4,
         "the line begins in column 6; begin it in column 5, as what it belongs to"),
        ("name: x\n steps:\n - a\n", 2,
         "the line begins in column 2; begin it in column 1, as what it belongs to"),
        ("name: x\nsteps\n  - a: b\n", 3, '":" is missing after "steps"'),
        ("name: @x\n", 1, 'a text that begins with "@" needs quotes'),
        ("name: `x`\n", 1, 'a text that begins with "`" needs quotes'),
        ('name: "x\\d"\n', 1, "in double quotes a backslash is written twice; in single quotes it stands for itself"),
    ],
)  # fmt: skip
def test_what_yaml_cannot_read_is_told_with_what_to_change(source, line, hint):
    (code, at, _, said), *others = faults_of(source)

    assert (code, at, said, others) == ("TM110", line, hint, [])
