import signal
import time

import pytest

from testmesh_cli.configuration.applied import RunSettings
from testmesh_cli.debugging.session import DebugRequest, DebugSession

pytestmark = pytest.mark.integration

FLOW = """\
name: Order is paid
env: {base: http://127.0.0.1:1}
steps:
  - id: create
    action: http_request
    config: {method: POST, url: "${base}/orders"}
    output:
      total: body.total
      token: {from: body.token, secret: true}
  - id: each
    action: for_each
    config:
      items: [a, b]
      steps:
        - id: say
          action: log
          config: {message: "item ${item}"}
  # between two steps
  - id: check
    action: assert
    config: {data: {is: "${total}"}, assertions: ["is == 59.98"]}
  - id: last
    action: log
    config: {message: the last}
teardown:
  - id: clean
    action: http_request
    config: {method: DELETE, url: "${base}/orders"}
"""


@pytest.fixture
def debug(attend, write, target):
    def start(*options, flow=FLOW, terminal=False):
        write("order.yaml", flow.replace("http://127.0.0.1:1", target.url))
        return attend("debug", "order.yaml", *options, terminal=terminal)

    return start


def test_a_flow_that_is_only_looked_at_is_judged_as_any_other(debug, target):
    target.total = 59.98
    run = debug()

    run.say("s", "print total", "n", "where", "vars", "request", "response", "list")
    code, text = run.ends("c")

    assert code == 0
    assert "✓ passed in" in text
    assert "debugged" not in text
    assert target.asked == ["POST /orders", "DELETE /orders"]


def test_a_failure_holds_the_run_and_explains_itself(debug):
    run = debug()

    run.sees("before create  order.yaml:4  the flow begins here", "(debug) ")
    run.say("continue")
    text = run.sees("after check", "(debug) ")

    assert "is         = 54.98" in text or "is   = 54.98" in text
    code, _ = run.ends("continue")
    assert code == 1


def test_a_value_that_is_set_and_a_step_that_is_retried_make_no_green_run(debug, target):
    run = debug()
    run.say("c", "set total=59.98", "retry")
    run.sees("✗ after check", "59.98", "✓ after check")

    code, text = run.ends("c")

    assert code == 3
    assert "passed, debugged" in text
    assert "the variable total was set by hand at step check" in text
    assert "step check was tried again by hand after it failed" in text
    assert "DELETE /orders" in target.asked


def test_a_step_that_is_skipped_makes_no_green_run(debug, target):
    target.total = 59.98
    run = debug("--break", "each")

    code, text = run.ends("c", "skip", "c")

    assert code == 3
    assert "⤼ each  skipped: by hand" in text
    assert "step each was skipped by hand" in text


def test_a_failure_can_be_passed_by_and_the_next_step_runs(debug):
    run = debug()

    code, text = run.ends("c", "skip", "c")

    assert code == 3
    assert "⤼ check  skipped: by hand after it failed" in text
    assert "log the last" in text


def test_quit_runs_the_teardown_and_no_further_step(debug, target):
    run = debug("--break", "last")
    target.total = 59.98

    code, text = run.ends("c", "quit")

    assert code == 130
    assert "before last" in text
    assert "⤼ last  not run" in text
    assert target.asked == ["POST /orders", "DELETE /orders"]


def test_where_commands_end_the_run_ends_with_its_teardown(debug, target):
    run = debug()

    code, text = run.ends("step")

    assert code == 130
    assert "✓ create" in text
    assert "⊘ cancelled" in text
    assert target.asked == ["POST /orders", "DELETE /orders"]


def test_a_quit_within_the_teardown_lets_it_run_to_its_end(debug, target):
    target.total = 59.98
    run = debug("--break", "clean")

    code, text = run.ends("c", "quit")

    assert code == 130
    assert "before clean" in text
    assert target.asked[-1] == "DELETE /orders"


def test_restart_begins_anew_from_the_file_and_forgets_what_was_set(debug, write, target):
    run = debug()
    run.say("c", "set total=1", "restart")
    run.sees("after check", "⊘ cancelled", "before create")
    target.total = 59.98

    code, text = run.ends("c")

    assert code == 0
    assert "✓ passed in" in text
    assert target.asked == ["POST /orders", "DELETE /orders", "POST /orders", "DELETE /orders"]


def test_step_goes_into_control_flow_and_next_goes_over_it(debug):
    run = debug()

    run.say("s", "s", "s", "where")
    text = run.sees("before each/say[0]", "after each/say[0]", "order.yaml:10  each  for_each")
    assert "before check" not in text
    run.say("s", "s", "n")
    text = run.sees("after each/say[1]", "after each", "after check")
    assert run.ends("q")[0] == 130


def test_next_runs_a_loop_in_one_go(debug):
    run = debug()

    run.say("n", "n")
    text = run.sees("after create", "after each")

    assert "after each/say" not in text
    assert run.ends("q")[0] == 130


