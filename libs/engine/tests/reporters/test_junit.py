"""The file is read back by an independent parser."""

import junitparser
import pytest
from hypothesis import given
from hypothesis import strategies as st
from junitparser import xunit2
from lxml import etree

from testmesh_contracts.events import StepFinished
from testmesh_engine.reporters import Artifact, FlowReport, RunReport
from testmesh_engine.reporters.junit import LONGEST_TEXT, junit_xml

LEGAL = '\\x00 \\x1b[31m \\ud800 \\ufffe ]]> <&>" \U0001f4a1'
HOSTILE = '\x00 \x1b[31m \ud800 \ufffe ]]> <&>" \U0001f4a1'


def read(report, granularity="flow"):
    xml = junit_xml(report, granularity)
    etree.fromstring(xml)
    return xunit2.JUnitXml.fromstring(xml)


def cases(report, granularity="flow"):
    return [xunit2.TestCase.fromelem(case) for suite in read(report, granularity) for case in suite]


def counts(found):
    """Return the counts of a suite, or of all suites, which the file's own count must equal."""
    if isinstance(found, junitparser.TestSuite):
        return found.tests, found.failures, found.errors, found.skipped
    total = tuple(map(sum, zip(*map(counts, found), strict=True)))
    assert total == tuple(int(found._elem.get(name)) for name in ("tests", "failures", "errors", "skipped"))
    return total


def test_each_flow_is_a_case_and_its_status_has_its_own_element(make):
    steps = [make.failing()]
    report = make.run(
        make.flow(),
        make.flow("failed", steps, error_code="TM420", error_message="step pay failed"),
        make.flow("error", error_code="TM430", error_message="no connection"),
        make.flow("cancelled", error_code="TM414", error_message="interrupted"),
        make.flow("not_run", started_at=None),
        exit_code=3,
    )

    assert counts(read(report)) == (5, 1, 2, 1)
    results = [[type(found) for found in case.result] for case in cases(report)]
    expected = [[], [junitparser.Failure], [junitparser.Error], [junitparser.Error], [junitparser.Skipped]]
    assert results == expected
    assert cases(report)[4].result[0].message == "not run: the run ended before its turn"


def test_a_failure_says_where_it_is_what_was_there_and_how_to_run_it_again(make):
    flow = make.flow(
        "failed", [make.failing()], error_code="TM420", error_message="step pay failed", command_again="testmesh run x"
    )

    (failure,) = cases(make.run(flow, exit_code=1))[0].result

    assert failure.message == "TM420 step pay failed"
    assert "✗ body.total == 129.90\n      flows/order.yaml:5:29\n" in failure.text
    assert "        5 |     assert: [status == 201, body.total == 129.90]\n" in failure.text
    assert "        body.total = 130.9\n        expected     129.90\n        1 more than expected\n" in failure.text
    assert failure.text.endswith("run it again: testmesh run x")


def test_time_is_in_seconds_and_a_case_knows_its_tags_environment_seed_and_file(make):
    flow = make.flow(tags=("smoke", "shop"), environment="staging", seed=7, suite="checkout")

    (suite,) = read(make.run(flow))
    (case,) = suite

    assert (suite.name, case.time, suite.timestamp) == ("checkout", 1.234, "2026-11-23T10:00:00.000Z")
    assert (case.name, case.classname) == ("Order a lamp", "flows.order")
    found = [(one.name, one.value) for one in junitparser.Properties.fromelem(case._elem.find("properties"))]
    assert {("tag", "smoke"), ("tag", "shop"), ("environment", "staging"), ("seed", "7")} <= set(found)
    assert ("file", "flows/order.yaml") in found


def test_each_failed_attempt_of_what_passed_in_the_end_is_flaky(make):
    (case,) = cases(make.run(make.flow(steps=[make.retried()])))

    assert case.is_passed
    assert [found.message for found in case.flaky_failures()] == [
        "pay: attempt 1 failed: it was 500",
        "pay: attempt 2 error: no answer",
    ]


def test_a_step_that_waits_by_trying_again_is_not_flaky(make):
    flow = make.flow(steps=[make.retried()], awaited=frozenset({("pay", 3)}))

    assert not cases(make.run(flow))[0].is_flaky


def test_with_steps_as_cases_each_step_is_one_and_a_flow_is_a_suite(make):
    steps = [
        make.step("log in", number=1),
        make.step("each", number=2),
        make.failing("each/pay", number=3, parent_path="each"),
        make.retried("stock", number=4),
        make.step("ship", "skipped", number=5, error_message="not run: step pay failed"),
        make.step("wait", "cancelled", number=6, error_message="interrupted"),
    ]
    flow = make.flow("failed", [steps[0], make.failing("pay", number=7), *steps[3:]])

    (suite,) = read(make.run(flow, exit_code=1), "step")

    assert counts(suite) == (5, 1, 1, 1)
    found = cases(make.run(flow, exit_code=1), "step")
    assert [case.name for case in found] == ["log in", "stock", "ship", "wait", "pay"]
    assert len(list(found[1].flaky_failures())) == 2
    assert found[2].result[0].message == "not run: step pay failed"


