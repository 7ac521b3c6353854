"""The span of an execution: the part that a runner has in the trace that began with its request."""

import re
from uuid import UUID

from testmesh_chassis.telemetry import RecordedSpan
from testmesh_engine.executor import Span, UnrecordedSpan
from testmesh_runner.assignments import Assignment

_TRACEPARENT = re.compile("[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")


def execution_span(assignment: Assignment, *, is_sent: bool) -> Span:
    """Begin the span of an execution. Where spans are sent nowhere, the tested system is told of the trace alone."""
    if is_sent:
        attributes: dict[str, str | int] = {
            "execution.id": str(assignment.execution_id),
            "execution.run": assignment.run,
            "flow.name": assignment.request.flow_name,
        }
        return RecordedSpan.continuing(assignment.trace, "execution", attributes)
    known = _TRACEPARENT.fullmatch(assignment.trace or "")
    return UnrecordedSpan(UUID(known[1]) if known else assignment.execution_id)
