"""`testmesh run` of some flows, of parts of them, again, in shards, in order: as a person and as CI does it."""

import json
import re
import shlex
import signal

import pytest

pytestmark = pytest.mark.integration

SHOP = """\
name: Shop
tags: [orders]
setup:
  - {id: login, action: log, config: {message: in}}
steps:
  - {id: create, tags: [smoke], action: assert, assert: [1 == 1]}
  - {id: pay, tags: [slow], action: assert, assert: [1 == 2]}
teardown:
  - {id: tidy, action: log, config: {message: out}}
"""
PLAIN = "name: Plain\nsteps:\n  - {id: only, action: assert, assert: ['${ok} == 1']}\n".replace(
    "'${ok} == 1'", "ok == '1'"
)
PLAIN = PLAIN.replace("steps:", "env: {ok: '1'}\nsteps:")


@pytest.fixture
def flows(write):
    write("flows/shop.yaml", SHOP)
    write("flows/plain.yaml", PLAIN)


def steps(done):
    told = json.loads(done.stdout)
    return {flow["name"]: {step["path"]: step["status"] for step in flow["steps"]} for flow in told["flows"]}


def test_of_a_flow_in_part_the_others_are_recorded_as_skipped_and_setup_and_teardown_run(testmesh, flows):
    done = testmesh("run", "flows", "-t", "smoke", "-o", "json")

    assert done.returncode == 0, done.stderr
    assert steps(done) == {"Shop": {"login": "passed", "create": "passed", "pay": "skipped", "tidy": "passed"}}
    (flow,) = json.loads(done.stdout)["flows"]
    assert flow["part"] == {"selected": 1, "of": 2, "by": "-t smoke"}
    assert flow["steps"][2]["error_message"] == "not selected: -t smoke"


def test_what_is_only_a_part_says_so_beside_its_green(testmesh, flows):
    done = testmesh("run", "flows", "--step", "create")

    assert "testmesh: 1 of 2 flows selected: --step create left 1; some steps only\n" in done.stderr
    assert "  ⤼ pay  not selected: --step create\n" in done.stdout
    assert re.search(r"✓ passed in .*, 1 of 2 steps selected\n", done.stdout)


def test_a_step_that_reads_what_was_left_out_is_told_what_to_choose_as_well(testmesh, write):
    write(
        "a.yaml",
        "name: a\nsteps:\n  - {id: list, action: set, config: {n: 3}}\n"
        "  - {id: other, action: set, config: {m: 3}}\n  - {id: detail, action: assert, assert: [n == 3]}\n",
    )

    done = testmesh("run", "a.yaml", "--step", "detail")
    better = testmesh("run", "a.yaml", "--step", "list", "--step", "detail")

    assert "    ! left out, and read by what was chosen: list; try --step list --step detail\n" in done.stdout
    assert "testmesh: 1 of 1 flow selected: --step detail left 1; some steps only\n" in done.stderr
    assert (done.returncode, better.returncode) == (3, 0)
    assert "left out" not in better.stdout


def test_an_expression_stands_in_quotes_where_it_is_told(testmesh, flows):
    done = testmesh("run", "flows", "-k", "shop or plain", "-t", "smoke and orders")

    assert "1 of 2 flows selected: -t 'smoke and orders' left 1, -k 'shop or plain' left 1;" in done.stderr


def test_the_command_to_run_a_part_again_runs_the_same_part(testmesh, flows):
    done = testmesh("run", "flows", "-t", "slow or smoke", "--step", "pay", "--seed", "3")

    assert done.returncode == 1
    assert "run it again: testmesh run flows/shop.yaml -t 'slow or smoke' --step pay --seed 3\n" in done.stdout


def test_a_called_flow_is_found_by_its_name_also_where_it_is_not_selected(testmesh, write):
    write("flows/part.yaml", "name: Login\nsteps: [{action: assert, assert: [1 == 1]}]\n")
    write("flows/whole.yaml", "name: Whole\ntags: [x]\nsteps: [{action: run_flow, config: {flow: Login}}]\n")

    done = testmesh("run", "flows", "-t", "x")

    assert (done.returncode, "1 passed, 0 failed" in done.stdout) == (0, True), done.stdout


def test_last_failed_goes_on_until_all_have_passed(testmesh, write):
    for name in "abc":
        write(f"flows/{name}.yaml", PLAIN.replace("Plain", name))
    good, bad = ("--var", "ok=1"), ("--var", "ok=2")

    stopped = testmesh("run", "flows", "-j", "1", "--fail-fast", *bad)
    assert stopped.returncode == 1
    assert "⤼ flows/b.yaml  not run: --fail-fast: flows/a.yaml did not pass\n" in stopped.stdout
    everything = testmesh("run", "flows", "--last-failed", "-o", "json", *bad)
    assert sorted(steps(everything)) == ["a", "b", "c"]
    assert testmesh("run", "flows/a.yaml", *good).returncode == 0
    rest = testmesh("run", "flows", "--last-failed", "-o", "json", *good)
    assert (rest.returncode, sorted(steps(rest))) == (0, ["b", "c"])
    again = testmesh("run", "flows", "--last-failed", "-o", "json", *good)
    assert (again.returncode, sorted(steps(again))) == (0, ["a", "b", "c"])
    assert "so all 3 are run" in again.stderr


