import pytest

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
]


@pytest.mark.parametrize(("flows", "arguments", "expected"), TABLE)
def test_the_exit_code_says_how_the_run_ended(testmesh, write, tmp_path, flows, arguments, expected):
    (tmp_path / "flows").mkdir()
    for place, flow in enumerate(flows):
        write(f"flows/{place}.yaml", flow)

    done = testmesh("run", "flows", *arguments)

    assert (done.returncode, "Traceback" in done.stderr) == (expected, False), done.stdout + done.stderr


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
