import json
import re

import pytest

pytestmark = pytest.mark.integration

ORDER = """\
name: Order is paid
env:
  base: http://127.0.0.1:1

steps:
  - id: read
    name: Read the order
    action: http_request
    config: {method: GET, url: "${base}/orders/1"}
    assert:
      - status == 200
      - body.total == 59.98
      - that: 'body == {total: 59.98}'
        message: the order ${body.total} is not what was bought

  - action: log
    config: {message: never}

teardown:
  - action: log
    config: {message: tidied}
"""

GOLDEN = """\
order.yaml  Order is paid
  ✗ Read the order  GET BASE/orders/1 → 200  N ms
      ✗ body.total == 59.98
        order.yaml:12:9
          12 |       - body.total == 59.98
             |         ^
          body.total   = 54.98
          expected       59.98
          5 less than expected
      ✗ body == {total: 59.98}
        the order 54.98 is not what was bought
        order.yaml:13:15
          13 |       - that: 'body == {total: 59.98}'
             |               ^
          body   = {"total": 54.98, "token": "s3cr3t-token-value", "echo": null}
          .total: is 54.98, expected 59.98 (5 less)
          .token: is "s3cr3t-token-value", not expected
          .echo: is null, not expected
        response  200, application/json, 61 bytes
  ⤼ step_2  not run: step read failed
  ✓ step_3  (teardown)  log tidied  N ms
  ✗ failed in N ms
    run it again: testmesh run order.yaml --var base=BASE --seed 7

0 passed, 1 failed, 0 errors in N ms
"""

SECRET = """\
name: Secret stays secret
inputs: {password: {type: string, secret: true}}
steps:
  - action: http_request
    config: {method: GET, url: "${base}/", headers: {X-Echo: "${password}"}}
    assert: [body.echo == "another", body.token == "other"]
    output: {token: {from: body.token, secret: true}}
    on_error: continue
  - action: log
    config: {message: "the password is ${password}"}
"""


def test_a_failure_shows_the_flow_the_values_and_how_to_run_it_again(testmesh, write, target):
    write("order.yaml", ORDER)

    done = testmesh("run", "order.yaml", "--var", f"base={target.url}", "--seed", "7")

    told = re.sub(r"(?<= )(<?[0-9.]+ m?s)(?=$)", "N ms", done.stdout.replace(target.url, "BASE"), flags=re.MULTILINE)
    assert told == GOLDEN
    assert (done.returncode, done.stderr) == (1, "")


def test_a_secret_is_in_no_output_of_a_run(testmesh, write, target):
    write("secret.yaml", SECRET)
    given = ("--var", "password=hunter2-and-more", "--var", f"base={target.url}")

    for output in ([], ["-o", "json"], ["-o", "ndjson"]):
        done = testmesh("run", "secret.yaml", *given, *output)
        assert done.returncode == 1
        assert "hunter2" not in done.stdout + done.stderr
        assert "***" in done.stdout
        assert "--var password=…" in done.stdout + done.stderr


def test_json_on_stdout_is_one_document_with_every_step(testmesh, write, target):
    write("order.yaml", ORDER)

    done = testmesh("run", "order.yaml", "--var", f"base={target.url}", "-o", "json")

    told = json.loads(done.stdout)
    assert (told["exit_code"], told["counts"]["failed"]) == (1, 1)
    assert [step["status"] for step in told["flows"][0]["steps"]] == ["failed", "skipped", "passed"]
    assert "0 passed, 1 failed, 0 errors" in done.stderr


BAD = """\
name: B
steps:
  - {id: fine, action: log, config: {message: hi}}
  - {id: off, action: assert, assert: [1 == 2]}
  - {id: later, action: log, config: {message: hi}}
"""


def test_a_quiet_run_tells_only_what_did_not_pass_and_the_counts(testmesh, write):
    write("a.yaml", "name: A\nsteps: [{id: good, action: assert, assert: [1 == 1]}]\n")
    write("b.yaml", BAD)

    done = testmesh("run", "-q")
    lines = done.stdout.splitlines()

    assert (done.returncode, lines[0], lines[1].split()[:2]) == (1, "b.yaml  B", ["✗", "off"])
    assert not any(word in done.stdout for word in ("good", "fine", "later"))
    assert lines[-1].startswith("1 passed, 1 failed, 0 errors in ")
    assert testmesh("run", "a.yaml", "-q").stdout.splitlines()[:-1] == []


@pytest.mark.parametrize("shape", ["json", "ndjson"])
def test_beside_data_on_stdout_people_are_told_only_what_did_not_pass(testmesh, write, shape):
    write("a.yaml", "name: A\nsteps: [{id: good, action: assert, assert: [1 == 1]}]\n")
    write("b.yaml", BAD)

    told = testmesh("run", "-o", shape).stderr

    assert "b.yaml  B\n" in told
    assert "✗ off" in told
    assert not any(word in told for word in ("good", "fine", "later"))
    assert "1 passed, 1 failed, 0 errors in " in told


