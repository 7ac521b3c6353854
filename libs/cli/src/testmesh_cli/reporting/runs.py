"""An execution that was run more than once: which run is shown, how long the last took, and how long all of them."""

from typing import TYPE_CHECKING

from testmesh_cli.reporting.values import shown_duration

if TYPE_CHECKING:
    from testmesh_contracts.executions import ExecutionSummary, ExecutionView, StepView

DID_NOT_END = "did not end: its runner stopped or was lost"
"""Why there is a further run, in words that hold for a runner that was drained and for one that died."""


def shown_run(view: "ExecutionView") -> int:
    """Return the last run that took a step; a later one may have been refused before its first."""
    return max((step.run for step in view.steps), default=view.run)


def shown_steps(view: "ExecutionView") -> "list[StepView]":
    """Return the steps of that run."""
    last = shown_run(view)
    return [step for step in view.steps if step.run == last]


def earlier_runs(view: "ExecutionView") -> str | None:
    """Say how many runs there were before, and whose steps are shown; None where there was one run."""
    last = max(shown_run(view), view.run)
    if last <= 1:
        return None
    before = f"the earlier run {DID_NOT_END}"
    if last > 2:
        before = f"{last - 1} earlier runs did not end: their runners stopped or were lost"
    whose = "" if shown_run(view) == last else f"; the steps are of run {shown_run(view)}, the last that took any"
    return f"run {last}: {before}{whose}"


def all_warnings(execution: "ExecutionSummary") -> list[str]:
    """Return what is to be known of a result, also of one that passed."""
    warnings = list(execution.warnings)
    if execution.lost_events:
        warnings.append(f"{execution.lost_events} events of this execution were lost: its steps are not complete")
    return warnings


def took(before: str, view: "ExecutionView") -> str:
    """Return the execution's own duration, as every list has it, and beside it the time of all its runs."""
    if view.duration_ms is None:
        return ""
    with_all = all_runs(view)
    return f"{before}{shown_duration(view.duration_ms)}{f' ({with_all})' if with_all else ''}"


def all_runs(view: "ExecutionView") -> str | None:
    """Say how long it took from the first run's first step on; None where one run was all."""
    last = max(shown_run(view), view.run)
    if last <= 1 or view.finished_at is None:
        return None
    starts = [step.started_at for step in view.steps]
    starts += [view.started_at] if view.started_at is not None else []
    if not starts:
        return None
    whole = max((view.finished_at - min(starts)).total_seconds() * 1000, view.duration_ms or 0.0)
    return f"{shown_duration(whole)} with {last - 1} unfinished run{'s' * (last > 2)}"
