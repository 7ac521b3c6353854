"""`testmesh run --report`: written at the end however the run ends, tried before it begins, never lost in silence."""

import json
import os
import re
import shutil
import signal
import stat

import junitparser
import pytest

from testmesh_cli.errors import UsageError
from testmesh_cli.reporting.destinations import destinations_of
from testmesh_cli.reporting.report_files import stored
from testmesh_engine.reporters import Artifact

pytestmark = pytest.mark.integration

PASSES = "name: passes\nsteps:\n  - {id: a, action: assert, assert: [1 == 1]}\n"
FAILS = "name: fails\ntags: [smoke]\nsteps:\n  - {id: a, action: assert, assert: [1 == 2]}\n"
ASKS = (
    "name: asks\nsteps:\n"
    "  - {id: ask, action: http_request, config: {method: GET, url: '${base}/'}, assert: [body.total == 54.98]}\n"
)
HANGS = """\
name: hangs
steps:
  - {id: hang, action: http_request, config: {method: GET, url: "${base}/slow"}}
teardown:
  - {id: tidy, action: http_request, config: {method: DELETE, url: "${base}/order"}}
"""
RETRIED = """\
name: retried
env: {tries: 0}
steps:
  - id: gate
    action: group
    retry: {max_attempts: 3}
    config:
      steps:
        - {id: count, action: set, config: {tries: "${tries + 1}"}}
        - {id: open, action: assert, config: {assertions: [tries == 3]}}
"""
ALL = (
    "--report", "junit=out/deep/r.xml", "--report", "html=out/r.html", "--report", "json=out/r.json",
    "--report", "allure=out/allure",
)  # fmt: skip


def statuses(folder):
    """Return what every report says of the flows, by name, in words of its own."""
    junit = junitparser.JUnitXml.fromfile(str(folder / "deep/r.xml"))
    html = (folder / "r.html").read_text()
    shown = json.loads(re.search(r'id="data">(.*?)</script>', html, re.DOTALL)[1])
    allure = [json.loads(file.read_text()) for file in (folder / "allure").glob("*-result.json")]
    return {
        "junit": {case.name: [type(one).__name__ for one in case.result] for suite in junit for case in suite},
        "html": {flow["title"]: flow["status"] for flow in shown["flows"]},
        "json": {flow["name"]: flow["status"] for flow in json.loads((folder / "r.json").read_text())["flows"]},
        "allure": {result["name"]: result["status"] for result in allure},
    }


def everything(folder):
    """Return the text of all files below a folder."""
    return "".join(file.read_text() for file in sorted(folder.rglob("*")) if file.is_file())


def test_all_reports_of_one_run_are_written_and_say_the_same(testmesh, write, tmp_path):
    write("flows/a.yaml", PASSES)
    write("flows/b.yaml", FAILS)

    done = testmesh("run", "flows", *ALL)

    assert (done.returncode, done.stderr) == (
        1,
        "testmesh: reports: out/deep/r.xml, out/r.html, out/r.json, out/allure\n",
    )
    assert statuses(tmp_path / "out") == {
        "junit": {"passes": [], "fails": ["Failure"]},
        "html": {"passes": "passed", "fails": "failed"},
        "json": {"passes": "passed", "fails": "failed"},
        "allure": {"passes": "passed", "fails": "failed"},
    }
    assert stat.S_IMODE((tmp_path / "out/r.html").stat().st_mode) & 0o044 == 0o044
    assert list((tmp_path / "out").rglob(".*")) == []


def test_the_json_report_is_what_o_json_prints(testmesh, write, tmp_path):
    write("a.yaml", FAILS)

    done = testmesh("run", "a.yaml", "-o", "json", "--report", "json=r.json")

    assert json.loads((tmp_path / "r.json").read_text()) == json.loads(done.stdout)


def test_a_report_leads_to_the_failure_and_how_to_run_it_again(testmesh, write, tmp_path):
    write("a.yaml", FAILS)

    testmesh("run", "a.yaml", "--seed", "7", "--var", "region=eu", *ALL)

    (failure,) = next(iter(next(iter(junitparser.JUnitXml.fromfile(str(tmp_path / "out/deep/r.xml")))))).result
    assert "a.yaml:4:38\n        4 |   - {id: a, action: assert, assert: [1 == 2]}\n" in failure.text
    assert "run it again: testmesh run a.yaml --var region=eu --seed 7" in failure.text


