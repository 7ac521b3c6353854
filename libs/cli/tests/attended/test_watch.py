import os
import signal

import pytest

pytestmark = pytest.mark.integration

WAITS = "; waiting for changes"


SAYS = """\
name: NAME
steps:
  - id: say
    action: assert
    config: {data: {w: WORD}, assertions: ['w == "hi"']}
"""


def says(name, word="hi", more=""):
    return SAYS.replace("NAME", name).replace("WORD", word) + more


ROWS = """name: A
data: {file: rows/r.csv}
env_file: my.env
steps:
  - {id: s, action: assert, config: {data: {n: "${n}"}, assertions: ["n == want"]}}
"""
LATER = """name: A
data: {file: later/r.csv}
steps:
  - {id: s, action: assert, config: {data: {}, assertions: ['n == "1"']}}
"""
GETS = """name: A
steps:
  - {id: get, action: http_request, config: {method: GET, url: "BASE/order"}}
"""
CALLS = "name: {name}\nsteps:\n  - {{id: call, action: run_flow, config: {{flow: {called}}}}}\n"
SLOW = """\
name: slow
env: {base: BASE}
steps:
  - {id: slow, action: http_request, config: {method: GET, url: "${base}/slow"}}
teardown:
  - {id: clean, action: http_request, config: {method: DELETE, url: "${base}/order"}}
"""


def ran(text):
    """Return the flows that were run, by the lines that begin them."""
    return sorted(line.split()[0] for line in text.splitlines() if ".yaml  " in line and line[0].isalnum())


def test_all_flows_run_first_and_then_only_what_a_change_touches(attend, write):
    write("a.yaml", says("A"))
    write("b.yaml", says("B"))
    run = attend("watch")
    assert ran(run.sees(WAITS)) == ["a.yaml", "b.yaml"]

    write("a.yaml", says("A", "ho"))
    text = run.sees("a.yaml changed", WAITS)

    assert ran(text) == ["a.yaml"]
    assert "1 passed, 1 failed of 2 flows" in text
    assert "it changed" not in text


def test_a_change_of_a_called_flow_runs_all_that_call_it_however_far(attend, write):
    write("sub/deep.yaml", says("Deep"))
    write("sub/middle.yaml", CALLS.format(name="Middle", called="deep.yaml"))
    write("top.yaml", CALLS.format(name="Top", called="Middle"))
    write("other.yaml", says("Other"))
    run = attend("watch", "-j", "1")
    run.sees("4 passed of 4", WAITS)

    write("sub/deep.yaml", says("Deep", "hi", "  - {id: more, action: log, config: {message: x}}\n"))
    text = run.sees("deep.yaml changed", WAITS)

    assert ran(text) == ["sub/deep.yaml", "sub/middle.yaml", "top.yaml"]
    assert "top.yaml  the flow deep.yaml that it runs: changed" in text


def test_a_called_flow_outside_of_the_folder_is_watched_too(attend, write):
    write("flows/top.yaml", CALLS.format(name="Top", called="../lib/called.yaml"))
    write("lib/called.yaml", says("Called"))
    run = attend("watch", "flows")
    run.sees("1 passed of 1", WAITS)

    write("lib/called.yaml", says("Called", "ho"))

    assert "1 failed of 1" in run.sees("called.yaml changed", WAITS)


def test_rows_and_env_files_run_the_flow_that_names_them(attend, write):
    write("rows/r.csv", "n\n1\n")
    write("my.env", "want=1\n")
    write("a.yaml", ROWS)
    write("b.yaml", says("B"))
    run = attend("watch")
    run.sees("2 passed of 2", WAITS)

    write("rows/r.csv", "n\n1\n2\n")
    text = run.sees("the file rows/r.csv that it names: changed", "1 passed, 1 failed of 2", WAITS)
    assert ran(text) == ["a.yaml"]
    write("rows/r.csv", "n\n2\n")
    run.sees(WAITS)
    write("my.env", "want=2\n")
    text = run.sees("its env_file: changed", WAITS)
    assert ran(text) == ["a.yaml"]
    assert "2 passed of 2" in text