@pytest.mark.parametrize(
    ("place", "held"),
    [
        ("say", "before each/say[0]"),
        ("12", "before each "),
        ("order.yaml:16", "before each/say[0]"),
        ("18", "before check"),
        ("23", "before last"),
        ("24", "before last"),
        ("25", "before clean"),
    ],
)
def test_a_breakpoint_holds_at_the_step_of_an_id_or_a_line(debug, target, place, held):
    target.total = 59.98
    run = debug("--break", place)

    run.say("c")
    run.sees(held, "breakpoint")
    assert run.ends("clear", "c")[0] == 0


@pytest.mark.parametrize("place", ["chek", "99", "other.yaml:4"])
def test_a_breakpoint_that_names_no_step_is_refused_before_anything_runs(debug, target, place):
    run = debug("--break", place)

    code, text = run.ends()

    assert code == 2
    assert "no_such_step" in text
    assert target.asked == []


def test_failures_hold_the_run_no_more_when_that_is_cleared(debug):
    run = debug()

    code, text = run.ends("clear failure", "c")

    assert code == 1
    assert "after check" not in text


def test_expressions_are_explained_where_they_have_no_value(debug):
    run = debug()
    run.say("s", "print body.totl", "print a +", "set x=Bob", "set 1x=2", "prnt x", "step now")

    run.sees("TM402", "totl", "TM102", "TM401", "A text stands in quotes", "cannot name a variable")
    run.sees('did you mean "print"', "step stands alone")
    assert run.ends("q")[0] == 130


def test_what_is_secret_is_never_shown(debug):
    run = debug()

    _, text = run.ends("s", "vars", "print token", "print body", "response", "set x=token", "print upper(token)", "q")

    assert "s3cr3t-token-value" not in text
    assert text.count("***") >= 5


def test_the_clock_of_the_flow_stands_still_while_it_is_held(debug, target):
    target.total = 59.98
    run = debug(flow=FLOW.replace("env:", "timeout: 1s\nenv:", 1))
    run.say("s")
    run.sees("after create", "(debug) ")
    time.sleep(1.5)

    code, text = run.ends("c")

    assert code == 0, text


def test_the_steps_to_come_are_taken_from_the_edited_file(debug, write, target):
    run = debug()
    run.say("c")
    run.sees("after check", "(debug) ")
    edited = FLOW.replace("http://127.0.0.1:1", target.url).replace("is == 59.98", "is == 54.98")
    edited = edited.replace("message: the last", "message: another end")
    write("order.yaml", edited.replace("teardown:", "  - {id: added, action: log, config: {message: more}}\nteardown:"))

    run.say("reload", "retry")
    run.sees("reloaded", "check has changed too", "✓ after check")
    code, text = run.ends("c")

    assert code == 3
    assert "log another end" in text
    assert "✓ added" in text
    assert "the flow was read anew at step check" in text


def test_a_reload_of_a_file_that_did_not_change_leaves_the_run_as_good_as_it_was(debug, target):
    target.total = 59.98
    run = debug()

    code, text = run.ends("s", "reload", "c")

    assert code == 0
    assert "✓ passed in" in text


def test_who_is_held_is_offered_what_one_may_want_there(debug):
    run = debug()

    run.sees("the flow begins here", "step, next, continue", "`help` lists all", "(debug) ")
    run.say("c")
    run.sees("after check", "retry, skip, continue, restart", "(debug) ")
    assert run.ends("c")[0] == 1


def test_an_expression_that_stands_alone_is_printed(debug):
    run = debug()

    run.say("s", "total", "total + 1", "body.totl", "contineu", "nothing == 1")
    run.sees("(debug) total\n54.98\n", "(debug) total + 1\n55.98\n", "body.totl\n", "^", "TM402")
    run.sees('"contineu" is no command; did you mean', "nothing == 1\n", "TM401")
    run.say("set word=3")
    run.sees("\nword = 3\n")
    assert run.ends("c", "c")[0] == 1


@pytest.mark.parametrize("absolute", [False, True])
def test_a_flow_of_a_project_whose_settings_give_it_a_time_is_reloaded_as_well(attend, write, absolute):
    write(".testmesh.yaml", "version: 1\ndefaults: {timeout: 2m}\n")
    text = "name: Mine\nsteps:\n  - {id: check, action: assert, assert: [%s]}\n"
    path = write("flows/mine.yaml", text % "1 == 2")
    run = attend("debug", path if absolute else "flows/mine.yaml")
    run.say("c")
    run.sees("after check", "(debug) ")
    write("flows/mine.yaml", text % "2 == 2")

    run.say("reload", "retry")
    run.sees("reloaded", "check has changed too", "✓ after check")
    code, said = run.ends("c")

    assert code == 3
    assert "the flow was read anew at step check" in said