def test_an_interrupted_run_writes_every_report_after_its_teardown(begin, write, target, until, tmp_path):
    write("a.yaml", HANGS)
    write("b.yaml", PASSES)
    process = begin("run", ".", "-j", "1", "--var", f"base={target.url}", *ALL)
    until(lambda: "GET /slow" in target.asked)

    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)

    assert process.returncode == 130
    assert "DELETE /order" in target.asked
    assert statuses(tmp_path / "out") == {
        "junit": {"hangs": ["Error"], "passes": ["Skipped"]},
        "html": {"hangs": "cancelled", "passes": "not_run"},
        "json": {"hangs": "cancelled", "passes": "not_run"},
        "allure": {"hangs": "broken", "passes": "skipped"},
    }


def test_what_fail_fast_left_out_is_in_the_reports(testmesh, write, tmp_path):
    write("flows/a.yaml", FAILS)
    write("flows/b.yaml", PASSES)

    assert testmesh("run", "flows", "-j", "1", "--fail-fast", *ALL).returncode == 1

    assert statuses(tmp_path / "out")["junit"] == {"fails": ["Failure"], "passes": ["Skipped"]}


def test_a_run_on_a_server_is_reported_too(testmesh, write, api, tmp_path):
    write("a.yaml", PASSES)
    broken = {"expression": "1 == 2", "holds": False, "line": 3, "column": 5}
    failed = api.step("a", "failed", error_code="TM420", error_message="assertion failed", assertions=[broken])
    api.views = [api.view("running"), api.view("failed", failed, error_code="TM420", error_message="step a failed")]

    done = testmesh("run", "a.yaml", "--remote", "--url", api.url, *ALL)

    assert done.returncode == 1, done.stderr
    assert statuses(tmp_path / "out")["junit"] == {"passes": ["Failure"]}
    assert api.execution in (tmp_path / "out/deep/r.xml").read_text()
    assert f"testmesh run a.yaml --remote --url {api.url}" in (tmp_path / "out/deep/r.xml").read_text()


def test_with_steps_as_cases_a_retry_that_helped_is_flaky(testmesh, write, tmp_path):
    write("a.yaml", RETRIED)

    done = testmesh("run", "a.yaml", "--report", "junit=r.xml", "--junit-granularity", "step")

    text = (tmp_path / "r.xml").read_text()
    assert (done.returncode, text.count("<flakyFailure "), text.count("<failure ")) == (0, 2, 0)


PART = """\
name: part
inputs: {base: {type: string}}
steps:
  - id: wait
    action: http_request
    config: {method: GET, url: "${base}/"}
    eventually: {within: 10s, every: 10ms}
    assert: [body.done == true]
"""
CALLER = """\
name: caller
steps: [{id: call, action: run_flow, config: {flow: ./part.yaml, inputs: {base: "${base}"}}}]
"""


@pytest.mark.parametrize("named", ["part.yaml", "caller.yaml"])
def test_a_step_that_waits_with_eventually_is_not_flaky(testmesh, write, serve, tmp_path, named):
    asked = []

    def answer(*request):
        asked.append(request)
        return 200, {}, {"done": len(asked) >= 3}

    write("part.yaml", PART)
    write("caller.yaml", CALLER)

    done = testmesh("run", named, "--var", f"base={serve(answer)}", "--report", "junit=r.xml")

    assert (done.returncode, len(asked)) == (0, 3), done.stdout
    assert "flaky" not in (tmp_path / "r.xml").read_text()


SECRET = """\
name: Secret stays secret
inputs: {password: {type: string, secret: true}, pin: {type: string, secret: true, default: default-hunter3}}
steps:
  - {id: ask, action: http_request, config: {method: GET, url: "${base}/in/${password}?t=${password}", headers: {X-Echo: "${password}"}}, assert: [body.echo == "another", body.token == password]}
  - {id: gone, action: http_request, on_error: continue, config: {method: GET, url: "http://u:${password}@127.0.0.1:9/${pin}"}}
  - {id: say, action: log, config: {message: "${password} and ${pin}"}}
teardown:
  - {id: fail, action: fail, config: {message: "no ${password}"}}
"""  # noqa: E501 - the step, its secret and its place are one line, as a flow in JSON is


