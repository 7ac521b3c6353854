"""Lines for flows and their steps: made of the engine's events, wherever the engine ran."""

import re
from typing import TYPE_CHECKING, Any

from testmesh_cli.reporting.failures import FlowText, failure_lines
from testmesh_cli.reporting.layout import cells, margin_of
from testmesh_cli.reporting.paper import NARROWEST, Line, Span
from testmesh_cli.reporting.summaries import action_summary
from testmesh_cli.reporting.values import one_line, shown_duration
from testmesh_contracts.events import StepFinished, StepStarted

if TYPE_CHECKING:
    from testmesh_contracts.executions import StepView

SYMBOLS = {
    "passed": ("✓", "green"),
    "failed": ("✗", "red"),
    "error": ("⚠", "yellow"),
    "skipped": ("⤼", "dim"),
    "cancelled": ("⊘", "magenta"),
    "not_run": ("⤼", "dim"),
    "pending": ("…", "dim"),
    "running": ("…", "cyan"),
}

SHORTEST = 24
"""Columns that what a step did has at least, or else it has a line of its own."""
_REPEATED = re.compile(r"(?:\[[0-9]+\])?@[0-9]+$|\[[0-9]+\]$", re.ASCII)
"""What tells a step of a loop's pass, or of a later attempt, from its equals: the end of its path."""


def symbol(status: str) -> Span:
    sign, style = SYMBOLS.get(status, ("?", "yellow"))
    return Span(f"{sign} ", style)


def is_not_run(step: StepFinished) -> bool:
    """Say whether a step was passed over because of what happened before it or was asked for, not by its condition."""
    return step.status in {"skipped", "cancelled"} and (step.error_message or "").startswith(
        ("not run", "not selected")
    )


def step_lines(step: StepFinished, text: FlowText) -> list[Line]:
    """Return the line of a step; of one that did not pass also why."""
    indent = "  " * (1 + step.path.count("/"))
    line: Line = [Span(indent), symbol(step.status), Span(one_line(step.name))]
    if repeated := _REPEATED.search(step.path):
        line.append(Span(f" {repeated[0]}", "dim"))
    if step.phase != "steps":
        line.append(Span(f"  ({step.phase})", "dim"))
    if step.status in {"skipped", "cancelled"}:
        why = one_line(step.error_message or "no reason was given")
        line.append(Span(f"  {why}" if is_not_run(step) else f"  {step.status}: {why}", "dim"))
        return [line]
    end: Line = [Span(f"  {shown_duration(step.duration_ms)}", "dim")]
    if step.retry_count:
        end.append(Span(f"  {step.retry_count + 1} attempts", "yellow"))
    lines = _with_summary(line, end, step, text.width)
    if step.status != "passed":
        lines += failure_lines(step, text, f"{indent}    ")
    return lines


def _with_summary(begin: Line, end: Line, step: StepFinished, width: int | None) -> list[Line]:
    """Put what a step did between the ends of its line: shortened to fit, or below where little would be left of it."""
    room = None if width is None else max(width, NARROWEST) - _columns(begin) - _columns(end) - len("  ")
    if room is None or room >= SHORTEST or cells(_summary(step, None)) <= room:
        return [[*begin, Span(f"  {_summary(step, room)}", "dim"), *end]]
    indent = margin_of(begin) + 4
    below = _summary(step, max(width or 0, NARROWEST) - indent)
    return [[*begin, *end], [Span(f"{' ' * indent}{below}", "dim")]]


def _summary(step: StepFinished, room: int | None) -> str:
    return action_summary(step.action, step.input, step.output, room)


def _columns(line: Line) -> int:
    return sum(cells(text) for text, _ in line)


def started_step(view: "StepView") -> StepStarted:
    """Return a recorded step as the event that told of its start."""
    return StepStarted(**_begun(view))


def finished_step(view: "StepView") -> StepFinished | None:
    """Return a recorded step as the event that told of it; None while it runs."""
    if view.finished_at is None or view.status == "running":
        return None
    return StepFinished(
        **_begun(view),
        status=view.status,
        finished_at=view.finished_at,
        duration_ms=view.duration_ms or 0.0,
        input=view.input,
        output=view.output,
        assertions=view.assertions,
        attempts=view.attempts,
        outputs=view.outputs,
        retry_count=view.retry_count,
        error_code=view.error_code,
        error_message=view.error_message,
        line=view.line,
        column=view.column,
    )


def _begun(view: "StepView") -> dict[str, Any]:
    """Return what both events of a step say."""
    return {
        "path": view.path,
        "step_id": view.step_id,
        "name": view.step_name,
        "action": view.action,
        "phase": view.phase,
        "number": view.step_number,
        "parent_path": view.parent_path,
        "iteration": view.iteration,
        "started_at": view.started_at,
    }