INNER = """\
name: Inner
steps:
  - {id: breaks, action: fail, config: {message: no}}
teardown:
  - {id: sweep, action: log, config: {message: swept}}
  - {id: mop, action: log, config: {message: mopped}}
"""
OUTER = """\
name: Outer
steps:
  - id: bounded
    action: group
    timeout: 1s
    config:
      steps:
        - {id: call, action: run_flow, config: {flow: inner.yaml}, allow_failure: true}
        - {id: after, action: log, config: {message: went on}}
teardown:
  - {id: clean, action: log, config: {message: cleaned}}
"""


def test_a_quit_within_the_teardown_of_a_called_flow_lets_every_teardown_run(debug, write):
    write("inner.yaml", INNER)
    run = debug("--break", "sweep", flow=OUTER)

    code, text = run.ends("clear failure", "c", "quit")

    assert code == 130
    assert [word for word in ("swept", "mopped", "went on", "cleaned") if word in text] == [
        "swept",
        "mopped",
        "cleaned",
    ]


def test_the_clock_of_a_step_that_holds_others_stands_still_too(debug, write):
    write("inner.yaml", INNER)
    run = debug("--break", "sweep", flow=OUTER)
    run.say("clear failure", "c")
    run.sees("before bounded/call/sweep", "(debug) ")
    time.sleep(1.5)

    code, text = run.ends("c")

    assert code == 0, text
    assert "went on" in text


def test_of_a_flow_with_rows_each_row_is_held(debug):
    step = "{id: s, action: log, config: {message: 'n ${n}'}}"
    flow = f"flow:\n  name: R\n  data: [{{n: 1}}, {{n: 2}}]\n  steps:\n    - {step}\n"
    run = debug(flow=flow)

    run.say("s", "print n", "s", "print n + 1")
    run.sees("after s[0]", "1", "after s[1]", "3")
    assert run.ends("c")[0] == 0


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("POST", "PUT", "the step create, which was carried out, has changed"),
        ("env: {", "env: {more: 1, ", '"env" has changed'),
        ("items: [a, b]", "items: [a]", "the step each, which was carried out, has changed"),
        ("steps:\n", "setup:\n  - {id: new, action: log, config: {message: x}}\nsteps:\n", '"setup" has changed'),
        ("name: Order is paid", "name: Order is paid\nsteps: []", "is not valid"),
    ],
)
def test_a_reload_that_would_rewrite_what_has_run_is_refused(debug, write, target, old, new, reason):
    run = debug()
    run.say("c")
    run.sees("after check", "(debug) ")
    write("order.yaml", FLOW.replace("http://127.0.0.1:1", target.url).replace(old, new, 1))

    run.say("reload")
    run.sees(reason)
    code, text = run.ends("c")

    assert code == 1
    assert "debugged" not in text


def test_a_flow_that_is_called_can_be_stepped_through(debug, write, target):
    write("inner.yaml", "name: Inner\nsteps:\n  - {id: deep, action: log, config: {message: deep down}}\n")
    flow = "name: Outer\nsteps:\n  - {id: call, action: run_flow, config: {flow: inner.yaml}}\n"
    run = debug("--break", "inner.yaml:3", flow=flow)

    run.say("c", "where", "list", "reload")
    run.sees("before call/deep  inner.yaml:3", "order.yaml:3  call  run_flow", "-> ", "restart")
    assert run.ends("c")[0] == 0


def test_branches_are_held_one_at_a_time(debug):
    step = "{{id: {}_1, action: log, config: {{message: hi}}}}"
    branches = "".join(
        f"        - name: {name}\n          steps:\n            - {step.format(name)}\n" for name in ("one", "two")
    )
    flow = f"name: P\nsteps:\n  - id: both\n    action: parallel\n    config:\n      branches:\n{branches}"
    run = debug("--break", "one_1", "--break", "two_1", flow=flow)

    run.say("c")
    run.sees("before both/one/one_1", "breakpoint", "(debug) ")
    run.say("reload")
    run.sees("other branches are under way")
    run.say("c")
    run.sees("✓ one_1", "before both/two/two_1", "breakpoint", "(debug) ")
    assert run.ends("c")[0] == 0


def test_an_invalid_flow_is_refused_with_its_faults(debug):
    run = debug(flow="name: x\nsteps: [{action: nothing}]\n")

    code, text = run.ends()

    assert code == 2
    assert "TM205" in text


def test_on_a_terminal_an_interrupt_at_the_prompt_lets_the_line_be(debug, target):
    run = debug(terminal=True)
    run.sees("(debug) ")
    run.key("prin")
    run.sees("prin")
    run.insists(lambda: run.key("\x03"), "`quit` ends the run")
    run.say("s")
    run.sees("after create", "(debug) ")
    run.say("")
    run.sees("before each/say[0]", "(debug) ")

    run.key("\x04")
    run.sees("⊘ cancelled")
    assert run.ends()[0] == 130
    assert target.asked == ["POST /orders", "DELETE /orders"]


