"""The end of a run of several flows: each failure once, at its place, with what was found there."""

from datetime import UTC, datetime
from pathlib import Path

from testmesh_cli.reporting.summary import closing_lines
from testmesh_cli.running.result import FlowResult
from testmesh_cli.sources import FlowFile
from testmesh_contracts.events import AssertionOutcome, Operand, StepFinished

AT = datetime(2026, 1, 1, tzinfo=UTC)
DEMO_IS_OFF = "connection refused: nothing listens on 127.0.0.1:8090; is the service running?"


def result_of(name, status, message, *, step_id="one", line=4, assertions=()):
    step = StepFinished(
        path=step_id, step_id=step_id, name=step_id, action="assert", phase="steps", number=1, started_at=AT,
        finished_at=AT, status=status, duration_ms=1.0, error_message=message, line=line, assertions=list(assertions),
    )  # fmt: skip
    how = "failed" if status == "failed" else "could not be judged"
    said = f"step {step_id} {how}: {message}"
    return FlowResult(FlowFile(Path(f"{name}.yaml"), b"", None), status, error_message=said, steps=[step])


def told(*results):
    lines = closing_lines(results, 1.0, lambda file: f"testmesh run {file.shown}")
    return ["".join(span.text for span in line) for line in lines]


def test_an_assertion_that_failed_is_named_by_its_own_line_and_has_the_value_that_was_found():
    broken = AssertionOutcome(
        expression="total == 60", holds=False, operands=[Operand(text="total", value=54.98)], line=9
    )
    message = "assertion failed: total == 60"

    lines = told(
        result_of("a", "failed", message, assertions=[broken]),
        result_of("b", "failed", message, step_id="two"),
    )

    assert lines[:4] == [
        "✗ a.yaml:9  step one failed: assertion failed: total == 60; total = 54.98",
        "    testmesh run a.yaml",
        "✗ b.yaml:4  step two failed: assertion failed: total == 60",
        "    testmesh run b.yaml",
    ]


def test_flows_that_could_not_be_judged_for_one_reason_are_told_together_and_none_is_lost():
    lines = told(
        result_of("a", "error", DEMO_IS_OFF),
        result_of("b", "error", "no result after 1s"),
        result_of("c", "error", DEMO_IS_OFF, step_id="list", line=7),
    )

    assert lines[:-1] == [
        f"⚠ 2 flows  {DEMO_IS_OFF}",
        "  a.yaml:4  testmesh run a.yaml",
        "  c.yaml:7  testmesh run c.yaml",
        "⚠ b.yaml:4  step one could not be judged: no result after 1s",
        "    testmesh run b.yaml",
        "the demo shop that examples test listens on port 8090; start it: testmesh demo",
    ]


def test_where_the_demo_does_not_listen_a_single_flow_is_told_how_to_start_it_and_another_target_is_not():
    assert "testmesh demo" in told(result_of("a", "error", DEMO_IS_OFF))[0]
    assert len(told(result_of("a", "error", DEMO_IS_OFF.replace("8090", "80901")))) == 1
    assert len(told(result_of("a", "error", "no result after 1s"))) == 1
