"""What the person sees: steps as they end, where the run is held, values."""

import json
from pathlib import Path
from typing import Any

from testmesh_cli.debugging.source import source_lines
from testmesh_cli.debugging.words import Held
from testmesh_cli.reporting.failures import FlowText
from testmesh_cli.reporting.folding import FoldedSteps
from testmesh_cli.reporting.paper import Line, Paper, Span, visible
from testmesh_cli.reporting.report import StepEvent
from testmesh_cli.reporting.shown_source import shown_source
from testmesh_cli.reporting.steps import SYMBOLS, step_lines
from testmesh_cli.reporting.values import one_line
from testmesh_cli.sources import FlowFile
from testmesh_contracts.events import LogLine, StepFinished, StepStarted
from testmesh_engine.language.controls import BRANCH, CONTROL_ACTIONS, ON_ERROR

MOST_LINES = 200
WIDEST_VALUE = 76
LINES_OF_A_STEP = 3
_HOLD_OTHERS = frozenset((*CONTROL_ACTIONS, BRANCH, ON_ERROR))
_WHY = {
    "start": "the flow begins here",
    "step": "",
    "breakpoint": "breakpoint",
    "failure": "did not pass",
    "interrupt": "interrupted",
}
_OFFERED = {"start": "step, next, continue, break PLACE, quit", "failure": "retry, skip, continue, restart, quit"}
"""What one may want most, where the run is held for these reasons."""


class Screen:
    """Writes each thing once, in the order in which it happened."""

    def __init__(self, paper: Paper, file: FlowFile) -> None:
        self._paper = paper
        self._main = file.path.resolve()
        self._text = FlowText(file.shown, shown_source(file), paper.width)
        self._steps = FoldedSteps(self._text)
        self._told: StepFinished | None = None
        """The step that was shown when the run was held behind it; its end is no news."""
        self.last: StepFinished | None = None
        """The step that ended last, of those that hold no others."""

    def tell(self, event: StepEvent) -> None:
        if isinstance(event, StepStarted):
            self._steps.begins(event.path, event.action)
        elif isinstance(event, StepFinished):
            is_told = self._told is not None and _outcome(self._told) == _outcome(event)
            self._remember(event)
            self.lines(self._steps.rest() if is_told else self._steps.add(event))
        elif isinstance(event, LogLine) and event.level in ("warning", "error"):
            self.lines([*self._steps.rest(), [Span(f"    {event.level}: {one_line(event.message)}", "yellow")]])

    def hold(self, held: Held, file: FlowFile | None, due: str) -> None:
        """Tell how the step came out, where the run is held behind it, and where it is held."""
        self.lines(self._steps.rest())
        here, ended = held.here, held.ended
        name = Path(here.place.flow.file).name
        if ended is not None:
            self._told = ended
            self._remember(ended)
            is_main = Path(here.place.flow.file).resolve() == self._main
            source = None if file is None else shown_source(file)
            self.lines(step_lines(ended, self._text if is_main else FlowText(name, source, self._paper.width)))
        sign, style = ("▸ ", "bold green") if ended is None else (f"{SYMBOLS[ended.status][0]} ", "bold")
        line: Line = [Span(sign, style), Span(f"{'after' if here.has_run else 'before'} ")]
        line += [Span(here.path, "bold"), Span(f"  {name}:{here.step.line}", "cyan")]
        line += [Span(f"  {_WHY[held.why]}", "yellow")] if _WHY[held.why] else []
        line += [Span(f"  next: {due}", "dim")] if due else []
        self.lines([line])
        if ended is None and file is not None:
            first = here.step.line
            self.lines(source_lines(file, range(first, first + LINES_OF_A_STEP), first))
        if held.why in _OFFERED:
            self.say(f"  {_OFFERED[held.why]}; `help` lists all, an expression shows its value", "dim")

    def rest(self) -> None:
        self.lines(self._steps.rest())

    def lines(self, lines: list[Line]) -> None:
        for line in lines:
            self._paper.write(line)

    def say(self, words: str, style: str = "") -> None:
        for line in words.splitlines() or [""]:
            self._paper.write([Span(visible(line), style)])

    def value(self, value: Any, name: str = "") -> None:
        """Write a value as JSON, over several lines where it is large."""
        text = json.dumps(value, ensure_ascii=False, default=str)
        if len(text) > WIDEST_VALUE:
            text = json.dumps(value, ensure_ascii=False, default=str, indent=2)
        lines = (f"{name} = {text}" if name else text).splitlines()
        self.say("\n".join(lines[:MOST_LINES]))
        if len(lines) > MOST_LINES:
            self.say(f"… {len(lines) - MOST_LINES} more lines: print a part of it", "dim")

    def _remember(self, ended: StepFinished) -> None:
        if ended.action not in _HOLD_OTHERS:
            self.last = ended


def _outcome(ended: StepFinished) -> tuple[str, str, int]:
    return ended.path, ended.status, len(ended.attempts)