def test_what_was_interrupted_is_run_again_by_last_failed(testmesh, begin, write, target, until):
    write("flows/a.yaml", "name: a\nsteps: [{action: http_request, config: {method: GET, url: '${base}/slow'}}]\n")
    write("flows/b.yaml", PLAIN)
    process = begin("run", "flows", "-j", "1", "--var", f"base={target.url}")
    until(lambda: target.asked)
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 130
    target.held.set()

    done = testmesh("run", "flows", "--last-failed", "-o", "json", "--var", f"base={target.url}")

    assert sorted(steps(done)) == ["Plain", "a"]


def test_a_record_that_cannot_be_kept_is_a_warning_and_changes_no_result(testmesh, flows, write):
    write(".testmesh", "a file is in the way")

    done = testmesh("run", "flows/plain.yaml")

    assert done.returncode == 0
    assert "testmesh: this run is not remembered: " in done.stderr
    assert "Traceback" not in done.stderr


def test_shards_after_a_run_are_balanced_by_what_it_recorded_and_lose_nothing(testmesh, write):
    write("flows/long.yaml", "name: long\nsteps: [{action: delay, config: {duration: 300ms}}]\n")
    for name in "abc":
        write(f"flows/{name}.yaml", f"name: {name}\nsteps: [{{action: delay, config: {{duration: 20ms}}}}]\n")
    assert testmesh("run", "flows", "--durations", "durations.json").returncode == 0
    recorded = (testmesh, "run", "flows", "-o", "json", "--durations", "durations.json")

    shares = [sorted(steps(testmesh(*recorded[1:], "--shard", f"{n}/2"))) for n in (1, 2)]

    assert shares == [["long"], ["a", "b", "c"]]


def test_each_repetition_is_a_result_and_what_did_not_pass_each_time_is_flaky(testmesh, write, serve):
    asked = []

    def answer(method, path, headers, body):
        asked.append(path)
        return 200, {}, {"ok": len(asked) != 2}

    base = serve(answer)
    request = "{action: http_request, config: {method: GET, url: '${base}/${RANDOM_ID}'}, assert: [body.ok]}"
    write("flaky.yaml", f"name: f\nsteps:\n  - {request}\n")

    done = testmesh("run", "flaky.yaml", "--repeat", "3", "--seed", "5", "--var", f"base={base}", "-j", "4")

    assert done.returncode == 1
    assert [f"flaky.yaml [{n}/3]  f\n" in done.stdout for n in (1, 2, 3)] == [True] * 3
    assert "✗ flaky.yaml  2 of 3 passed: flaky\n2 passed, 1 failed, 0 errors in " in done.stdout
    assert f"run it again: testmesh run flaky.yaml --var base={base} --seed 6\n" in done.stdout
    assert "        flaky.yaml:3:" in done.stdout
    assert len(set(asked)) == 3
    assert testmesh("run", "flaky.yaml", "--seed", "6", "--var", f"base={base}").returncode == 0
    assert asked[3] == asked[1]


def test_a_random_order_tells_the_seed_that_gives_it_again(testmesh, write):
    for n in range(8):
        write(f"flows/{n}.yaml", f"name: '{n}'\nsteps: [{{action: assert, assert: [1 == 1]}}]\n")

    def order(*arguments):
        done = testmesh("run", "flows", "-j", "1", "--order", "random", "-o", "json", *arguments)
        return list(steps(done)), re.search(r"--order random --seed ([0-9]+) gives it again", done.stderr)[1]

    first, seed = order()
    assert order("--seed", seed) == (first, seed)
    assert len({tuple(order("--seed", str(n))[0]) for n in range(3)}) > 1


NEEDS = """\
name: a
inputs: {who: {type: string, required: true}, pin: {type: string, secret: true}}
env_file: my.env
data: [{n: 1}, {n: 2}]
steps:
  - {action: http_request, config: {method: GET, url: '${base}/${who}${extra}'}}
"""
GROUP = """\
name: c
steps:
  - id: outer
    action: group
    config:
      steps:
        - {id: inner, action: assert, assert: [nobody == 1]}
"""
DRY = """\
flows/plain.yaml  Plain
  ok = "1"  (the flow's env)
  - only  assert

flows/shop.yaml  Shop
  - login  (setup)  log
  - create  assert
  ⤼ pay  assert  skipped: not selected: -t not slow
  - tidy  (teardown)  log

dry run: nothing was run, nothing was tested; without --dry-run 2 flows would be run
"""