def test_a_file_that_is_missing_is_waited_for(attend, write):
    write("a.yaml", LATER)
    run = attend("watch")
    run.sees("1 error of 1", WAITS)

    write("later/r.csv", "n\n1\n")

    assert "1 passed of 1" in run.sees("later/r.csv", WAITS)


def test_a_flow_whose_env_file_is_missing_keeps_no_other_from_running(attend, write):
    write("a.yaml", says("A").replace("steps:", "env_file: no.env\nsteps:"))
    write("b.yaml", says("B"))
    run = attend("watch")

    text = run.sees(WAITS)

    assert "no.env cannot be read" in text
    assert "1 passed, 1 error of 2" in text


@pytest.mark.parametrize("name", ["vars.env", ".env", ".testmesh.yaml"])
def test_what_all_flows_read_runs_all_flows(attend, write, name):
    write("vars.env", "word=hi\n")
    write("a.yaml", says("A", '"${word}"'))
    write("b.yaml", says("B", '"${word}"'))
    run = attend("watch", "--var-file", "vars.env")
    run.sees("2 passed of 2", WAITS)

    write(name, "version: 1\n" if name.endswith("yaml") else "word=ho\n")
    text = run.sees("which all flows read", WAITS)

    assert ran(text) == ["a.yaml", "b.yaml"]
    if name == "vars.env":
        assert "2 failed of 2" in text


def settings(word):
    return f"version: 1\nenvironments: {{dev: {{variables: {{word: {word}}}}}}}\n"


def test_the_variables_of_an_environment_are_those_that_the_settings_have_now(attend, write):
    write(".testmesh.yaml", settings("hi"))
    write("a.yaml", says("A", '"${word}"'))
    run = attend("watch", "-e", "dev")
    run.sees("1 passed of 1", WAITS)

    write(".testmesh.yaml", settings("ho"))
    run.sees("which all flows read", "run it again: testmesh run a.yaml -e dev --seed", "1 failed of 1", WAITS)
    write(".testmesh.yaml", "version: 2\n")
    run.sees("1 error of 1", WAITS)
    write(".testmesh.yaml", settings("hi"))
    run.sees("1 passed of 1", WAITS)


def test_only_what_is_chosen_is_run_also_when_more_comes(attend, write):
    write("a.yaml", says("A smoke"))
    write("b.yaml", says("B"))
    run = attend("watch", "-k", "smoke")
    run.sees("1 passed of 1", WAITS)

    write("b.yaml", says("B now smoke"))
    assert ran(run.sees("2 passed of 2", WAITS)) == ["b.yaml"]


def test_nothing_chosen_is_no_green_and_says_what_was_there(attend, write):
    write("a.yaml", says("A"))

    code, text = attend("watch", "-k", "smoke").ends()

    assert code == 5
    assert "of 1 flow that was found, -k smoke left none" in text


def test_a_file_of_variables_that_is_broken_leaves_nothing_green(attend, write):
    write("vars.env", "word=hi\n")
    write("a.yaml", says("A", '"${word}"'))
    run = attend("watch", "--var-file", "vars.env")
    run.sees("1 passed of 1", WAITS)

    write("vars.env", "what is this\n")
    run.sees("line 1 is not KEY=VALUE", "1 error of 1", WAITS)
    write("vars.env", "word=hi\n")
    run.sees("1 passed of 1", WAITS)


def test_new_flows_are_run_and_deleted_ones_dropped(attend, write, tmp_path):
    write("a.yaml", says("A"))
    run = attend("watch")
    run.sees("1 passed of 1", WAITS)

    write("new/deep/b.yaml", says("B", "ho"))
    assert ran(run.sees("1 passed, 1 failed of 2", WAITS)) == ["new/deep/b.yaml"]
    write("new/deep/b.yaml", says("B"))
    run.sees("2 passed of 2", WAITS)
    (tmp_path / "new/deep/b.yaml").unlink()
    assert ran(run.sees("no flow any more", "1 passed of 1", WAITS)) == []
    (tmp_path / "a.yaml").rename(tmp_path / "z.yaml")
    assert ran(run.sees("1 passed of 1", WAITS)) == ["z.yaml"]


