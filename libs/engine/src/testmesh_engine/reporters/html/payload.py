"""The run as the page's script reads it: every text made legal, every value written out and cut."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from testmesh_contracts.events import AssertionOutcome, LogLine, StepFinished
from testmesh_engine.reporters.expected import expected_value
from testmesh_engine.reporters.explanation import LONGEST_VALUE, Places, why
from testmesh_engine.reporters.model import Artifact, FlowReport, RunReport
from testmesh_engine.reporters.secrecy import without_secrets
from testmesh_engine.reporters.tree import Placed, in_order, tree
from testmesh_engine.reporters.verdicts import Verdicts
from testmesh_engine.reporters.wording import cut, legal, pretty, shown_value, step_summary, step_title

LONGEST_PART = 20_000
LONGEST_PART_OF_A_CAUSE = 200_000
MOST_OF_ALL = 32_000_000
"""Characters of inputs, outputs and logs in one file, which a browser can still open; the causes' come first."""
MOST_LINES_OF_A_STEP = 500

Part = dict[str, Any]


def payload(report: RunReport) -> Part:
    room = Room(MOST_OF_ALL)
    flows: list[Part | None] = [None] * len(report.flows)
    # The flows that are not green first: where there is no room for all values, theirs are there.
    for place in sorted(range(len(flows)), key=lambda at: report.flows[at].status == "passed"):
        flows[place] = _Flow(report.flows[place], report, room).part()
    return {
        "version": report.version,
        "started": _time(report.started_at),
        "duration": report.duration_ms,
        "exitCode": report.exit_code,
        "flows": flows,
    }


class Room:
    """How many characters there still is room for."""

    def __init__(self, characters: int) -> None:
        self._left = characters

    def part(self, text: str, longest: int) -> Part:
        """Return a text, cut where it is too long, and its whole length."""
        shown = text[: min(longest, self._left)]
        self._left -= len(shown)
        return {"text": legal(shown), "size": len(text)} | ({"cut": len(shown)} if len(shown) < len(text) else {})


class _Flow:
    def __init__(self, flow: FlowReport, run: RunReport, room: Room) -> None:
        self._flow, self._room = flow, room
        self._verdicts, self._places = Verdicts(flow), Places(flow)
        self._causes = {step.path for step in self._verdicts.causes()} if flow.status != "passed" else set()
        self._start = flow.started_at or min((step.started_at for step in flow.steps), default=run.started_at)
        self._logs: Mapping[str | None, Sequence[LogLine]] = _by_path(flow.logs, lambda line: line.path)
        self._artifacts: Mapping[str | None, Sequence[Artifact]] = _by_path(flow.artifacts, lambda one: one.step_path)

    def part(self) -> Part:
        flow = self._flow
        order = list(in_order(tree(flow.steps)))
        # What caused the end is given room before what only went before it.
        by_need = sorted(order, key=lambda placed: placed.step.path not in self._causes)
        steps = {placed.step.path: self._step(placed) for placed in by_need}
        return {
            "file": legal(flow.file),
            "title": legal(flow.title),
            "suite": legal(flow.suite or ""),
            "tags": [legal(tag) for tag in flow.tags],
            "status": flow.status,
            "flaky": bool(self._verdicts.flaky()),
            "why": "" if flow.status == "passed" else cut(why(flow), LONGEST_PART),
            "warnings": [legal(warning) for warning in flow.warnings],
            "started": "" if flow.started_at is None else _time(flow.started_at),
            "duration": flow.duration_ms,
            "facts": self._facts(),
            "command": legal(flow.command_again or ""),
            "outputs": self._room.part(pretty(dict(flow.outputs)), LONGEST_PART) if flow.outputs else None,
            "logs": self._lines(None),
            "logsLeftOut": flow.logs_left_out,
            "artifacts": self._files(None),
            "steps": [steps[placed.step.path] for placed in order],
        }

    def _facts(self) -> list[tuple[str, str]]:
        flow = self._flow
        found = [("Environment", flow.environment), ("Seed", flow.seed), ("Execution", flow.execution_id)]
        return [(name, legal(str(value))) for name, value in found if value is not None]

    def _step(self, placed: Placed) -> Part:
        step = placed.step
        is_cause = step.path in self._causes
        longest = LONGEST_PART_OF_A_CAUSE if is_cause else LONGEST_PART
        summary, result = step_summary(step)
        values = {"input": without_secrets(step.input), "output": step.output, "sets": step.outputs}
        return {
            "path": legal(step.path),
            "title": step_title(step),
            "action": legal(step.action),
            "phase": step.phase,
            "depth": placed.depth,
            "status": step.status,
            "tolerated": self._verdicts.is_tolerated(step),
            "cause": is_cause,
            "summary": summary,
            "result": result,
            "at": max((step.started_at - self._start).total_seconds() * 1000, 0.0),
            "duration": step.duration_ms,
            "tries": step.retry_count + 1,
            "flaky": bool(self._verdicts.weak_attempts(step)),
            "code": step.error_code or "",
            "message": legal(cut(step.error_message or "", LONGEST_PART)),
            "place": None if step.status in ("passed", "skipped") else self._place(step, *self._places.of(step)),
            "assertions": [self._assertion(step, outcome) for outcome in step.assertions],
            "attempts": [_attempt(one) for one in step.attempts] if len(step.attempts) > 1 else [],
            "logs": self._lines(step.path),
            "artifacts": self._files(step.path),
            **{
                name: None if value is None or value == {} else self._room.part(pretty(value), longest)
                for name, value in values.items()
            },
        }

    def _assertion(self, step: StepFinished, outcome: AssertionOutcome) -> Part:
        expected = expected_value(outcome)
        return {
            "expression": legal(outcome.expression),
            "holds": outcome.holds,
            "message": legal(outcome.message or ""),
            "error": legal(outcome.error or ""),
            "place": None if outcome.holds else self._place(step, outcome.line, outcome.column),
            "operands": [
                *((legal(operand.text), shown_value(operand.value, LONGEST_VALUE)) for operand in outcome.operands),
                *([] if outcome.holds or expected is None else [("expected", legal(expected))]),
            ],
            "difference": [legal(cut(line, LONGEST_VALUE)) for line in outcome.difference],
            "warnings": [legal(warning) for warning in outcome.warnings],
        }

    def _place(self, step: StepFinished, line: int | None, column: int | None) -> Part | None:
        label = self._places.label(step, line, column)
        found = self._places.at(step, line, column)
        return None if label is None else {"label": label} | ({} if found is None else asdict(found))

    def _lines(self, path: str | None) -> Part:
        found = self._logs.get(path, ())
        shown = found[:MOST_LINES_OF_A_STEP]
        lines = [(_clock(one.at), one.level, self._room.part(one.message, LONGEST_PART)) for one in shown]
        return {"lines": lines, "more": len(found) - len(shown)}

    def _files(self, path: str | None) -> list[Part]:
        return [
            {"name": legal(one.name), "type": legal(one.content_type), "size": one.size_bytes, "sha256": one.sha256}
            for one in self._artifacts.get(path, ())
        ]


def _by_path(items: Sequence[Any], path_of: Any) -> dict[str | None, list[Any]]:
    found: dict[str | None, list[Any]] = defaultdict(list)
    for item in items:
        found[path_of(item)].append(item)
    return found


def _attempt(attempt: Any) -> Part:
    return {
        "number": attempt.number,
        "status": attempt.status,
        "duration": attempt.duration_ms,
        "message": legal(f"{attempt.error_code or ''} {attempt.error_message or ''}".strip()),
    }


def _time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _clock(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%H:%M:%S.%f")[:-3]