def test_a_dry_run_tells_what_would_be_run_and_runs_nothing(testmesh, flows, tmp_path):
    done = testmesh("run", "flows", "-t", "not slow", "--dry-run")

    assert (done.returncode, done.stdout) == (0, DRY)
    assert "passed" not in done.stdout + done.stderr
    assert not (tmp_path / ".testmesh").exists()


def test_a_dry_run_names_variables_and_never_their_values(testmesh, write, target):
    write("a.yaml", NEEDS)
    write("my.env", "extra=hunter2\n")

    done = testmesh("run", "a.yaml", "--dry-run", "--var", f"base={target.url}", "--var", "pin=hunter3", "-o", "json")

    (flow,) = json.loads(done.stdout)["flows"]
    assert (flow["variables"], flow["missing_inputs"], flow["rows"]) == (["base", "extra", "pin", "who"], ["who"], 2)
    assert "hunter" not in done.stdout + done.stderr
    assert target.asked == []


def test_a_dry_run_tells_a_person_each_variable_with_its_value_and_who_gives_it(testmesh, write):
    write(".testmesh.yaml", "environments:\n  local:\n    variables: {place: here, mail: '${MAIL_PASSWORD}'}\n")
    write("a.yaml", NEEDS)
    write("my.env", "extra=more\nplace=there\n")

    done = testmesh("run", "a.yaml", "--dry-run", "-e", "local", "--var", "token=hunter2", MAIL_PASSWORD="hunter4")

    assert done.returncode == 0, done.stderr
    assert '  extra = "more"  (its env_file my.env)\n' in done.stdout
    assert '  place = "here"  (environment local)\n' in done.stdout
    assert '  mail  = "***"  (environment local)\n' in done.stdout
    assert '  token = "***"  (--var)\n' in done.stdout
    assert "hunter" not in done.stdout + done.stderr


def test_in_a_dry_run_the_columns_of_a_file_of_rows_count_as_given(testmesh, write):
    write("rows.csv", "who,price\nmug,3\npen,4\n")
    write(
        "a.yaml",
        "name: a\ninputs: {who: {type: string, required: true}, place: {type: string, required: true}}\n"
        "data: {file: rows.csv}\nsteps: [{action: log, config: {message: '${who} ${place}'}}]\n",
    )

    done = testmesh("run", "a.yaml", "--dry-run")

    assert "the flow would be an error: place\n" in done.stdout
    assert "  who    (a column of rows.csv)\n" in done.stdout


def test_a_dry_run_also_looks_at_what_flows_name(testmesh, write):
    write("a.yaml", "name: a\ndata: {file: gone.csv}\nsteps: [{action: log, config: {message: x}}]\n")

    done = testmesh("run", "a.yaml", "--dry-run")

    assert done.returncode == 2
    assert "TM456" in done.stderr


def test_large_values_are_kept_as_files_where_they_are_asked_for(testmesh, write, serve, tmp_path):
    base = serve(lambda *_: (200, {"Content-Type": "text/plain"}, b"x" * 400_000))
    write(
        "flows/big.yaml", "name: b\nsteps: [{id: get, action: http_request, config: {method: GET, url: '${base}/'}}]\n"
    )

    done = testmesh("run", "flows/big.yaml", "--var", f"base={base}", "--artifacts", "out")

    assert done.returncode == 0, done.stdout
    kept = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert [path.parent for path in kept] == [tmp_path / "out" / "flows-big.yaml" / "get"] * len(kept)
    assert {path.read_bytes() for path in kept} == {b"x" * 400_000}
    assert f"testmesh: what steps attached is in out: {len(kept)} file" in done.stderr


def test_when_time_is_up_teardowns_run_and_the_summary_is_told(testmesh, write, target):
    write(
        "a.yaml",
        "name: a\nsteps: [{action: http_request, config: {method: GET, url: '${base}/slow'}}]\n"
        "teardown: [{action: http_request, config: {method: DELETE, url: '${base}/order'}}]\n",
    )

    done = testmesh("run", "a.yaml", "--timeout", "300ms", "--var", f"base={target.url}", "-o", "json")

    told = json.loads(done.stdout)
    assert (done.returncode, told["exit_code"], told["counts"]["cancelled"]) == (124, 124, 1)
    assert "DELETE /order" in target.asked
    assert "the time of --timeout 300ms is up" in done.stderr
    assert told["flows"][0]["error_message"] == "the time of --timeout 300ms was up"


