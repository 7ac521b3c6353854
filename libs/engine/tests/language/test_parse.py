import json
import time

import pytest

from testmesh_engine.language import FlowInvalidError, parse_flow, render_diagnostic


def faults(source):
    with pytest.raises(FlowInvalidError) as caught:
        parse_flow(source)
    return caught.value.diagnostics


def only_fault(source):
    found = faults(source)
    assert len(found) == 1, found
    return found[0]


LOG = "  - {action: log, config: {message: hi}}\n"


def test_a_bare_flow_and_a_wrapped_one_mean_the_same():
    bare = parse_flow("name: a\nsteps:\n" + LOG)
    wrapped = parse_flow("flow:\n  name: a\n  steps:\n  " + LOG)

    assert bare.definition == wrapped.definition
    assert [step.id for step in bare.steps] == [step.id for step in wrapped.steps] == ["step_1"]


def test_json_is_read_with_its_escapes():
    source = json.dumps({"name": "smile 😀", "steps": [{"action": "log", "config": {"message": "é\t"}}]}, indent="\t")

    assert parse_flow(source).name == "smile 😀"


def test_an_unknown_key_says_line_column_and_the_nearest_key():
    source = "name: a\nsteps:\n  - action: log\n    config: {message: hi}\n    asert: [hi]\n"
    found = only_fault(source)

    assert (found.code, found.line, found.column) == ("TM203", 5, 5)
    assert found.pointer == "/steps/0/asert"
    assert render_diagnostic(found, source) == (
        'flow.yaml:5:5: TM203 unknown key "asert"; did you mean "assert"?\n  5 |     asert: [hi]\n    |     ^'
    )


def test_every_fault_is_told_at_once_in_the_order_of_the_source():
    source = """name: 3
steps:
  - action: htp_request
  - id: a
    action: http_request
    config: {url: x, metod: GET}
    timeout: 5
  - id: a
    action: log
    config: {message: "${1 +}"}
    assert: ["1 +"]
  - action: for_each
require: []
"""
    assert [(f.line, f.code) for f in faults(source)] == [
        (1, "TM201"), (3, "TM205"), (6, "TM203"), (7, "TM206"), (8, "TM301"), (10, "TM102"),
        (11, "TM102"), (12, "TM202"), (13, "TM203"),
    ]  # fmt: skip


def test_a_duplicate_key_is_a_fault_that_names_both_lines():
    found = only_fault("name: a\nsteps:\n" + LOG + "name: b\n")

    assert (found.code, found.line) == ("TM112", 4)
    assert "line 1" in found.message


def test_an_alias_bomb_is_refused_at_once():
    bomb = "name: a\nx0: &x0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n"
    bomb += "".join(f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 9)}]\n" for n in range(1, 12))
    started = time.process_time()
    found = only_fault(bomb)

    assert found.code == "TM113"
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("a: &a [*a]", "TM113"),
        ("a: *nothing", "TM113"),
        ("name: !!python/object:os.system x\nsteps: []", "TM114"),
        ("name: a\n---\nname: b", "TM116"),
        ("[" * 100 + "]" * 100, "TM115"),
        ("name: a\nsteps: [", "TM110"),
        ("name: a\n\tsteps: 1", "TM110"),
        ("", "TM110"),
        ("name: \x00", "TM110"),
        (b"name: \xff\xfe", "TM117"),
        ("name: '\ud800'", "TM117"),
        ("# " + "x" * 1024 * 1024, "TM111"),
        ("[" + "1," * 120_000 + "]", "TM111"),
        ("url: {{ base }}/x", "TM118"),
        ("just text", "TM201"),
        ("name: a\nsteps: []", "TM303"),
        ("name: a", "TM202"),
        ("name: a\nsteps:\n" + LOG * 1001, "TM209"),
        ("name: " + "1" * 5000 + "\nsteps:\n" + LOG, "TM119"),
    ],
)
def test_a_source_that_is_no_flow_is_refused_with_its_own_code(source, code):
    assert code in {found.code for found in faults(source)}