def test_an_empty_folder_is_watched_and_is_never_green(attend, write):
    run = attend("watch")
    run.sees("no flow is here yet", WAITS)
    run.signal(signal.SIGINT)
    assert run.ends()[0] == 5

    run = attend("watch")
    run.sees("no flow is here yet", WAITS)
    write("a.yaml", says("A"))
    run.sees("1 passed of 1", WAITS)


def test_a_flow_that_becomes_invalid_shows_its_faults_and_runs_when_it_is_valid(attend, write):
    write("a.yaml", says("A"))
    write("b.yaml", says("B"))
    run = attend("watch")
    run.sees("2 passed of 2", WAITS)

    write("a.yaml", says("A", more="stps: []\n"))
    text = run.sees("a.yaml:", "1 passed, 1 not valid of 2", WAITS)
    assert "stps" in text
    assert ran(text) == []
    run.signal(signal.SIGINT)
    assert run.ends()[0] == 2

    run = attend("watch")
    run.sees("1 passed, 1 not valid of 2", WAITS)
    write("a.yaml", says("A"))
    assert ran(run.sees("2 passed of 2", WAITS)) == ["a.yaml"]


def test_a_save_without_a_change_runs_nothing(attend, write, tmp_path):
    write("a.yaml", says("A"))
    write("b.yaml", says("B"))
    run = attend("watch")
    run.sees("2 passed of 2", WAITS)

    write("a.yaml", says("A"))
    os.utime(tmp_path / "a.yaml")
    write("b.yaml", says("B", "ho"))

    assert ran(run.sees("1 failed of 2", WAITS)) == ["b.yaml"]


def test_a_burst_of_saves_is_one_run(attend, write, target):
    flow = GETS.replace("BASE", target.url)
    write("a.yaml", flow)
    run = attend("watch")
    run.sees("1 passed of 1", WAITS)

    for number in range(30):
        write("a.yaml", flow + f"# {number}\n")
    run.sees("a.yaml changed", WAITS)
    write("a.yaml", flow + "tags: [last]\n")
    run.sees("a.yaml changed", WAITS)

    assert len(target.asked) <= 4


def test_a_change_of_a_running_flow_ends_it_with_its_teardown_and_runs_it_anew(attend, write, target, until):
    flow = SLOW.replace("BASE", target.url)
    write("a.yaml", flow)
    run = attend("watch")
    until(lambda: "GET /slow" in target.asked)

    write("a.yaml", flow.replace("/slow", "/quick"))
    run.sees("running flows end with their teardowns", "⊘ slow", "1 passed of 1", WAITS)

    assert target.asked == ["GET /slow", "DELETE /order", "GET /quick", "DELETE /order"]


def test_a_change_of_another_flow_waits_until_the_running_one_has_ended(attend, write, target, until):
    write("a.yaml", SLOW.replace("BASE", target.url))
    write("b.yaml", says("B"))
    run = attend("watch", "-j", "2")
    until(lambda: "GET /slow" in target.asked)
    run.sees("b.yaml  B", "passed")

    write("b.yaml", says("B", "ho"))
    write("c.yaml", says("C"))
    target.held.set()
    text = run.sees("2 passed, 1 failed of 3", WAITS)

    assert target.asked == ["GET /slow", "DELETE /order"]
    assert ran(text).count("b.yaml") == 1


def test_an_interrupt_runs_teardowns(attend, write, target, until):
    write("a.yaml", SLOW.replace("BASE", target.url))
    run = attend("watch")
    until(lambda: "GET /slow" in target.asked)

    run.signal(signal.SIGINT)
    code, text = run.ends()

    assert code == 130
    assert "⊘ slow" in text
    assert target.asked == ["GET /slow", "DELETE /order"]


@pytest.mark.parametrize("command", ["run", "watch"])
def test_a_terminal_that_is_closed_ends_the_command_with_its_teardowns(attend, write, target, until, tmp_path, command):
    write("a.yaml", SLOW.replace("BASE", target.url))
    (tmp_path / "scratch").mkdir()
    run = attend(command, "a.yaml", terminal=True, TMPDIR=str(tmp_path / "scratch"))
    until(lambda: "GET /slow" in target.asked)

    run.hangs_up()

    assert run.process.wait(20) == 130
    assert target.asked == ["GET /slow", "DELETE /order"]
    assert list((tmp_path / "scratch").iterdir()) == []


