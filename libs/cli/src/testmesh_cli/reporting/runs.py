"""An execution that was run more than once, because its runner was lost: which run is shown, how long it all took."""

from testmesh_contracts.executions import ExecutionView, StepView


def shown_run(view: ExecutionView) -> int:
    """Return the last run that took a step; a later one may have been refused before its first."""
    return max((step.run for step in view.steps), default=view.run)


def shown_steps(view: ExecutionView) -> list[StepView]:
    """Return the steps of that run."""
    last = shown_run(view)
    return [step for step in view.steps if step.run == last]


def earlier_runs(view: ExecutionView) -> str | None:
    """Say how many runs there were before, and whose steps are shown; None where there was one run."""
    last = max(shown_run(view), view.run)
    if last <= 1:
        return None
    lost = "1 earlier run was" if last == 2 else f"{last - 1} earlier runs were"
    whose = "" if shown_run(view) == last else f"; the steps are of run {shown_run(view)}, the last that took any"
    return f"run {last}: {lost} lost with the runner{whose}"


def took_ms(view: ExecutionView) -> float | None:
    """Return how long it took from the first run's first step on; a later run's own duration is not all of it."""
    if view.run <= 1 or view.finished_at is None:
        return view.duration_ms
    starts = [step.started_at for step in view.steps]
    starts += [view.started_at] if view.started_at is not None else []
    if not starts:
        return view.duration_ms
    return max((view.finished_at - min(starts)).total_seconds() * 1000, view.duration_ms or 0.0)