def test_on_a_terminal_a_running_flow_is_held_by_an_interrupt_and_ended_by_a_second(debug, target, until):
    run = debug(flow=FLOW.replace('"${base}/orders"}\n    output', '"${base}/slow"}\n    output'), terminal=True)
    run.sees("(debug) ")
    run.say("c")
    until(lambda: "POST /slow" in target.asked)

    run.signal(signal.SIGINT)
    run.sees("held before the next step")
    target.held.set()
    run.sees("before each", "interrupted", "(debug) ")

    run.say("q")
    assert run.ends()[0] == 130
    assert target.asked[-1] == "DELETE /orders"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_in_a_pipe_a_signal_ends_the_run_with_its_teardown(debug, target, until, number):
    run = debug(flow=FLOW.replace('"${base}/orders"}\n    output', '"${base}/slow"}\n    output'))
    run.say("c")
    until(lambda: "POST /slow" in target.asked)

    run.signal(number)
    code, text = run.ends()

    assert code == 130
    assert "⊘ create" in text
    assert target.asked[-1] == "DELETE /orders"


@pytest.mark.parametrize("terminal", [False, True])
def test_a_signal_to_end_at_the_prompt_ends_the_run_with_its_teardown(debug, target, terminal):
    run = debug(terminal=terminal)
    run.sees("(debug) ")
    run.say("s")
    run.sees("after create", "(debug) ")

    run.insists(lambda: run.signal(signal.SIGTERM), "⊘ cancelled")

    assert run.ends()[0] == 130
    assert target.asked == ["POST /orders", "DELETE /orders"]


def test_a_variable_that_the_flow_does_not_read_is_told(debug):
    run = debug("--var", "totl=1")

    run.sees("nothing in order.yaml reads the variable `totl`", "(debug) ")
    assert run.ends("q")[0] == 130


def test_the_environment_gives_variables_and_an_unknown_one_is_refused(attend, write):
    write(".testmesh.yaml", "version: 1\nenvironments: {dev: {variables: {word: hi}}}\n")
    write("a.yaml", 'name: A\nsteps: [{action: assert, assert: [word == "hi"]}]\n')

    code, text = attend("debug", "a.yaml", "-e", "dev").ends("print word", "c")
    assert (code, '"hi"' in text) == (0, True)
    code, text = attend("debug", "a.yaml", "-e", "dve").ends()
    assert (code, "dve" in text) == (2, True)


def test_a_look_moves_no_value_that_is_made_up_behind_it(attend, write):
    write("a.yaml", "name: A\nsteps: [{id: say, action: log, config: {message: \"${RANDOM_ID} ${fake('email')}\"}}]\n")

    def said(*words):
        code, text = attend("debug", "a.yaml", "--seed", "5").ends(*words, "c")
        assert code == 0
        return [line.rpartition("  ")[0] for line in text.splitlines() if "log " in line]

    assert said() == said("print random_int(1, 5)", "print fake('email')", "print RANDOM_ID")


def test_a_run_that_was_held_while_steps_beside_it_ran_proves_nothing(attend, write, target):
    write(
        "a.yaml",
        f"name: A\nsteps: [{{id: both, action: parallel, config: {{branches: ["
        f"{{name: slow, steps: [{{action: http_request, config: {{method: GET, url: '{target.url}/slow'}}}}]}},"
        f"{{name: quick, steps: [{{id: say, action: log, config: {{message: hi}}}}]}}]}}}}]\n",
    )
    run = attend("debug", "a.yaml", "--break", "say")
    run.sees("the flow begins here")
    run.say("c")
    run.sees("before both/quick/say")
    target.held.set()
    code, text = run.ends("c")

    assert code == 3
    assert "was held at step both/quick/say while steps beside it were under way" in " ".join(text.split())


def test_a_line_of_any_length_is_a_line(debug):
    run = debug()
    far = "9" * 5000
    run.say(f"list {far}", f"break {far}")
    run.sees("action: http_request", "no step stands at line")

    assert run.ends("q")[0] == 130


def test_a_talk_that_breaks_down_leaves_no_run_without_its_teardown(write, target, monkeypatch):
    def breaks(prompt):
        raise RuntimeError("the prompt is broken")

    monkeypatch.setattr("testmesh_cli.debugging.session.Prompt.ask", breaks)
    path = write("order.yaml", FLOW.replace("http://127.0.0.1:1", target.url))
    request = DebugRequest(path, {}, (), 1, (), lambda file: RunSettings())

    with pytest.raises(RuntimeError, match="the prompt is broken"):
        DebugSession(request).run()

    assert target.asked == ["DELETE /orders"]
