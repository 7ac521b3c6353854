"""A run on GitHub Actions: annotations at the lines of flows, and a summary of the step.

The summary is HTML without an empty line, each text escaped: Markdown has no word in it, whatever a tested system says.
"""

from collections import Counter
from collections.abc import Iterator
from html import escape

from testmesh_contracts.events import StepFinished
from testmesh_engine.reporters.explanation import Places, explained, flow_explained, why
from testmesh_engine.reporters.model import FlowReport, RunReport
from testmesh_engine.reporters.verdicts import Verdicts
from testmesh_engine.reporters.wording import cut, one_line, shown_duration, step_title
from testmesh_engine.reporters.workflow_commands import Annotation

MOST_BYTES = 1024 * 1024
"""What GitHub takes as the summary of one step; one that is larger is refused as a whole."""
_ROOM_FOR_THE_REST = 600
LONGEST_BLOCK = 16 * 1024
LONGEST_CELL = 300
SIGNS = {"passed": "✅", "failed": "❌", "error": "⚠️", "cancelled": "🚫", "not_run": "⏭️"}


class SummaryFullError(Exception):
    """What was written before in the same step has taken the room of a summary."""

    code = "summary_full"

    def __init__(self, room: int) -> None:
        super().__init__(f"the summary of a step takes {MOST_BYTES} bytes, of which {max(room, 0)} are left")


def annotations(report: RunReport) -> list[Annotation]:
    """Return what is to be said at lines of the flows' files."""
    found = [found for flow in report.flows for found in _of_flow(flow)]
    if report.exit_code and not report.has_red:
        found.append(Annotation("error", "TestMesh", report.not_green))
    return found


def _of_flow(flow: FlowReport) -> Iterator[Annotation]:
    verdicts, places = Verdicts(flow), Places(flow)
    causes = verdicts.causes() if flow.status != "passed" else []
    for step in causes:
        line, column = _place(step, verdicts, places)
        title = f"{one_line(flow.title)}: {step_title(step)}"
        yield Annotation("error", title, "\n".join(explained(step, places)), flow.file, line, column)
    if flow.status == "not_run":
        yield Annotation("warning", one_line(flow.title), why(flow), flow.file, 1)
    elif flow.status != "passed" and not causes:
        yield Annotation("error", f"{one_line(flow.title)}: {flow.status}", why(flow), flow.file, 1)
    for step, tried in verdicts.flaky():
        line, column = _place(step, verdicts, places)
        words = f"attempt {tried.number} {tried.status}: {tried.error_message or 'no reason was given'}"
        yield Annotation("warning", f"{one_line(flow.title)}: passed on retry", words, flow.file, line, column)
    for warning in flow.warnings:
        yield Annotation("warning", one_line(flow.title), warning, flow.file, 1)


def _place(step: StepFinished, verdicts: Verdicts, places: Places) -> tuple[int | None, int | None]:
    """Return where in its flow's file a step, or its first assertion that does not hold, or its caller stands."""
    calling = verdicts.calling(step)
    if calling is not None:
        return calling.line, calling.column
    broken = next((one for one in step.assertions if not one.holds and one.line is not None), None)
    return places.of(step) if broken is None else (broken.line, broken.column)


def summary(report: RunReport, room: int = MOST_BYTES) -> str:
    """Return the step's summary, within `room` bytes; what does not fit is counted.

    Raises:
        SummaryFullError: not even a headline has room.
    """
    if room < 2 * _ROOM_FOR_THE_REST:
        raise SummaryFullError(room)
    parts = [_headline(report), "<table><tr><th></th><th>Flow</th><th>Time</th><th>Why</th></tr>"]
    room -= sum(_size(part) for part in parts) + _ROOM_FOR_THE_REST
    # What is not green comes first: where there is no room for all, it is the rest that is left out.
    flows = sorted(report.flows, key=lambda flow: flow.status == "passed")
    rows, room = _fitting((_row(flow) for flow in flows), room)
    parts += [*rows, "</table>", *_rest(len(flows) - len(rows), "flows")]
    bad = [flow for flow in flows if flow.status not in ("passed", "not_run")]
    blocks, _ = _fitting((_details(flow) for flow in bad), room)
    parts += [*blocks, *_rest(len(bad) - len(blocks), "failures")]
    return "\n".join(parts) + "\n\n"


def _headline(report: RunReport) -> str:
    counts = Counter[str](flow.status for flow in report.flows)
    words = ", ".join(f"{counts[kind]} {kind.replace('_', ' ')}" for kind in SIGNS if counts[kind]) or "no flow was run"
    sign = "✅" if report.exit_code == 0 else "❌"
    took = f"{words} in {shown_duration(report.duration_ms)}"
    ends = "" if report.exit_code == 0 else f" (exit code {report.exit_code})"
    return f"<h3>{sign} TestMesh: {took}{ends}</h3>"


def _row(flow: FlowReport) -> str:
    flaky = Verdicts(flow).flaky()
    said = why(flow) if flow.status != "passed" else ""
    said = said or (f"passed on retry ({len(flaky)} attempts did not)" if flaky else "; ".join(flow.warnings))
    name = f"{_cell(flow.title)}<br><code>{_cell(flow.file)}</code>"
    sign = f"{SIGNS[flow.status]} {flow.status.replace('_', ' ')}"
    return f"<tr><td>{sign}</td><td>{name}</td><td>{shown_duration(flow.duration_ms)}</td><td>{_cell(said)}</td></tr>"


def _details(flow: FlowReport) -> str:
    block = escape(cut("\n".join(flow_explained(flow)), LONGEST_BLOCK)).replace("\n", "&#10;")
    title = f"{SIGNS[flow.status]} {_cell(flow.title)}"
    return f"<details><summary>{title}</summary><pre><code>{block}</code></pre></details>"


def _fitting(parts: Iterator[str], room: int) -> tuple[list[str], int]:
    found: list[str] = []
    for part in parts:
        if _size(part) > room:
            break
        room -= _size(part)
        found.append(part)
    return found, room


def _rest(number: int, what: str) -> list[str]:
    return [f"<p>{number} {what} more: there is no room for them here, see the log of the step.</p>"] if number else []


def _cell(text: str) -> str:
    return _inert(escape(cut(one_line(text), LONGEST_CELL)))


def _inert(text: str) -> str:
    """Keep names from being called: GitHub looks for them in HTML too, outside of code."""
    return text.replace("@", "@&#8203;")


def _size(part: str) -> int:
    return len(part.encode()) + 1
