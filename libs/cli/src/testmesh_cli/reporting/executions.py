"""Lines for what a server has recorded: a list of executions, or one with its steps."""

from collections.abc import Sequence

from testmesh_cli.reporting.failures import FlowText, paragraph
from testmesh_cli.reporting.paper import Line, Span
from testmesh_cli.reporting.runs import earlier_runs, shown_steps, took_ms
from testmesh_cli.reporting.steps import finished_step, step_lines, symbol
from testmesh_cli.reporting.values import one_line, shown_duration
from testmesh_contracts.executions import ExecutionSummary, ExecutionView


def summary_lines(found: Sequence[ExecutionSummary]) -> list[Line]:
    """Return a line for each execution: id, status, when, how long, which flow."""
    return [
        [
            symbol(execution.status),
            Span(f"{execution.id}  "),
            Span(f"{execution.status:<9}  ", "bold"),
            Span(f"{_when(execution):<20}  ", "dim"),
            Span(f"{shown_duration(execution.duration_ms):>10}  ", "dim"),
            Span(one_line(execution.flow_name)),
            Span(f"  [{one_line(execution.environment)}]" if execution.environment else "", "dim"),
        ]
        for execution in found
    ]


def view_lines(view: ExecutionView, source: str | None) -> list[Line]:
    """Return an execution with its steps; failures are explained as in a run."""
    name = one_line(view.flow_name)
    version = f" version {view.flow_version}" if view.flow_version else ""
    environment = f" in {one_line(view.environment)}" if view.environment else ""
    lines: list[Line] = [[Span(name, "bold"), Span(f"{version}{environment}  (execution {view.id})", "dim")]]
    if earlier := earlier_runs(view):
        lines.append([Span(f"  {earlier}", "yellow")])
    text = FlowText(name, source)
    for step in shown_steps(view):
        finished = finished_step(step)
        if finished is None:
            lines.append([Span("  "), symbol("running"), Span(f"{one_line(step.step_name)}  running", "dim")])
        else:
            lines += step_lines(finished, text)
    duration = took_ms(view)
    took = f" in {shown_duration(duration)}" if duration is not None else ""
    lines.append([Span("  "), symbol(view.status), Span(f"{view.status}{took}", "bold")])
    if view.error_message and view.status != "passed":
        code = f"{view.error_code} " if view.error_code else ""
        lines += paragraph(f"{code}{view.error_message}", "    ", "red")
    if view.delayed_reason and view.status == "pending":
        lines += paragraph(f"waiting: {view.delayed_reason}", "    ")
    warnings = list(view.warnings)
    if view.lost_events:
        warnings.append(f"{view.lost_events} events of this execution were lost: its steps are not complete")
    return lines + [[Span(f"    ! {one_line(warning)}", "yellow")] for warning in warnings]


def _when(execution: ExecutionSummary) -> str:
    at = execution.started_at or execution.requested_at
    return "" if at is None else f"{at:%Y-%m-%d %H:%M:%S}Z"