def test_a_secret_is_in_no_report(testmesh, write, target, tmp_path):
    write("flows/secret.yaml", SECRET + "outputs: {all: password}\n")
    write("flows/one.json", json.dumps({
        "name": "one line", "inputs": {"pin": {"type": "string", "secret": True, "default": "default-hunter3"}},
        "steps": [{"id": "a", "action": "assert", "config": {"data": {"p": "${pin}"}}, "assert": ["data.p == 'x'"]}],
    }))  # fmt: skip
    given = ("--var", "password=hunter2-and-more", "--var", f"base={target.url}")
    github = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(tmp_path / "out/summary.md")}
    (tmp_path / "out").mkdir()

    done = testmesh("run", "flows", *given, *ALL, "--report", "github", **github)

    assert "2 failed" in done.stdout
    told = everything(tmp_path / "out") + done.stdout + done.stderr
    for secret in ("hunter2", "hunter3"):
        assert secret not in told
    assert "--var password=…" in (tmp_path / "out/r.html").read_text()
    assert told.count("***") > 10


REFUSED = [
    (["junti=r.xml"], 'did you mean "junit"?'),
    (["xml=r.xml"], "known"),
    (["junit"], "name a file to write to, such as --report junit=report.xml"),
    (["allure="], "name a folder to write to"),
    (["github=x"], "leave out =x"),
    (["github", "github"], "twice"),
    (["junit=r.xml", "html=./r.xml"], "is written there already"),
    (["junit=flows"], "is a folder; name a file in it"),
    (["allure=flows/a.yaml"], "cannot be written"),
    (["html=flows/a.yaml/r.html"], "cannot be written"),
    (["json=/dev/stdout"], "is a pipe or a device"),
    (["html=/proc/r.html"], "cannot be written"),
    (["junit=~/r.xml"], "would be a file of the name ~/r.xml"),
    (["json=-"], "use -o json for standard output"),
    (["junit=" + "x" * 300 + ".xml"], "cannot be written"),
    (["json=flows/a.yaml"], "is no report of an earlier run, and is not overwritten"),
]


@pytest.mark.parametrize(("reports", "words"), REFUSED, ids=str)
def test_a_report_that_cannot_be_is_refused_before_anything_runs(testmesh, write, target, reports, words):
    source = write("flows/a.yaml", ASKS)

    done = testmesh(
        "run", "flows", "--var", f"base={target.url}", *[word for one in reports for word in ("--report", one)]
    )

    assert (done.returncode, target.asked) == (2, [])
    assert words in done.stderr
    assert source.read_text() == ASKS


@pytest.mark.parametrize(
    "arguments",
    [
        ["--junit-granularity", "step"],
        ["--junit-granularity", "step", "--report", "html=r.html"],
        ["--remote", "--detach", "--report", "html=r.html"],
    ],
)
def test_options_of_reports_that_mean_nothing_are_refused(testmesh, write, arguments):
    write("a.yaml", PASSES)

    assert testmesh("run", "a.yaml", *arguments).returncode == 2


def test_a_report_of_an_earlier_run_does_not_stand_for_one_that_did_not_come_about(testmesh, write, tmp_path):
    write("flows/a.yaml", PASSES)
    assert testmesh("run", "flows", *ALL).returncode == 0
    write("flows/b.yaml", "name: typo\nstesp: []\n")

    assert testmesh("run", "flows", *ALL).returncode == 2

    assert [name for name in ("deep/r.xml", "r.html", "r.json") if (tmp_path / "out" / name).exists()] == []


NOT_RUN = {
    "an expression that is none": ["flows", "-t", "("],
    "a path that is not there": ["nope.yaml"],
    "variables that are not there": ["flows", "--var-file", "nope.json"],
    "options that exclude one another": ["flows", "--follow"],
    "durations that are none": ["flows", "--durations", "flows/a.yaml"],
    "another place that is refused": ["flows", "--report", "nope=1"],
    "an env_file that is not there": ["elsewhere.yaml"],
}