def test_failures_are_listed_again_at_the_end_with_their_place_and_command(testmesh, write):
    write("flows/a.yaml", PLAIN)
    write("flows/b.yaml", SHOP)
    write("flows/c.yaml", GROUP)

    done = testmesh("run", "flows", "--seed", "1")

    end = done.stdout.rstrip().splitlines()[-5:]
    assert end[:2] == [
        "✗ flows/b.yaml:7  step pay failed: assertion failed: 1 == 2",
        "    testmesh run flows/b.yaml --seed 1",
    ]
    assert end[2].startswith("⚠ flows/c.yaml:7  step outer/inner ended in an error: ")
    assert end[3] == "    testmesh run flows/c.yaml --seed 1"
    assert end[4].startswith("1 passed, 1 failed, 1 error in ")


def test_of_many_flows_the_slowest_are_named(testmesh, write):
    for n in range(12):
        write(
            f"flows/{n}.yaml",
            f"name: '{n}'\nsteps: [{{action: delay, config: {{duration: {1 + 300 * (n == 7)}ms}}}}]\n",
        )

    assert "slowest: flows/7.yaml 3" in testmesh("run", "flows").stdout
    assert "slowest" not in testmesh("run", "flows/7.yaml").stdout


def test_a_remote_run_of_chosen_flows_sends_these_alone(testmesh, write, api, flows):
    api.views = [api.view("passed", api.step("only"))]

    done = testmesh("run", "flows", "--remote", "--url", api.url, "-k", "plain", "--repeat", "2")

    assert done.returncode == 0, done.stdout + done.stderr
    assert [order["source"].splitlines()[0] for order in api.orders.values()] == ["name: Plain"] * 2
    assert "2 of 2 passed" in done.stdout


LIVE = "name: Waits\nsteps:\n  - {name: Wait for it, action: delay, config: {duration: 1500ms}}\n"


def test_a_terminal_shows_what_runs_now_and_a_terminal_of_ci_does_not(on_terminal, write):
    for name in "ab":
        write(f"flows/{name}.yaml", LIVE)

    shown = "\n".join(on_terminal(60, "run", "flows", "-j", "2"))
    in_ci = "\n".join(on_terminal(60, "run", "flows", "-j", "2", CI="true"))

    assert "0/2 done · 2 running · flows/" in shown
    assert ": Wait for it" in shown
    assert "0/2 done · 1 s · 2 running" in shown
    assert "done ·" not in in_ci
    assert "2 passed" in in_ci


def test_the_line_of_a_narrow_terminal_stays_one_line(on_terminal, write):
    write("flows/a.yaml", LIVE.replace("Wait for it", "Wait " * 30))

    lines = on_terminal(40, "run", "flows")

    assert any("…" in line and "flows/a.yaml: Wait" in line for line in lines)


def test_the_command_to_run_a_flow_again_finds_what_it_calls_by_name(testmesh, write):
    write("flows/callee.yaml", "name: callee\nsteps: [{action: assert, assert: [1 == 2]}]\n")
    write("flows/caller.yaml", "name: caller\nsteps: [{action: run_flow, config: {flow: callee}}]\n")

    done = testmesh("run", "flows", "-k", "caller", "--seed", "3")

    command = "testmesh run flows/caller.yaml flows/callee.yaml -k caller.yaml --seed 3"
    assert f"run it again: {command}\n" in done.stdout
    again = testmesh(*shlex.split(command)[1:])
    assert (done.returncode, again.returncode) == (1, 1)
    assert "0 passed, 1 failed, 0 errors" in again.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--var", "n=3"], 0, ""),
        ([], 3, "required and not given"),
        (["--var", "n=abc"], 3, 'the input "n" is integer, given was text'),
        (["--var", "n=3", "--report", "nope=1"], 2, "there is no report"),
        (["--var", "n=3", "--artifacts", "/proc/x"], 4, "files cannot be kept there"),
    ],
)
def test_a_dry_run_is_green_only_where_a_run_could_begin(testmesh, write, arguments, code, words):
    write(
        "a.yaml",
        "name: a\ninputs: {n: {type: integer, required: true}}\nsteps: [{action: log, config: {message: x}}]\n",
    )

    done = testmesh("run", "a.yaml", "--dry-run", *arguments)

    assert done.returncode == code, done.stderr
    assert words in done.stdout + done.stderr


def test_a_dry_run_leaves_reports_and_folders_as_they_were(testmesh, write, tmp_path):
    write("a.yaml", "name: a\nsteps: [{action: log, config: {message: x}}]\n")
    write("r.xml", "<old/>")

    done = testmesh("run", "a.yaml", "--dry-run", "--report", "junit=r.xml", "--artifacts", "deep/er")

    assert (done.returncode, (tmp_path / "r.xml").read_text()) == (0, "<old/>")
    assert not (tmp_path / "deep").exists()
    assert testmesh("run", "gone.yaml", "--dry-run", "--report", "allure=results").returncode == 2
    assert not (tmp_path / "results").exists()