def test_ndjson_tells_each_thing_on_a_line_and_ends_with_a_summary(testmesh, write, target):
    write("order.yaml", ORDER)

    done = testmesh("run", "order.yaml", "--var", f"base={target.url}", "-o", "ndjson")

    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert told[0]["type"] == "flow.started"
    assert [found["type"] for found in told[-2:]] == ["flow.finished", "summary"]
    assert [found["status"] for found in told if found["type"] == "step.finished"] == ["failed", "skipped", "passed"]


def test_invalid_flows_are_told_as_json_too(testmesh, write):
    write("typo.yaml", "name: x\nstesp: []\nsteps: [{action: log, config: {message: hi}}]\n")

    done = testmesh("run", "typo.yaml", "-o", "json")

    told = json.loads(done.stdout)
    assert told["exit_code"] == 2
    assert told["files"][0]["faults"][0]["line"] == 2


def test_several_flows_at_once_keep_their_lines_together(testmesh, write):
    for place in range(4):
        steps = "".join(f"  - {{name: s{place}{n}, action: delay, config: {{duration: 30ms}}}}\n" for n in range(4))
        write(f"flows/{place}.yaml", f"name: flow {place}\nsteps:\n{steps}")

    done = testmesh("run", "flows", "-j", "4")

    order = "".join(re.findall(r"✓ s([0-9])[0-9] ", done.stdout))
    assert sorted(order) == sorted("0123" * 4)
    assert all(number * 4 in order for number in "0123")
    assert "4 passed, 0 failed, 0 errors" in done.stdout


def test_variables_of_the_command_line_lie_over_env_and_env_over_its_file(testmesh, write):
    write("my.env", "# of this machine\nexport a=file\nb='file'\nc=file # a remark\n")
    write("vars.env", "d=var-file\na=var-file\n")
    flow = """\
name: layers
env_file: my.env
env: {b: env, d: env}
steps:
  - action: assert
    assert: [a == "flag", b == "env", c == "file", d == "var-file"]
"""
    write("layers.yaml", flow)

    done = testmesh("run", "layers.yaml", "--var-file", "vars.env", "--var", "a=flag")

    assert done.returncode == 0, done.stdout


def test_a_fault_in_an_env_file_names_its_line_and_not_its_text(testmesh, write):
    write("my.env", "a=1\nhunter2\n")
    write("flow.yaml", "name: x\nenv_file: my.env\nsteps: [{action: log, config: {message: hi}}]\n")

    done = testmesh("run", "flow.yaml")

    assert done.returncode == 4
    assert "line 2" in done.stderr
    assert "hunter2" not in done.stderr


def test_the_same_seed_gives_the_same_values(testmesh, write):
    write("random.yaml", "name: x\nsteps: [{action: log, config: {message: '${random_string(20)}'}}]\n")

    def value(*arguments):
        told = json.loads(testmesh("run", "random.yaml", "-o", "json", *arguments).stdout)
        return told["flows"][0]["steps"][0]["output"]["message"]

    assert value("--seed", "5") == value("--seed", "5") != value("--seed", "6")


def test_what_a_tested_system_says_cannot_steer_the_terminal(testmesh, write):
    write("evil.yaml", 'name: "x\\e[2Jy"\nsteps: [{action: log, config: {message: "\\e]0;title\\a"}}]\n')

    done = testmesh("run", "evil.yaml")

    assert done.returncode == 0
    assert "\x1b" not in done.stdout
    assert "\x07" not in done.stdout


def test_a_flow_that_asserts_nothing_passes_with_a_warning(testmesh, write):
    write("logs.yaml", "name: x\nsteps: [{action: log, config: {message: hi}}]\n")

    assert "! no assertion was judged" in testmesh("run", "logs.yaml").stdout


def test_a_file_that_is_named_twice_is_run_once(testmesh, write):
    write("a.yaml", "name: x\nsteps: [{action: assert, assert: [1 == 1]}]\n")

    assert "1 passed, 0 failed" in testmesh("run", "a.yaml", ".", "./a.yaml").stdout


def test_what_an_assertion_that_cannot_be_judged_says_is_said_once(testmesh, write):
    write("a.yaml", "name: a\nsteps:\n  - {action: set, config: {total: 1}, assert: [totl == 1, total == 2]}\n")

    told = testmesh("run", "a.yaml").stdout

    assert told.count("there is no `totl` here") == 1
    assert "      ⚠ totl == 1\n        a.yaml:3:48\n" in told
    assert "          TM401 there is no `totl` here" in told
    assert "      ✗ total == 2\n" in told


def test_a_time_that_is_up_says_so_above_what_did_not_hold(testmesh, write):
    source = "name: a\nsteps:\n  - action: set\n    config: {state: open}\n"
    write("a.yaml", source + "    eventually: {within: 1s, every: 10s}\n    assert: [values.state == 'done']\n")

    told = testmesh("run", "a.yaml").stdout

    assert "      TM423 the time was up: 2 attempts within 1s\n" in told
    assert "      ✗ values.state == 'done'\n" in told
    assert "assertion failed" not in told