@pytest.mark.parametrize("arguments", NOT_RUN.values(), ids=NOT_RUN)
def test_whatever_keeps_a_run_from_beginning_no_earlier_report_stands_for_it(testmesh, write, tmp_path, arguments):
    write("flows/a.yaml", PASSES)
    write("elsewhere.yaml", f"env_file: nope.env\n{PASSES}")
    assert testmesh("run", "flows", *ALL).returncode == 0

    done = testmesh("run", *ALL, *arguments)

    assert done.returncode in {2, 4}, done.stderr
    assert [name for name in ("deep/r.xml", "r.html", "r.json") if (tmp_path / "out" / name).exists()] == []
    results = [json.loads(file.read_text()) for file in (tmp_path / "out/allure").glob("*-result.json")]
    told = {result["name"]: result["status"] for result in results}
    is_understood = "nope=1" not in arguments
    assert told == {"passes": "passed"} | ({"the run as a whole": "broken"} if is_understood else {})
    assert (tmp_path / "flows/a.yaml").read_text() == PASSES


def test_a_configuration_with_faults_leaves_no_earlier_report(testmesh, write, tmp_path):
    write("a.yaml", PASSES)
    assert testmesh("run", "a.yaml", "--report", "junit=r.xml").returncode == 0
    write(".testmesh.yaml", "nope: 1\n")

    assert testmesh("run", "a.yaml", "--report", "junit=r.xml").returncode == 2

    assert not (tmp_path / "r.xml").exists()


def test_a_report_place_that_cannot_be_emptied_is_refused_and_holds_nothing_green(tmp_path, monkeypatch):
    def refuse(path, missing_ok=False):
        raise OSError(16, "Device or resource busy")

    monkeypatch.setattr(type(tmp_path), "unlink", refuse)
    (tmp_path / "r.xml").write_text("<testsuites/>")

    with pytest.raises(UsageError, match="busy"):
        destinations_of([f"junit={tmp_path}/r.xml"], {})

    assert (tmp_path / "r.xml").read_bytes() == b""


@pytest.mark.parametrize("text", ['{"rows": [1]}', "[1]", '{"flows": []}', "{"])
def test_a_json_document_that_is_no_report_is_not_overwritten(testmesh, write, text):
    write("a.yaml", PASSES)
    rows = write("rows.json", text)

    done = testmesh("run", "a.yaml", "--report", "json=rows.json")

    assert done.returncode == 2
    assert rows.read_text() == text


def test_a_report_that_is_lost_makes_no_other_green(testmesh, write, serve, tmp_path):
    write("a.yaml", ASKS)

    def answer(*request):
        shutil.rmtree(tmp_path / "gone")
        (tmp_path / "gone").write_text("in the way")
        return 200, {}, {"total": 54.98}

    done = testmesh(
        "run", "a.yaml", "--var", f"base={serve(answer)}", *ALL, "--report", "html=gone/r.html", "--report", "github",
        GITHUB_ACTIONS="true",
    )  # fmt: skip

    assert done.returncode == 3
    found = statuses(tmp_path / "out")
    assert found["junit"] == {"asks": [], "the run as a whole": ["Error"]}
    assert found["allure"] == {"asks": "passed", "the run as a whole": "broken"}
    assert json.loads((tmp_path / "out/r.json").read_text())["exit_code"] == 3
    assert "exit code 3" in re.search("<title>(.*?)</title>", (tmp_path / "out/r.html").read_text())[1]
    assert done.stdout.splitlines()[-1].startswith("::error title=TestMesh::the run ended with exit code 3")


def test_a_summary_that_github_refuses_makes_no_other_report_green(testmesh, write, tmp_path):
    write("a.yaml", PASSES)
    write("summary.md", "x" * 1024 * 1024)
    summary = str(tmp_path / "summary.md")

    assert testmesh("run", "a.yaml", "--report", "github", *ALL, GITHUB_STEP_SUMMARY=summary).returncode == 3

    found = statuses(tmp_path / "out")
    assert found["junit"] == {"passes": [], "the run as a whole": ["Error"]}
    assert found["allure"] == {"passes": "passed", "the run as a whole": "broken"}


def test_an_artifact_that_is_gone_takes_no_result_with_it(tmp_path):
    assert stored(Artifact("x", "text/plain", 1, "0", file=str(tmp_path / "gone"))) is None


def test_commands_to_github_are_off_before_the_first_word_of_a_flow(testmesh, write):
    write("a.yaml", PASSES)

    lines = testmesh("run", "a.yaml", "--report", "github", GITHUB_ACTIONS="true").stdout.splitlines()

    assert lines[0].startswith("::stop-commands::")