def test_a_hang_up_that_is_ignored_stays_ignored(attend, write, target, until):
    write("a.yaml", SLOW.replace("BASE", target.url))
    run = attend("run", "a.yaml", deaf_to_hang_up=True)
    until(lambda: "GET /slow" in target.asked)
    run.signal(signal.SIGHUP)
    target.held.set()

    assert run.ends()[0] == 0


@pytest.mark.parametrize("command", ["run", "watch"])
def test_a_command_that_is_ended_at_once_leaves_no_folder(attend, write, target, until, tmp_path, command):
    write("a.yaml", SLOW.replace("BASE", target.url).replace("/order", "/slow"))
    (tmp_path / "scratch").mkdir()
    run = attend(command, "a.yaml", TMPDIR=str(tmp_path / "scratch"))
    until(lambda: "GET /slow" in target.asked)
    run.signal(signal.SIGINT)
    until(lambda: "DELETE /slow" in target.asked)
    run.signal(signal.SIGINT)

    assert run.ends()[0] == 130
    assert list((tmp_path / "scratch").iterdir()) == []


@pytest.mark.parametrize(("word", "code"), [("hi", 0), ("ho", 1)])
def test_the_exit_code_is_that_of_the_last_state_of_all_flows(attend, write, word, code):
    write("a.yaml", says("A", "hi" if code else "ho"))
    write("b.yaml", says("B"))
    run = attend("watch")
    run.sees(" of 2", WAITS)
    write("a.yaml", says("A", word))
    run.sees(" of 2", WAITS)

    run.signal(signal.SIGTERM)

    assert run.ends()[0] == code


def test_keys_run_all_or_what_failed_and_quit(attend, write):
    write("a.yaml", says("A"))
    write("b.yaml", says("B", "ho"))
    run = attend("watch", terminal=True)
    run.sees("1 passed, 1 failed of 2", WAITS, "Enter runs all, f those that did not pass, q quits")

    run.key("f")
    assert ran(run.sees("1 passed, 1 failed of 2", WAITS)) == ["b.yaml"]
    run.key("\r")
    assert ran(run.sees("1 passed, 1 failed of 2", WAITS)) == ["a.yaml", "b.yaml"]
    write("b.yaml", says("B"))
    run.sees("2 passed of 2", WAITS)
    run.key("f")
    run.sees("nothing to run again")
    run.key("q")
    assert run.ends()[0] == 0


def test_the_terminal_is_given_back_as_it_was(attend, write):
    import termios

    write("a.yaml", says("A"))
    run = attend("watch", terminal=True)
    run.sees("Enter runs all")
    assert not termios.tcgetattr(run.ours)[3] & termios.ECHO

    run.key("\x03")
    run.process.wait(20)

    assert termios.tcgetattr(run.ours)[3] & termios.ECHO
    assert run.process.returncode == 0


def test_a_variable_that_no_flow_reads_is_told(attend, write):
    write("a.yaml", says("A"))
    run = attend("watch", "--var", "wrod=hi")

    run.sees("nothing in", "`wrod`", WAITS)


def test_a_folder_that_is_removed_and_made_again_is_still_watched(attend, write, tmp_path):
    write("a.yaml", says("A"))
    write("sub/b.yaml", says("B"))
    run = attend("watch")
    run.sees("2 passed of 2", WAITS)

    (tmp_path / "sub").rename(tmp_path.parent / "away")
    write("sub/b.yaml", says("B"))
    write("a.yaml", says("A", "hi", "  - {id: more, action: log, config: {message: x}}\n"))
    run.sees("a.yaml changed", WAITS)
    write("sub/b.yaml", says("B", "ho"))

    run.sees("b.yaml changed", "1 passed, 1 failed of 2", WAITS)
    run.signal(signal.SIGINT)
    assert run.ends()[0] == 1


