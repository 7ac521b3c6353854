"""`run --upload` and `upload`: what was run here is on the server, or waits in a file."""

import json
import signal

import pytest

pytestmark = pytest.mark.integration

PASSES = "name: passes\nsteps:\n  - {id: hello, action: log, config: {message: hi}}\n"
FAILS = "name: fails\nsteps:\n  - {id: one, action: assert, assert: [1 == 2]}\n"
HANGS = """\
name: hangs
env: {base: http://127.0.0.1:1}
steps:
  - {id: hang, action: http_request, config: {method: GET, url: "${base}/slow"}}
teardown:
  - {id: clean, action: log, config: {message: cleaned}}
"""


def kept(tmp_path):
    return sorted((tmp_path / ".testmesh" / "unsent").glob("*.json"))


def said(done):
    return " ".join(done.stderr.split())


def test_all_results_are_on_the_server_under_the_ids_of_their_runs(testmesh, write, api, tmp_path):
    write("a.yaml", PASSES)
    write("b.yaml", FAILS)

    done = testmesh("run", ".", "--upload", "--url", api.url, "--seed", "7", "-o", "json")

    uploads = {upload["flow_name"]: upload for upload in api.uploads}
    flows = {flow["name"]: flow for flow in json.loads(done.stdout)["flows"]}
    assert done.returncode == 1
    assert {name: flow["execution_id"] for name, flow in flows.items()} == {n: u["id"] for n, u in uploads.items()}
    assert (uploads["passes"]["status"], uploads["fails"]["status"]) == ("passed", "failed")
    assert (uploads["fails"]["error_code"], uploads["fails"]["steps"][0]["status"]) == ("TM420", "failed")
    assert uploads["fails"]["steps"][0]["assertions"][0]["line"] == 3
    assert [line["message"] for line in uploads["passes"]["logs"]] == ["hi"]
    assert uploads["passes"]["source"] == PASSES
    assert (uploads["passes"]["seed"], uploads["passes"]["trigger_type"], uploads["passes"]["labels"]) == (
        7,
        "manual",
        {},
    )
    assert f"uploaded: {api.url}/executions/{flows['fails']['execution_id']} fails" in said(done)
    assert kept(tmp_path) == []


def test_many_results_are_named_together(testmesh, write, api):
    for number in range(5):
        write(f"{number}.yaml", PASSES.replace("passes", f"passes {number}"))

    done = testmesh("run", ".", "--upload", "--url", api.url)

    assert (done.returncode, len(api.uploads)) == (0, 5)
    assert f"5 results uploaded: {api.url}/executions" in said(done)


def test_a_green_run_that_cannot_be_uploaded_is_not_green_and_its_result_waits(testmesh, write, api, nobody, tmp_path):
    write("a.yaml", PASSES)

    done = testmesh("run", "a.yaml", "--upload", "--url", nobody)
    waiting = kept(tmp_path)
    again = testmesh("upload", "--url", api.url)
    none = testmesh("upload", "--url", api.url)

    assert done.returncode == 6
    assert "[server_unreachable]" in done.stderr
    assert f"1 result is kept in {waiting[0].relative_to(tmp_path)}; send again with: testmesh upload" in said(done)
    assert "1 passed" in done.stdout
    assert (again.returncode, [upload["flow_name"] for upload in api.uploads]) == (0, ["passes"])
    assert kept(tmp_path) == []
    assert (none.returncode, "no result waits" in none.stderr) == (0, True)


def test_a_run_keeps_its_own_code_where_its_results_cannot_be_uploaded(testmesh, write, nobody, tmp_path):
    write("a.yaml", PASSES)
    write("b.yaml", FAILS)

    done = testmesh("run", ".", "--upload", "--url", nobody)

    assert done.returncode == 1
    assert len(kept(tmp_path)) == 2
    assert "2 results are kept in .testmesh/unsent; send again with: testmesh upload --url" in said(done)
    assert (tmp_path / ".testmesh" / ".gitignore").read_text().endswith("*\n")
    assert oct(kept(tmp_path)[0].stat().st_mode & 0o777) == "0o600"