def test_a_called_flow_that_was_not_run_itself_still_waits_and_is_not_flaky(testmesh, write, serve, tmp_path):
    asked = []

    def answer(*request):
        asked.append(request)
        return 200, {}, {"is_ready": len(asked) > 2}

    step = "{id: wait, action: http_request, config: {method: GET, url: '${base}/'}, eventually: {within: 20s, "
    write(
        "flows/called.yaml",
        f"name: called\ninputs: {{base: {{}}}}\nsteps:\n  - {step}every: 10ms}}, assert: [body.is_ready]}}\n",
    )
    call = "{id: call, action: run_flow, config: {flow: called, inputs: {base: '${base}'}}}"
    write("flows/caller.yaml", f"name: caller\nsteps:\n  - {call}\n")

    done = testmesh("run", "flows", "-k", "caller", "--var", f"base={serve(answer)}", "--report", "junit=r.xml")

    assert done.returncode == 0, done.stdout
    assert len(asked) > 2
    assert "flakyFailure" not in (tmp_path / "r.xml").read_text()


def test_a_file_name_that_is_no_utf_8_breaks_no_report(testmesh, tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / os.fsdecode(b"\xff.yaml")).write_text(FAILS)

    done = testmesh("run", "a", "-o", "json", *ALL)

    assert done.returncode == 1, done.stderr
    (flow,) = json.loads(done.stdout)["flows"]
    assert flow["file"] == "a/\\xff.yaml"
    assert "run it again: testmesh run $'a/\\xff.yaml'" in (tmp_path / "out/deep/r.xml").read_text()
    assert testmesh("run", "a", "-o", "ndjson").returncode == 1
    for format_ in ("json", "sarif", "github"):
        assert testmesh("validate", "a", "--format", format_).returncode == 0


def test_an_empty_json_that_the_shell_made_for_the_output_is_passed_over(testmesh, write):
    write("e/a.yaml", PASSES)
    write("e/out.json", "")

    done = testmesh("run", "e", "-o", "json")

    assert done.returncode == 0, done.stderr
    assert "1 file passed over, not flows: e/out.json" in done.stderr


def test_sarif_names_files_as_seen_from_the_repository(testmesh, write, tmp_path):
    write("repository/flows/a.yaml", "name: a\nstesp: []\nsteps: [{action: log, config: {message: hi}}]\n")

    done = testmesh("validate", "--format", "sarif", GITHUB_WORKSPACE=str(tmp_path / "repository"))

    (run,) = json.loads(done.stdout)["runs"]
    place = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert (place["uri"], run["artifacts"][0]["location"]["uri"]) == ("flows/a.yaml", "flows/a.yaml")


def test_a_run_can_be_repeated_with_its_reports_beside_the_flows(testmesh, write, tmp_path):
    write("a.yaml", PASSES)

    for _ in range(2):
        done = testmesh("run", "--report", "json=report.json", "--report", "junit=report.xml")
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "report.json").is_file()


def test_a_link_stays_a_link_and_what_it_leads_to_is_written(testmesh, write, tmp_path):
    write("a.yaml", PASSES)
    write("elsewhere/old.xml", "old")
    (tmp_path / "r.xml").symlink_to("elsewhere/old.xml")

    assert testmesh("run", "a.yaml", "--report", "junit=r.xml").returncode == 0

    assert (tmp_path / "r.xml").is_symlink()
    assert "<testsuites" in (tmp_path / "elsewhere/old.xml").read_text()


def test_a_report_that_cannot_be_written_in_the_end_is_said_and_makes_exit_code_3(testmesh, write, serve, tmp_path):
    write("a.yaml", ASKS)

    def answer(*request):
        shutil.rmtree(tmp_path / "gone")
        (tmp_path / "gone").write_text("in the way")
        return 200, {}, {"total": 54.98}

    done = testmesh(
        "run", "a.yaml", "--var", f"base={serve(answer)}",
        "--report", "junit=gone/r.xml", "--report", "allure=gone/results", "--report", "html=kept/r.html",
    )  # fmt: skip

    assert done.returncode == 3
    assert "1 passed, 0 failed" in done.stdout
    assert f"the report junit={tmp_path}/gone/r.xml could not be written: " in done.stderr
    assert f"the report allure={tmp_path}/gone/results could not be written: " in done.stderr
    assert (tmp_path / "kept/r.html").is_file()


