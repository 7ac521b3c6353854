import signal

import pytest

from testmesh_cli.exit_codes import ExitCode

pytestmark = pytest.mark.integration


def test_the_help_of_logs_names_the_code_of_a_server_that_stays_away(testmesh):
    words = " ".join(testmesh("logs", "--help").stdout.split())

    assert "6 where the server stayed away while its lines were followed" in words


PASSES = "name: passes\nsteps:\n  - {action: assert, assert: [1 == 1]}\n"
FAILS = "name: fails\nsteps:\n  - {action: assert, assert: [1 == 2]}\n"
FAIL_ACTION = "name: gives up\nsteps:\n  - {action: fail, config: {message: no use}}\n"
LOGS = "name: logs\nsteps:\n  - {action: log, config: {message: hi}}\n"
UNJUDGED = "name: unjudged\nsteps:\n  - {action: assert, assert: [nobody == 1]}\n"
REFUSED = "name: refused\nsteps:\n  - {action: http_request, config: {method: GET, url: '${base}/'}, timeout: 5s}\n"
ASKS = (
    "name: asks\nsteps:\n"
    "  - {action: http_request, config: {method: GET, url: '${base}/'}, assert: [body.total == 54.98]}\n"
)
TOO_LATE = "name: late\ntimeout: 50ms\nsteps:\n  - {action: delay, config: {duration: 30s}}\n"
TEARDOWN = PASSES + "teardown:\n  - {action: fail, config: {message: left something}}\n"
ALL_SKIPPED = "name: empty\nsteps:\n  - {action: log, config: {message: hi}, disabled: true}\n"
ALLOWED = (
    "name: allowed\nsteps:\n  - {action: assert, assert: [1 == 2], on_error: continue, allow_failure: true}\n"
    "  - {action: assert, assert: [1 == 1]}\n"
)
NEEDS_INPUT = "name: needs\ninputs: {who: {type: string, required: true}}\n" + PASSES.partition("\n")[2]
NEEDS_ENV_FILE = "name: needs\nenv_file: gone.env\n" + PASSES.partition("\n")[2]
TYPO = "name: typo\nstesp: []\n" + PASSES.partition("\n")[2]

TAGGED = """\
name: tagged
steps:
  - {id: quick, tags: [fast], action: assert, assert: [1 == 1]}
  - {id: wrong, tags: [slow], action: assert, assert: [1 == 2]}
  - {id: never, tags: [never], when: 1 == 2, action: assert, assert: [1 == 1]}
"""
HANGS = """\
name: hangs
setup:
  - {action: log, config: {message: hi}}
steps:
  - {action: delay, config: {duration: 60s}}
teardown:
  - {action: log, config: {message: tidied}}
"""
NOBODY = "http://127.0.0.1:1"