def test_a_result_that_is_refused_is_told_with_its_reason_and_kept(testmesh, write, api, tmp_path):
    write("a.yaml", PASSES)
    fault = {"pointer": "/steps/0/status", "detail": "a step that is wrong"}
    refusal = api.problem(422, "request_invalid", "the request is not valid", errors=[fault])
    api.refuses["POST", "/executions/upload"] = refusal

    done = testmesh("run", "a.yaml", "--upload", "--url", api.url)

    assert done.returncode == 6
    assert "(422 request_invalid)" in done.stderr
    assert "/steps/0/status: a step that is wrong" in said(done)
    (waiting,) = kept(tmp_path)
    assert f"refused each time that it is sent; kept until you remove it: {waiting.relative_to(tmp_path)}" in said(done)
    assert "send again with" not in done.stderr


def test_a_server_that_is_away_for_a_moment_is_asked_again(testmesh, write, api, serve, tmp_path):
    write("a.yaml", PASSES)
    refusals = [api.problem(503, "unavailable", "the stream server cannot be reached")]

    def answer(method, path, headers, body):
        return refusals.pop() if path.endswith("/upload") and refusals else api.answer(method, path, headers, body)

    done = testmesh("run", "a.yaml", "--upload", "--url", serve(answer))

    assert (done.returncode, len(api.uploads), refusals) == (0, 1, [])
    assert "answers again" in done.stderr
    assert kept(tmp_path) == []


def test_an_interrupted_run_is_uploaded_as_it_ended(begin, write, target, api, until):
    write("hangs.yaml", HANGS)
    process = begin("run", "hangs.yaml", "--upload", "--url", api.url, "--var", f"base={target.url}")
    until(lambda: "GET /slow" in target.asked)

    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)

    (upload,) = api.uploads
    assert process.returncode == 130
    assert upload["status"] == "cancelled"
    assert {step["step_id"]: step["status"] for step in upload["steps"]} == {"hang": "cancelled", "clean": "passed"}


def test_an_upload_that_is_interrupted_leaves_its_result_in_its_file(begin, write, serve, until, tmp_path):
    import threading

    asked, held = [], threading.Event()

    def answer(method, path, headers, body):
        asked.append(path)
        if path.endswith("/upload"):
            held.wait(20)
        return 200, {}, {"version": "0"}

    write("a.yaml", PASSES)
    process = begin("run", "a.yaml", "--upload", "--url", serve(answer))
    until(lambda: any(path.endswith("/upload") for path in asked))
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    held.set()

    assert process.returncode == 130
    assert "[upload_late]" in err
    assert "1 passed" in out
    assert len(kept(tmp_path)) == 1


def test_what_ci_says_becomes_labels(testmesh, write, api):
    write("a.yaml", PASSES)
    says = {
        "CI": "true",
        "GITHUB_SHA": "9f2c1e7",
        "GITHUB_REF": "refs/pull/7/merge",
        "GITHUB_REF_NAME": "7/merge",
        "GITHUB_HEAD_REF": "faster",
        "GITHUB_SERVER_URL": "https://git.example",
        "GITHUB_REPOSITORY": "shop/tests",
        "GITHUB_RUN_ID": "11",
    }

    testmesh("run", "a.yaml", "--upload", "--url", api.url, **says)

    assert api.uploads[0]["trigger_type"] == "ci"
    assert api.uploads[0]["labels"] == {
        "branch": "faster",
        "commit": "9f2c1e7",
        "pull_request": "7",
        "run_link": "https://git.example/shop/tests/actions/runs/11",
    }


def test_no_value_of_a_secret_is_uploaded(testmesh, write, api, target):
    write(
        "a.yaml",
        "name: asks\ninputs: {token: {type: string, secret: true, required: true}}\nsteps:\n"
        "  - action: http_request\n"
        f"    config: {{method: GET, url: '{target.url}/', headers: {{X-Echo: '${{token}}'}}}}\n",
    )

    done = testmesh("run", "a.yaml", "--upload", "--url", api.url, "--var", "token=canary-5c1f")

    assert done.returncode == 0, done.stdout
    assert "canary-5c1f" not in json.dumps(api.uploads)
    assert "X-Echo" in json.dumps(api.uploads)