def test_on_github_failures_are_annotated_and_summed_up_behind_what_is_there(testmesh, write, tmp_path):
    write("repository/flows/a.yaml", FAILS)
    write("summary.md", "# before\n")
    github = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
        "GITHUB_WORKSPACE": str(tmp_path / "repository"),
    }

    done = testmesh("run", "repository", "--report", "github", **github)

    assert done.stdout.splitlines()[-1].startswith("::error file=flows/a.yaml,line=4,col=38,title=fails%3A a::✗ a")
    summary = (tmp_path / "summary.md").read_text()
    assert summary.startswith("# before\n<h3>❌ TestMesh: 1 failed")
    data = testmesh("run", "repository", "--report", "github", "-o", "json", **github)
    assert json.loads(data.stdout)["exit_code"] == 1
    assert "::error file=flows/a.yaml" in data.stderr


def test_no_line_of_a_tested_system_is_a_command_to_github(testmesh, write, serve):
    said = "x\n::stop-commands::theirs\n::error::theirs"
    base = serve(lambda *request: (200, {}, {"said": said}))
    flow = "name: a\nsteps:\n  - {id: a, action: http_request, config: {method: GET, url: '${base}/'}}\n"
    write("a.yaml", flow + "  - {id: b, action: fail, config: {message: '${a.body.said}'}}\n")

    lines = testmesh("run", "a.yaml", "--var", f"base={base}", "--report", "github", GITHUB_ACTIONS="true")

    commands = [line.strip() for line in lines.stdout.splitlines() if line.strip().startswith("::")]
    token = commands[0].removeprefix("::stop-commands::")
    assert len(token) == 32
    assert "::error::theirs" in commands[1:3]
    assert [line.partition(" ")[0] for line in commands[commands.index(f"::{token}::") + 1 :]] == ["::error"]


def test_a_summary_for_which_there_is_no_room_is_said_and_makes_exit_code_3(testmesh, write, tmp_path):
    write("a.yaml", PASSES)
    write("summary.md", "x" * 1024 * 1024)

    done = testmesh("run", "a.yaml", "--report", "github", GITHUB_STEP_SUMMARY=str(tmp_path / "summary.md"))

    assert done.returncode == 3
    assert "the report github could not be written" in done.stderr
    assert (tmp_path / "summary.md").stat().st_size == 1024 * 1024


def test_elsewhere_than_on_github_that_report_says_that_it_wrote_nothing(testmesh, write):
    write("a.yaml", PASSES)
    none = {"GITHUB_ACTIONS": "", "GITHUB_STEP_SUMMARY": ""}

    done = testmesh("run", "a.yaml", "--report", "github", **none)

    assert done.returncode == 0
    assert "this is not GitHub Actions, nothing was written" in done.stderr


def test_validate_annotates_faults_and_notes_for_github(testmesh, write):
    write("a.yaml", "name: a\nstesp: []\nsteps: [{action: lgo, config: {}}]\n")
    write("b.yaml", "name: b\nsteps: [{action: log, config: {message: '${nobody}'}}]\n")

    done = testmesh("validate", "--format", "github", GITHUB_WORKSPACE="")

    assert done.returncode == 2
    lines = done.stdout.splitlines()
    assert lines[0] == '::error file=a.yaml,line=2,col=1,title=TM203::unknown key "stesp"; did you mean "steps"?'
    assert any(line.startswith("::notice file=b.yaml,line=2,") for line in lines)
    assert lines[-1] == "1 valid (1 note), 1 not valid (2 faults)"


def test_validate_writes_sarif_with_the_rules_of_its_codes(testmesh, write):
    write("a.yaml", "name: a\nstesp: []\nsteps: [{action: log, config: {message: hi}}]\n")

    done = testmesh("validate", "--format", "sarif")

    found = json.loads(done.stdout)
    (run,) = found["runs"]
    assert (done.returncode, found["version"]) == (2, "2.1.0")
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["TM203"]
    assert run["results"][0]["locations"][0]["physicalLocation"]["region"] == {"startLine": 2, "startColumn": 1}
