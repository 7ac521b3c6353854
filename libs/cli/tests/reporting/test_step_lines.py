"""The line of a step at the width of a terminal: how long it took, and how the answer was, always stand on it."""

from datetime import UTC, datetime

import pytest

from testmesh_cli.reporting.failures import FlowText
from testmesh_cli.reporting.layout import folded
from testmesh_cli.reporting.steps import step_lines
from testmesh_contracts.events import StepFinished

AT = datetime(2026, 1, 1, tzinfo=UTC)
URL = "http://127.0.0.1:8090/orders/5f0c2d1e/items?page=2&size=50&sort=name"


def lines_of(name, url, width, action="http_request"):
    given = {"method": "get", "url": url} if action == "http_request" else {"message": url}
    step = StepFinished(
        path="one", step_id="one", name=name, action=action, phase="steps", number=1, started_at=AT,
        finished_at=AT, status="passed", duration_ms=25.0, input=given, output={"status": 200},
    )  # fmt: skip
    lines = [part for line in step_lines(step, FlowText("f.yaml", None, width)) for part in folded(line, width or 999)]
    return ["".join(span.text for span in line) for line in lines]


def test_a_line_that_fits_is_as_it_is():
    assert lines_of("one", URL, None) == [f"  ✓ one  GET {URL} → 200  25 ms"]
    assert lines_of("one", "http://a/b", 80) == ["  ✓ one  GET http://a/b → 200  25 ms"]


def test_of_a_long_address_the_host_is_left_out_first_and_then_its_middle():
    assert lines_of("one", URL, 80) == ["  ✓ one  GET …/orders/5f0c2d1e/items?page=2&size=50&sort=name → 200  25 ms"]
    assert lines_of("one", URL, 60) == ["  ✓ one  GET …/orders/5f0c2d1…size=50&sort=name → 200  25 ms"]


def test_what_would_be_cut_short_has_a_line_of_its_own():
    name = "a step whose name says at some length what it is good for, and more"

    assert lines_of(name, URL, 80) == [
        f"  ✓ {name}  25 ms",
        "      GET …/orders/5f0c2d1e/items?page=2&size=50&sort=name → 200",
    ]


@pytest.mark.parametrize("width", range(40, 100, 7))
@pytest.mark.parametrize("action", ["http_request", "log"])
def test_no_line_is_wider_than_the_terminal_and_none_goes_on_below(width, action):
    lines = lines_of("one", URL, width, action)

    assert max(map(len, lines)) <= width
    assert len(lines) == 1
