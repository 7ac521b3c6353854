"""Runs to report: made of events as the engine makes them."""

from datetime import UTC, datetime, timedelta

import pytest

from testmesh_contracts.events import AssertionOutcome, Attempt, Operand, StepFinished
from testmesh_engine.reporters import FlowReport, RunReport

AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
SOURCE = """\
name: Order a lamp
steps:
  - id: pay
    action: http_request
    assert: [status == 201, body.total == 129.90]
"""


def make_step(path, status="passed", **more):
    number = more.pop("number", 1)
    started = AT + timedelta(milliseconds=number)
    name = path.rpartition("/")[2]
    values = {
        "path": path, "step_id": name, "name": name, "action": "assert", "phase": "steps", "number": number,
        "status": status, "started_at": started, "finished_at": started, "duration_ms": 2.0, "line": 3, "column": 5,
    }  # fmt: skip
    return StepFinished(**values | more)


def make_failing(path="pay", **more):
    outcome = AssertionOutcome(
        expression="body.total == 129.90",
        holds=False,
        operands=[Operand(text="body.total", value=130.9)],
        difference=["1 more than expected"],
        line=5,
        column=29,
    )
    said = {"error_code": "TM420", "error_message": "assertion failed: body.total == 129.90"}
    return make_step(path, "failed", **said | {"assertions": [outcome], "output": {"status": 201}} | more)


def make_attempt(number, status, message=None):
    return Attempt(
        number=number, status=status, started_at=AT, duration_ms=1.0,
        error_code="TM420" if message else None, error_message=message,
    )  # fmt: skip


def make_retried(path="pay", **more):
    tries = [make_attempt(1, "failed", "it was 500"), make_attempt(2, "error", "no answer"), make_attempt(3, "passed")]
    return make_step(path, attempts=tries, retry_count=2, **more)


def make_flow(status="passed", steps=(), **more):
    values = {"file": "flows/order.yaml", "name": "Order a lamp", "started_at": AT, "duration_ms": 1234.5}
    return FlowReport(**values | {"status": status, "steps": steps, "source": SOURCE} | more)


def make_run(*flows, exit_code=0, **more):
    return RunReport(flows, exit_code, AT, 2000.0, "0.1.0", **more)


class Making:
    at = AT
    step = staticmethod(make_step)
    failing = staticmethod(make_failing)
    attempt = staticmethod(make_attempt)
    retried = staticmethod(make_retried)
    flow = staticmethod(make_flow)
    run = staticmethod(make_run)


@pytest.fixture
def make():
    return Making