TABLE = [
    ([PASSES], [], 0),
    ([LOGS], [], 0),
    ([ALLOWED], [], 0),
    ([FAILS], [], 1),
    ([FAIL_ACTION], [], 1),
    ([PASSES, FAILS], [], 1),
    ([UNJUDGED], [], 3),
    ([TOO_LATE], [], 3),
    ([TEARDOWN], [], 3),
    ([ALL_SKIPPED], [], 3),
    ([NEEDS_INPUT], [], 3),
    ([NEEDS_INPUT], ["--var", "who=me"], 0),
    ([PASSES, FAILS, UNJUDGED], [], 3),
    ([PASSES, FAILS, UNJUDGED], ["-j", "1"], 3),
    ([FAILS, UNJUDGED], ["-j", "1", "--fail-fast"], 1),
    ([NEEDS_ENV_FILE], [], 4),
    ([TYPO], [], 2),
    ([PASSES, TYPO], [], 2),
    (["\tno yaml: ["], [], 2),
    ([""], [], 2),
    ([], [], 5),
    ([PASSES], ["--no-such-option"], 2),
    ([PASSES], ["--var", "novalue"], 2),
    ([PASSES], ["--var-file", "gone.json"], 2),
    ([PASSES], ["-e", "staging"], 2),
    ([PASSES], ["--url", "http://127.0.0.1:1"], 2),
    ([PASSES], ["--remote", "--seed", "1"], 2),
    ([PASSES], ["--remote", "--url", "ftp://nowhere"], 2),
    ([PASSES], ["gone.yaml"], 2),
    ([TAGGED], ["-t", "fast"], 0),
    ([TAGGED], ["-t", "slow"], 1),
    ([TAGGED], ["-t", "never"], 3),
    ([TAGGED], ["-t", "nothing has this"], 2),
    ([TAGGED], ["-t", "absent"], 5),
    ([TAGGED], ["-t", "fast and"], 2),
    ([TAGGED], ["--step", "quick"], 0),
    ([TAGGED], ["--step", "wrong"], 1),
    ([TAGGED], ["--step", "never"], 3),
    ([TAGGED], ["--step", "quikc"], 2),
    ([TAGGED], ["-t", "fast", "--step", "wrong"], 5),
    ([PASSES, FAILS], ["-k", "passes"], 0),
    ([PASSES, FAILS], ["-k", "fails or passes"], 1),
    ([PASSES, FAILS], ["-k", "neither"], 5),
    ([PASSES, FAILS], ["-k", "("], 2),
    ([PASSES, FAILS], ["--shard", "1/2"], 0),
    ([PASSES, FAILS], ["--shard", "2/2"], 1),
    ([PASSES, FAILS], ["--shard", "3/3"], 5),
    ([PASSES, FAILS], ["--shard", "3/2"], 2),
    ([PASSES, FAILS], ["--shard", "1/2", "--last-failed"], 2),
    ([PASSES, FAILS], ["--shard", "1/2", "--durations", "gone.json"], 2),
    ([PASSES, FAILS], ["--last-failed"], 1),
    ([PASSES], ["--last-failed"], 0),
    ([PASSES], ["--repeat", "3"], 0),
    ([FAILS], ["--repeat", "3"], 1),
    ([PASSES, FAILS], ["--repeat", "0"], 2),
    ([PASSES, FAILS], ["--order", "random", "--seed", "1"], 1),
    ([PASSES, FAILS], ["--dry-run"], 0),
    ([PASSES, TYPO], ["--dry-run"], 2),
    ([NEEDS_ENV_FILE], ["--dry-run"], 4),
    ([PASSES], ["--dry-run", "-k", "absent"], 5),
    ([PASSES], ["--timeout", "1m"], 0),
    ([HANGS], ["--timeout", "100ms"], 124),
    ([FAILS, HANGS], ["--timeout", "100ms", "-j", "1"], 124),
    ([PASSES], ["--timeout", "10"], 2),
    ([PASSES], ["--timeout", "0s"], 2),
    ([PASSES], ["--artifacts", "out"], 0),
    ([PASSES], ["--artifacts", "/dev/null/out"], 4),
    ([PASSES], ["--artifacts", "flows/0.yaml"], 2),
    ([PASSES], ["--remote", "--url", NOBODY], 6),
    ([PASSES], ["--remote", "--url", NOBODY, "-k", "absent"], 5),
    ([PASSES], ["--remote", "--url", NOBODY, "--step", "quick"], 2),
    ([PASSES], ["--remote", "--url", NOBODY, "--artifacts", "out"], 2),
    ([PASSES], ["--remote", "--url", NOBODY, "--detach", "--timeout", "1m"], 2),
    ([PASSES], ["--remote", "--url", NOBODY, "--detach", "--fail-fast"], 2),
    ([PASSES], ["--detach"], 2),
    ([PASSES], ["--follow"], 2),
]


@pytest.mark.parametrize(("flows", "arguments", "expected"), TABLE)
def test_the_exit_code_says_how_the_run_ended(testmesh, write, tmp_path, flows, arguments, expected):
    (tmp_path / "flows").mkdir()
    for place, flow in enumerate(flows):
        write(f"flows/{place}.yaml", flow)

    done = testmesh("run", "flows", *arguments)

    assert (done.returncode, "Traceback" in done.stderr) == (expected, False), done.stdout + done.stderr


def test_an_interrupted_run_is_neither_green_nor_red(begin, write):
    write("hangs.yaml", HANGS)
    process = begin("run", "hangs.yaml", "-o", "ndjson")
    while "step.finished" not in process.stdout.readline():
        assert process.poll() is None

    process.send_signal(signal.SIGINT)
    rest = process.stdout.read()

    assert process.wait(20) == 130
    assert '"exit_code":130' in rest
    assert "tidied" in rest


def test_the_table_has_every_code_that_the_command_can_end_with():
    assert {expected for _, _, expected in TABLE} | {130} == set(ExitCode)


def test_what_answers_can_pass_and_what_does_not_cannot_be_judged(testmesh, write, target, nobody):
    write("asks.yaml", ASKS)
    write("refused.yaml", REFUSED)

    assert testmesh("run", "asks.yaml", "--var", f"base={target.url}").returncode == 0
    assert testmesh("run", "refused.yaml", "--var", f"base={nobody}").returncode == 3


def test_with_an_invalid_flow_among_them_no_flow_is_run(testmesh, write, target):
    write("a.yaml", ASKS)
    write("b.yaml", TYPO)

    done = testmesh("run", ".", "--var", f"base={target.url}")

    assert done.returncode == 2
    assert target.asked == []
    assert 'did you mean "steps"?' in done.stderr


def test_output_without_a_reader_does_not_change_the_exit_code(begin, write):
    write("fails.yaml", FAILS)
    process = begin("run", "fails.yaml", "-o", "ndjson")
    process.stdout.close()
    process.stdout = None

    assert process.wait(30) == 1
    assert "Exception ignored" not in process.stderr.read()