def test_a_folder_that_cannot_be_written_keeps_no_result_from_the_server(testmesh, write, api, tmp_path):
    write("a.yaml", PASSES)
    write(".testmesh", "a file where the folder should be")

    done = testmesh("run", "a.yaml", "--upload", "--url", api.url, TMPDIR=str(tmp_path))

    assert (done.returncode, len(api.uploads)) == (0, 1)
    assert "cannot be made" in done.stderr
    assert f"what waits to be uploaded is in {tmp_path}" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--upload", "--remote"], "--upload is for local runs"),
        (["--url", "http://127.0.0.1:1"], "add --remote or --upload"),
    ],
)
def test_options_that_mean_nothing_together_are_refused(testmesh, write, arguments, words):
    write("a.yaml", PASSES)
    done = testmesh("run", "a.yaml", *arguments)

    assert (done.returncode, words in done.stderr) == (2, True)


def test_a_file_that_is_no_result_keeps_no_other_from_being_sent(testmesh, write, api, nobody):
    write("a.yaml", PASSES)
    testmesh("run", "a.yaml", "--upload", "--url", nobody)
    write(".testmesh/unsent/00.json", '{"id"')

    done = testmesh("upload", "--url", api.url)

    assert (done.returncode, [upload["flow_name"] for upload in api.uploads]) == (6, ["passes"])
    assert "00.json is no result that waits to be uploaded" in done.stderr


def test_a_result_is_kept_as_soon_as_its_flow_has_ended(testmesh, begin, write, target, api, until, tmp_path):
    write("a.yaml", PASSES)
    write("b.yaml", HANGS)
    given = ("--upload", "--url", api.url, "--var", f"base={target.url}")
    process = begin("run", "a.yaml", "b.yaml", "-j", "1", *given)
    until(lambda: "GET /slow" in target.asked)
    process.kill()
    process.communicate(timeout=20)

    assert (api.uploads, len(kept(tmp_path))) == ([], 1)
    assert testmesh("upload", "--url", api.url).returncode == 0
    assert [upload["status"] for upload in api.uploads] == ["passed"]


def test_where_nothing_can_be_written_that_is_told_and_is_not_green(testmesh, write, api, tmp_path):
    write("a.yaml", PASSES)
    write(".testmesh", "a file where the folder should be")

    done = testmesh("run", "a.yaml", "--upload", "--url", api.url, TMPDIR=str(tmp_path / "nowhere"))

    assert "Traceback" not in done.stderr
    assert (done.returncode, len(api.uploads)) in {(0, 1), (6, 0)}
    assert "1 passed" in done.stdout


def test_what_is_named_like_a_secret_is_uploaded_and_shown_nowhere(testmesh, write, api):
    write(".testmesh.yaml", "env_allow: [SHOP_TOKEN]\n")
    write(".env", "SHOP_TOKEN=hunter2hunter2\n")
    write(
        "a.yaml",
        'name: a\nsteps: [{action: log, config: {message: "${env.SHOP_TOKEN} ${api_token} ${place}"}}, '
        '{action: assert, assert: [api_token == "x"]}]\n',
    )
    given = ("--var", "api_token=correct-horse", "--var", "place=paris")

    done = testmesh("run", "a.yaml", "--upload", "--url", api.url, *given)

    told = done.stdout + done.stderr + json.dumps(api.uploads)
    assert done.returncode == 1
    assert [secret for secret in ("hunter2hunter2", "correct-horse") if secret in told] == []
    assert "*** *** paris" in done.stdout


def test_the_command_to_run_an_uploaded_flow_again_can_be_run(testmesh, write, api):
    write("a.yaml", FAILS)
    (again,) = {
        line.partition("run it again: testmesh ")[2]
        for line in testmesh("run", "a.yaml", "--upload", "--url", api.url).stdout.splitlines()
        if "run it again" in line
    }

    assert testmesh(*again.split()).returncode == 1


def test_a_result_that_the_server_has_otherwise_is_not_said_to_be_there_and_stays_here(
    testmesh, write, serve, tmp_path
):
    def answer(method, path, headers, body):
        return (201, {}, {"status": "error"}) if path.endswith("/upload") else (200, {}, {"version": "0"})

    write("a.yaml", PASSES)
    done = testmesh("run", "a.yaml", "--upload", "--url", serve(answer))

    assert (done.returncode, len(kept(tmp_path))) == (6, 1)
    assert "the server has it as error, which is not how it ended" in said(done)
