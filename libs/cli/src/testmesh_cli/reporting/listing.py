"""A list of executions, a line for each; on a terminal no line is longer than it is wide."""

from collections.abc import Sequence

from testmesh_cli.reporting.layout import cells, cut
from testmesh_cli.reporting.paper import Line, Span
from testmesh_cli.reporting.runs import all_warnings
from testmesh_cli.reporting.steps import symbol
from testmesh_cli.reporting.values import one_line, shown_duration
from testmesh_contracts.executions import ExecutionSummary

FIXED = 2 + 38 + 11 + 12
"""Columns of sign, id, status and duration."""
DATE = 22
SHORT_NAME = 24
"""Where less than this would be left of a longer name, the date makes room for it."""


def summary_lines(found: Sequence[ExecutionSummary], width: int | None = None) -> list[Line]:
    """Return a line for each execution: id, status, when, how long, which flow; below it the first warning.

    Where they are to fit a width, first the environments go, then the dates; then the names are cut.
    """
    longest = max((cells(one_line(execution.flow_name)) for execution in found), default=0)
    dated = width is None or width - FIXED - DATE >= min(longest, SHORT_NAME)
    lines: list[Line] = []
    for execution in found:
        lines.append(_summary(execution, width, dated))
        lines += _warning(execution, width)
    return lines


def _summary(execution: ExecutionSummary, width: int | None, dated: bool) -> Line:
    name = one_line(execution.flow_name)
    environment = f"  [{one_line(execution.environment)}]" if execution.environment else ""
    if width is not None:
        left = max(width - FIXED - DATE * dated, 1)
        name = cut(name, left)
        environment = environment if cells(name + environment) <= left else ""
    return [
        symbol(execution.status),
        Span(f"{execution.id}  "),
        Span(f"{execution.status:<9}  ", "bold"),
        Span(f"{_when(execution):<20}  " if dated else "", "dim"),
        Span(f"{shown_duration(execution.duration_ms):>10}  ", "dim"),
        Span(name),
        Span(environment, "dim"),
    ]


def _warning(execution: ExecutionSummary, width: int | None) -> list[Line]:
    warnings = all_warnings(execution)
    if not warnings:
        return []
    more = f"  (and {len(warnings) - 1} more)" if len(warnings) > 1 else ""
    words = f"    ! {one_line(warnings[0])}"
    if width is not None:
        words = cut(words, max(width - len(more), 1))
    return [[Span(f"{words}{more}", "yellow")]]


def _when(execution: ExecutionSummary) -> str:
    at = execution.started_at or execution.requested_at
    return "" if at is None else f"{at:%Y-%m-%d %H:%M:%S}Z"
