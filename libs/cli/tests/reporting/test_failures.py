"""A failure points at the part of the flow that is to be changed."""

from datetime import UTC, datetime

from testmesh_cli.reporting.failures import FlowText, failure_lines
from testmesh_contracts.events import StepFinished

NOW = datetime(2026, 9, 21, tzinfo=UTC)
SOURCE = """\
name: Totals
steps:
  - id: list
    action: set
    config: {values: {total: "${totl}"}}
    output:
      count: body.totl
"""


def told(message, text):
    step = StepFinished(
        path="list", step_id="list", name="list", action="set", phase="steps", number=1, started_at=NOW,
        finished_at=NOW, status="error", duration_ms=1.0, line=3, column=5,
        error_code="TM402", error_message=message,
    )  # fmt: skip
    return ["".join(span.text for span in line) for line in failure_lines(step, text, "")]


def test_an_error_of_an_output_or_of_a_config_points_at_its_line():
    text = FlowText("a.yaml", SOURCE)

    assert told("output count: `body` has no key `totl`", text) == [
        "TM402 output count: `body` has no key `totl`",
        "  a.yaml:7:14",
        "    7 |       count: body.totl",
        "      |              ^",
    ]
    assert told("config.values.total: there is no `totl` here", text)[1] == "  a.yaml:5:30"
    assert told("the action set broke down", text)[1] == "  a.yaml:3:5"


def test_where_there_is_no_text_the_step_is_named():
    assert told("output count: it is not there", FlowText("the flow of call", None))[1] == "  the flow of call:3:5"