def test_a_failure_that_decided_nothing_is_no_failure_of_a_step(make):
    group = make.step("again", number=1)
    inner = make.failing("again/pay", number=2, parent_path="again")
    allowed = make.failing("allowed", number=3)

    found = cases(make.run(make.flow(steps=[group, inner, allowed])), "step")

    assert [[type(one) for one in case.result] for case in found] == [[], [junitparser.Skipped], [junitparser.Skipped]]
    assert "did not decide" in found[1].result[0].message


@pytest.mark.parametrize("granularity", ["flow", "step"])
@pytest.mark.parametrize("status", ["failed", "error", "cancelled"])
def test_a_flow_that_is_not_green_is_red_also_without_a_step_that_is(make, granularity, status):
    report = make.run(make.flow(status, [make.step("a")], error_message="timeout"), exit_code=3)

    found = read(report, granularity)

    assert found.failures + found.errors == 1


@pytest.mark.parametrize("granularity", ["flow", "step"])
def test_a_run_that_ended_before_its_first_flow_does_not_look_green(make, granularity):
    found = read(make.run(make.flow("not_run"), exit_code=130), granularity)

    assert counts(found) == (2, 0, 1, 1)


def test_a_flow_that_was_not_run_is_there_with_steps_as_cases_too(make):
    found = read(make.run(make.flow(), make.flow("not_run"), exit_code=1), "step")

    assert counts(found) == (2, 0, 1, 1)


@pytest.mark.parametrize("granularity", ["flow", "step"])
def test_what_xml_forbids_is_shown_and_the_file_stays_well_formed(make, granularity):
    step = make.failing(output={"text": HOSTILE}, error_message=HOSTILE, name=HOSTILE, error_code="TM420")
    artifact = Artifact(HOSTILE, HOSTILE, 1, "ab", None, HOSTILE)
    flow = make.flow(
        "failed", [step], name=HOSTILE, file=HOSTILE, tags=(HOSTILE,), suite=HOSTILE, warnings=[HOSTILE],
        error_message=HOSTILE, environment=HOSTILE, command_again=HOSTILE, artifacts=[artifact], source=HOSTILE,
    )  # fmt: skip

    xml = junit_xml(make.run(flow, exit_code=1), granularity)

    etree.fromstring(xml)
    text = "".join(etree.fromstring(xml).itertext())
    assert "\\x00" in text
    assert LEGAL in text


TEXTS = st.text(st.characters(exclude_categories=()), max_size=40)


@given(said=TEXTS, name=TEXTS)
def test_whatever_a_tested_system_says_the_file_is_well_formed(said, name):
    from datetime import UTC, datetime

    at = datetime(2026, 1, 1, tzinfo=UTC)
    step = StepFinished(
        path="a", step_id="a", name=name, action="log", phase="steps", number=1, started_at=at, finished_at=at,
        duration_ms=1, status="failed", error_message=said, output={"said": said}, line=1, column=1,
    )  # fmt: skip
    flow = FlowReport("f.yaml", name, "failed", error_message=said, steps=[step], source=said, warnings=[said])

    etree.fromstring(junit_xml(RunReport([flow], 1, at, 1.0)))


def test_a_huge_output_is_cut_and_says_so(make):
    step = make.failing(output={"body": "x" * 5_000_000}, error_message="y" * 5_000_000)
    flow = make.flow("failed", [step], error_message="z" * 5_000_000)

    xml = junit_xml(make.run(flow, exit_code=1))

    assert len(xml) < 4 * LONGEST_TEXT
    assert xml.count("… (cut here: ".encode()) >= 3


def test_files_of_steps_are_named_as_attachments(make):
    kept = Artifact("shot.png", "image/png", 10, "ab", "pay", "/somewhere/shot.png")
    gone = Artifact("body.json", "application/json", 10, "cd", "pay")

    (case,) = cases(make.run(make.flow(artifacts=[kept, gone])))

    assert "[[ATTACHMENT|/somewhere/shot.png]]" in case.system_out
    assert "attachment: body.json (application/json, 10 bytes, sha256 cd)" in case.system_out


def test_every_repetition_is_a_case_of_its_own(make):
    report = make.run(make.flow(repetition=1), make.flow("failed", [make.failing()], repetition=2), exit_code=1)

    assert [case.name for case in cases(report)] == ["Order a lamp (repetition 1)", "Order a lamp (repetition 2)"]


def test_files_that_only_differ_in_what_they_end_in_are_told_apart(make):
    flows = [make.flow(file=file) for file in ("x/a.yaml", "x/a.yml", "x/b.yaml")]

    assert [case.classname for case in cases(make.run(*flows))] == ["x.a.yaml", "x.a.yml", "x.b"]