@pytest.mark.parametrize("linked", ["rows/r.csv", "rows"])
def test_a_link_that_leads_elsewhere_is_a_change(attend, write, tmp_path, linked):
    for number in (1, 2):
        write(f"all/{number}/r.csv", f"n\n{number}\n")
    (tmp_path / linked).parent.mkdir(exist_ok=True)
    leads = "../all/{}/r.csv" if linked.endswith("csv") else "all/{}"
    (tmp_path / linked).symlink_to(leads.format(1))
    write("my.env", "want=1\n")
    write("a.yaml", ROWS)
    run = attend("watch", "a.yaml")
    run.sees("1 passed of 1", WAITS)

    (tmp_path / ".link").symlink_to(leads.format(2))
    (tmp_path / ".link").rename(tmp_path / linked)

    run.sees("rows/r.csv", "1 failed of 1", WAITS)


def test_a_flow_named_by_a_link_is_run_again_when_the_link_leads_elsewhere(attend, write, tmp_path):
    write("all/1/a.yaml", says("A"))
    write("all/2/a.yaml", says("A", "ho"))
    (tmp_path / "now").symlink_to("all/1")
    run = attend("watch", "now")
    run.sees("1 passed of 1", WAITS)

    (tmp_path / ".link").symlink_to("all/2")
    (tmp_path / ".link").rename(tmp_path / "now")

    run.sees("1 failed of 1", WAITS)


def test_what_changed_and_did_not_run_again_is_no_green_when_the_person_leaves(attend, write):
    write("a.yaml", says("A"))
    write("b.yaml", says("B"))
    run = attend("watch")
    run.sees("2 passed of 2", WAITS)

    write("a.yaml", says("A", "ho"))
    run.signal(signal.SIGINT)
    code, text = run.ends()

    assert code in (1, 3, 130), text  # it ran, it did not run again, or it was running


def test_a_change_that_nobody_heard_of_is_seen_when_the_person_leaves(attend, write, tmp_path):
    write("x/y/a.yaml", says("A"))
    run = attend("watch", "x/y")
    run.sees("1 passed of 1", WAITS)
    run.signal(signal.SIGSTOP)
    write("x/y/a.yaml", says("A", "ho"))
    run.signal(signal.SIGINT)
    run.signal(signal.SIGCONT)

    code, text = run.ends()

    assert code == 3
    assert "1 flow changed and did not run again" in text


def test_a_link_that_leads_nowhere_is_no_flow_that_is_gone(attend, write, tmp_path):
    write("a.yaml", says("A"))
    write("other/b.yaml", says("B"))
    (tmp_path / "b.yaml").symlink_to("other/b.yaml")
    run = attend("watch", "a.yaml", "b.yaml")
    run.sees("2 passed of 2", WAITS)

    (tmp_path / "other/b.yaml").unlink()
    run.sees("b.yaml cannot be read")
    run.signal(signal.SIGINT)

    assert run.ends()[0] == 2


def test_the_chosen_flow_shows_its_faults_when_it_is_not_valid(attend, write, tmp_path):
    write("a.yaml", says("A smoke"))
    write("b.yaml", says("B"))
    run = attend("watch", "-k", "smoke")
    run.sees("1 passed of 1", WAITS)

    write("a.yaml", says("A smoke", more="stps: []\n"))
    assert "stps" in run.sees("a.yaml changed", "1 not valid of 1", WAITS)
    write("a.yaml", says("A smoke"))
    run.sees("1 passed of 1", WAITS)


def test_a_choice_that_is_gone_is_told_once_and_is_not_green(attend, write):
    write("a.yaml", says("A smoke"))
    write("b.yaml", says("B"))
    run = attend("watch", "-k", "smoke")
    run.sees("1 passed of 1", WAITS)

    write("a.yaml", says("A"))
    run.sees("-k smoke left none", WAITS)
    write("b.yaml", says("B", "hi", "  - {id: more, action: log, config: {message: x}}\n"))
    write("c.yaml", "stps: []\nname: x\n")
    assert "left none" not in run.sees("c.yaml", WAITS)
    (run.process.pid and write("c.yaml", says("C")))
    run.sees("c.yaml")
    run.signal(signal.SIGINT)

    assert run.ends()[0] == 5
