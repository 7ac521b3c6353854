"""Lines for one execution that a server has recorded, with its steps."""

from testmesh_cli.reporting.failures import FlowText, paragraph, reason_lines
from testmesh_cli.reporting.folding import FoldedSteps
from testmesh_cli.reporting.paper import Line, Span
from testmesh_cli.reporting.runs import all_warnings, earlier_runs, shown_steps, took
from testmesh_cli.reporting.steps import finished_step, symbol
from testmesh_cli.reporting.values import one_line
from testmesh_contracts.executions import ExecutionView


def view_lines(view: ExecutionView, source: str | None, width: int | None = None) -> list[Line]:
    """Return an execution with its steps; failures are explained as in a run."""
    name = one_line(view.flow_name)
    version = f" version {view.flow_version}" if view.flow_version else ""
    environment = f" in {one_line(view.environment)}" if view.environment else ""
    uploaded = ", uploaded" if view.upload is not None else ""
    lines: list[Line] = [[Span(name, "bold"), Span(f"{version}{environment}  (execution {view.id}{uploaded})", "dim")]]
    if earlier := earlier_runs(view):
        lines.append([Span(f"  {earlier}", "yellow")])
    steps = FoldedSteps(FlowText(name, source, width))
    for step in shown_steps(view):
        steps.begins(step.path, step.action)
    for step in shown_steps(view):
        finished = finished_step(step)
        if finished is None:
            lines += steps.rest()
            lines.append([Span("  "), symbol("running"), Span(f"{one_line(step.step_name)}  running", "dim")])
        else:
            lines += steps.add(finished)
    lines += steps.rest()
    lines.append([Span("  "), symbol(view.status), Span(f"{view.status}{took(' in ', view)}", "bold")])
    if view.error_message and view.status != "passed":
        lines += reason_lines(view.status, view.error_code, view.error_message)
    if view.delayed_reason and view.status == "pending":
        lines += paragraph(f"waiting: {view.delayed_reason}", "    ")
    return lines + [[Span(f"    ! {one_line(warning)}", "yellow")] for warning in all_warnings(view)]
