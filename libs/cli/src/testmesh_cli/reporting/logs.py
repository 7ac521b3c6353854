"""Lines for what steps log: as a list of their own, or below the steps of a run."""

from typing import TYPE_CHECKING

from testmesh_cli.reporting.paper import Line, Span, visible
from testmesh_cli.reporting.values import one_line
from testmesh_contracts.events import LogLine, StepFinished, StepStarted

if TYPE_CHECKING:
    from testmesh_contracts.executions import LogView

STYLES = {"debug": "dim", "info": "", "warning": "yellow", "error": "red"}


def log_lines(line: "LogView") -> list[Line]:
    """Return time (UTC), level, step and message; the message's own further lines stand below its first."""
    at = f"{line.at:%H:%M:%S}.{line.at.microsecond // 1000:03d}"
    before: Line = [
        Span(f"{at}  ", "dim"),
        Span(f"{line.level:<7}  ", STYLES.get(line.level, "")),
        Span(f"{one_line(line.path or '-')}  ", "cyan"),
    ]
    first, *more = _visible_lines(line.message)
    margin = " " * (len(at) + 2)
    return [[*before, Span(first)], *([Span(f"{margin}{text}")] for text in more)]


def run_line(run: int) -> Line:
    """Return what stands between the lines of two runs."""
    return [Span(f"-- run {run} --", "yellow")]


class LogsOfSteps:
    """The log lines of a run, each below the name of its step."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._below: str | None = None

    def hears(self, step: StepStarted) -> None:
        self._names[step.path] = step.name

    def passes(self, step: StepFinished) -> None:
        """A step's result is written: what another step logs next needs that step's name again."""
        self._names.pop(step.path, None)
        self._below = None

    def lines(self, event: LogLine) -> list[Line]:
        """Return the line, with the name of its step above it where the line before was not of this step."""
        path = event.path or ""
        indent = "  " * (1 + path.count("/")) if path else ""
        lines: list[Line] = []
        if path and path != self._below:
            lines.append([Span(f"{indent}… {one_line(self._names.get(path, path))}", "dim")])
        self._below = path
        level = "" if event.level == "info" else f"{event.level}: "
        style = STYLES.get(event.level) or "dim"
        told = _visible_lines(f"{level}{event.message}")
        return lines + [[Span(f"{indent}    {text}", style)] for text in told]


def _visible_lines(message: str) -> list[str]:
    return [visible(text) for text in message.splitlines()] or [""]