def test_words_that_older_yaml_reads_as_something_else_stay_text():
    config = "{a: yes, b: off, c: 12:30:00, d: 2024-01-02, e: 1_000, f: 0o17, g: 1e3, h: 007}"
    flow = parse_flow("name: a\nsteps:\n  - {action: set, config: " + config + "}\n")

    assert flow.steps[0].config.render({}) == {
        "a": "yes", "b": "off", "c": "12:30:00", "d": "2024-01-02", "e": "1_000", "f": 15, "g": 1000.0, "h": 7,
    }  # fmt: skip


def test_a_map_can_be_merged_and_its_own_keys_win():
    source = "name: a\nsteps:\n  - action: set\n    config: &c {a: 1, b: 2}\n"
    source += "  - action: set\n    config: {<<: *c, b: 3}\n"

    assert parse_flow(source).steps[1].config.render({}) == {"a": 1, "b": 3}


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("assert: []\n    eventually: 5s", "TM303"),
        ("assert: []", None),
        ("eventually: 5s", "TM303"),
        ("assert: ['1 == 1']\n    eventually: 5s\n    retry: {max_attempts: 2}", "TM303"),
        ("retry: {delay: 1s}", "TM202"),
        ("retry: {max_attempts: 2, on: [bad]}", "TM204"),
        ("retry: {max_attempts: true}", "TM201"),
        ("on_error: {action: continue, steps: []}", "TM303"),
        ("on_error: {action: stop, steps: [{action: log, config: {message: x}}]}", "TM204"),
        ("on_error: {action: fail}", "TM202"),
        ("on_error: stop", "TM204"),
        ("disabled: yes", "TM201"),
        ("assert:", "TM201"),
        ("assert: 1 == 1", "TM201"),
        ("assert: [{taht: x, message: y}]", "TM203"),
        ("assert: [a == b: c]", "TM201"),
        ("output: {not: x}", "TM204"),
        ("id: 1a", "TM204"),
        ("when: true", "TM201"),
        ("concurrency: 1", "TM203"),
    ],
)
def test_what_a_step_may_not_say_is_refused(line, code):
    source = f"name: a\nsteps:\n  - action: log\n    config: {{message: hi}}\n    {line}\n"
    if code is None:
        parse_flow(source)
    else:
        assert code in {found.code for found in faults(source)}


def test_a_config_is_checked_where_no_reference_stands():
    source = """name: a
steps:
  - action: http_request
    config:
      method: "${m}"
      url: http://x
      follow_redirects: "${f}"
      verify_tls: nope
      auth: {basic: {username: u, pasword: p}}
"""
    assert [(f.code, f.line) for f in faults(source)] == [("TM208", 8), ("TM203", 9)]


def test_a_reference_to_a_later_step_is_refused_and_to_an_earlier_one_is_not():
    source = "name: a\nsteps:\n  - {id: one, action: log, config: {message: '${two.message}'}}\n"
    source += "  - {id: two, action: log, config: {message: '${one.message}'}}\n"
    found = only_fault(source)

    assert (found.code, found.line) == ("TM302", 3)
    assert "two" in found.message


def test_an_assertion_may_name_a_result_field_that_a_later_step_is_called_by():
    source = "name: a\nsteps:\n  - {action: log, config: {message: x}, assert: ['message == \"x\"']}\n"

    parse_flow(source + "  - {id: message, action: log, config: {message: y}}\n")


def test_an_accepted_spelling_is_read_with_a_note():
    flow = parse_flow("name: a\nsteps:\n  - {action: http, config: {method: get, url: 'http://x'}}\n")

    assert flow.steps[0].action == "http_request"
    assert [note.code for note in flow.notes] == ["TM305"]


def test_a_name_that_nothing_defines_is_a_note_with_the_nearest_one():
    flow = parse_flow("name: a\nenv: {base_url: x}\nsteps:\n  - {action: log, config: {message: '${bsae_url}'}}\n")

    assert [(n.code, n.hint) for n in flow.notes] == [("TM306", 'did you mean "base_url"?')]


def test_the_place_of_a_fault_inside_a_block_of_text_is_its_own_line():
    source = "name: a\nsteps:\n  - action: log\n    config:\n      message: |\n        fine\n        see ${1 +}\n"
    found = only_fault(source)

    assert found.line == 7


