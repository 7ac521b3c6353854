from pathlib import Path

from testmesh_cli.exit_codes import ExitCode
from testmesh_cli.reporting.gathering import MOST_LINES, Gathering
from testmesh_cli.running.request import RunRequest
from testmesh_cli.running.result import FlowResult
from testmesh_cli.sources import FlowFile
from testmesh_contracts.events import LogLine
from testmesh_engine.language import parse_flow

SOURCE = b"name: a\nsteps: [{id: s, action: log, config: {message: hi}}]\n"
LINE = LogLine(path="s", message="hi", at="2026-11-23T10:00:00Z")


REQUEST = RunRequest(variables={}, var_names=(), var_file=None, seed=7, jobs=1, fail_fast=False, output=None)


def flow_file(name, repetition=None):
    return FlowFile(Path(name), SOURCE, parse_flow(SOURCE, file=name), repetition=repetition)


def gathering():
    return Gathering(REQUEST)


def test_each_time_that_a_flow_was_run_is_a_result_of_its_own():
    first, second = (flow_file("a.yaml", (time, 2)) for time in (1, 2))
    results = [FlowResult(first, "failed"), FlowResult(flow_file("b.yaml"), "passed"), FlowResult(second, "failed")]

    report = gathering().report(results, ExitCode.FAILED, 1.0)

    assert [(flow.file, flow.repetition) for flow in report.flows] == [("a.yaml", 1), ("b.yaml", None), ("a.yaml", 2)]
    assert [flow.seed for flow in report.flows] == [7, 7, 8]
    again = ["testmesh run a.yaml --seed 7", None, "testmesh run a.yaml --seed 8"]
    assert [flow.command_again for flow in report.flows] == again


def test_the_lines_of_a_run_that_was_lost_are_not_those_of_the_one_that_counts():
    file, heard = flow_file("a.yaml"), gathering()
    heard.begins(file, None)
    heard.tells(file, LINE)
    heard.begins_again(file, 2)
    heard.tells(file, LINE)
    result = FlowResult(file, "passed")
    heard.ends(result)

    (flow,) = heard.report([result], ExitCode.PASSED, 1.0).flows

    assert list(flow.logs) == [LINE]


def test_of_very_many_lines_the_rest_is_counted():
    file, heard = flow_file("a.yaml"), gathering()
    heard.begins(file, None)
    for _ in range(MOST_LINES + 3):
        heard.tells(file, LINE)
    result = FlowResult(file, "passed")
    heard.ends(result)

    (flow,) = heard.report([result], ExitCode.PASSED, 1.0).flows

    assert (len(flow.logs), flow.logs_left_out) == (MOST_LINES, 3)


def test_a_flow_that_was_not_begun_has_no_start():
    (flow,) = gathering().report([FlowResult(flow_file("a.yaml"), "not_run")], ExitCode.INTERRUPTED, 1.0).flows

    assert (flow.status, flow.started_at, list(flow.steps)) == ("not_run", None, [])