def test_the_digest_is_that_of_the_source_and_the_plan_lists_all_steps():
    flow = parse_flow("name: a\nsetup:\n" + LOG + "steps:\n" + LOG + "teardown:\n" + LOG)

    assert len(flow.digest) == 64
    assert [(step.path, step.phase) for step in flow.steps_planned()] == [
        ("step_1", "setup"), ("step_2", "steps"), ("step_3", "teardown"),
    ]  # fmt: skip


def test_a_variable_that_a_set_step_computes_is_no_unknown_name():
    flow = parse_flow(
        "name: x\nsteps:\n"
        "  - {action: set, config: {email: 'a-${RANDOM_ID}@example.org'}}\n"
        "  - {action: log, config: {message: 'to ${email}'}}\n"
    )

    assert flow.notes == ()


def test_aliases_that_nest_past_the_limit_are_refused():
    chain = "".join(f"  v{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 1300))

    assert only_fault("name: a\nenv:\n  v0: &a0 [x]\n" + chain + "steps:\n" + LOG).code == "TM115"


@pytest.mark.parametrize("number", ["0x" + "f" * 5000, "0o" + "7" * 6000, "9" * 5000])
@pytest.mark.parametrize("key", ["version", "timeout", "max_runs"])
def test_a_number_of_thousands_of_digits_is_a_fault_however_it_is_written(key, number):
    assert "TM119" in {fault.code for fault in faults(f"name: a\n{key}: {number}\nsteps:\n" + LOG)}


def test_a_quoted_merge_key_is_a_key():
    flow = parse_flow('name: a\nsteps:\n  - {action: set, config: {v: {"<<": {a: 1}}}}\n')

    assert flow.steps[0].config.render({}) == {"v": {"<<": {"a": 1}}}


@pytest.mark.parametrize("config", ["", ", config: {}", ", config: {data: 1}", ", config: {assertions: []}"])
def test_an_assert_action_that_judges_nothing_is_refused(config):
    found = only_fault(f"name: a\nsteps:\n  - {{action: assert{config}}}\n")

    assert (found.code, found.line) == ("TM303", 3)


def test_an_empty_list_of_assertions_is_worth_a_note():
    flow = parse_flow("name: a\nsteps:\n  - {action: log, config: {message: x}, assert: []}\n")

    assert [note.code for note in flow.notes] == ["TM307"]


def test_a_line_that_goes_on_behind_its_quotes_is_told_to_quote_the_whole():
    source = "name: a\nsteps:\n" + LOG + '  - action: log\n    assert:\n      - "x" not in message\n'

    assert "put the whole expression in quotes" in only_fault(source).hint


def test_a_long_line_is_clipped_around_the_caret():
    source = "name: a\nsteps:\n  - {action: log, config: {message: '" + "x" * 9000 + "'}, asert: [hi]}\n"
    _, line, caret = render_diagnostic(only_fault(source), source).splitlines()

    assert len(line) < 140
    assert "…" in line
    assert line[caret.index("^") :].startswith("asert")


def test_steps_with_nothing_behind_them_are_told_once():
    assert only_fault("name: a\nsteps:\n").code == "TM201"


def test_a_source_that_is_too_large_tells_its_size_unless_it_was_cut_while_it_was_read():
    assert "has 2000000 bytes" in only_fault("#" * 2_000_000).message
    assert "has more than 1048576 bytes" in only_fault(b"#" * 1_048_577).message


def test_a_bad_pattern_is_explained_without_the_marks_of_bytes():
    source = "name: a\nsteps:\n" + LOG.replace("}}", "}, assert: ['message matches \"(\"']}")

    assert "b'" not in only_fault(source).message


def test_what_is_doubtful_in_an_expression_that_is_written_twice_is_told_at_both_places():
    asserting = LOG.replace("}}", "}, assert: [messag == 'hi', messag == 'hi']}")

    notes = parse_flow("name: twice\nsteps:\n" + asserting + asserting).notes

    first, second = asserting.index("messag "), asserting.rindex("messag ")
    places = [(line, column + 1) for line in (3, 4) for column in (first, second)]
    assert [(note.code, note.line, note.column) for note in notes] == [("TM306", *place) for place in places]
