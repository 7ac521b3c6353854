"""The end of a run for people: what did not pass once more, how steady repeated flows were, the slowest, the counts."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import groupby

from testmesh_cli.guidance import DEMO_PORT
from testmesh_cli.reporting.folding import RUNS_A_FLOW
from testmesh_cli.reporting.paper import Line, Span, visible
from testmesh_cli.reporting.steps import symbol
from testmesh_cli.reporting.values import one_line, shortened, shown_duration, shown_value
from testmesh_cli.running.result import FlowResult
from testmesh_cli.sources import FlowFile
from testmesh_contracts.events import AssertionOutcome, StepFinished

MANY = 10
"""From so many flows on it is worth a line which ones take the time."""
SLOWEST = 3
MOST_NAMED = 20
LONGEST_REASON = 160
_OFF = re.compile(r"nothing listens on (\S+:[0-9]+)", re.ASCII)


def closing_lines(results: Sequence[FlowResult], seconds: float, again: Callable[[FlowFile], str]) -> list[Line]:
    """Return what is said when all flows have ended; of a single flow all but the counts has just been told."""
    lines: list[Line] = []
    if len(results) > 1:
        lines += _not_passed(results, again)
        lines += _not_run(results)
        lines += _steadiness(results)
        lines += _slowest(results)
    lines += _demo_hint(results)
    return [*lines, summary_line(results, seconds)]


def summary_line(results: Sequence[FlowResult], seconds: float) -> Line:
    counts = Counter(result.status for result in results)
    errors = counts["error"]
    words = [f"{counts['passed']} passed", f"{counts['failed']} failed", f"{errors} error{'s' * (errors != 1)}"]
    words += [f"{counts[kind]} {kind.replace('_', ' ')}" for kind in ("cancelled", "not_run") if counts[kind]]
    good = counts["passed"] == len(results) and results
    return [Span(", ".join(words), "bold green" if good else "bold red"), Span(f" in {shown_duration(seconds * 1000)}")]


def _not_passed(results: Sequence[FlowResult], again: Callable[[FlowFile], str]) -> list[Line]:
    """Tell each flow that did not pass; those that could not be judged for one and the same reason together."""
    found = [(result, _cause(result)) for result in results if result.status not in {"passed", "not_run"}]
    shared = Counter(cause.error_message for _, cause in found if cause is not None and cause.status == "error")
    lines: list[Line] = []
    for result, cause in found:
        reason = None if cause is None or cause.status != "error" else cause.error_message
        if reason is None or shared[reason] == 1:
            lines.append([symbol(result.status), Span(_place(result, cause), "bold"), Span(f"  {_why(result, cause)}")])
            lines.append([Span(f"    {one_line(again(result.file))}", "dim")])
        elif count := shared.pop(reason, 0):
            words = shortened(one_line(reason), LONGEST_REASON)
            lines.append([symbol(result.status), Span(f"{count} flows", "bold"), Span(f"  {words}")])
            for other, same in found:
                if same is not None and same.error_message == reason and same.status == "error":
                    lines.append([Span(f"  {_place(other, same)}"), Span(f"  {one_line(again(other.file))}", "dim")])
    return lines


def _place(result: FlowResult, cause: StepFinished | None) -> str:
    place = visible(result.file.shown_path)
    broken = _broken(cause)
    line = broken.line if broken is not None and broken.line is not None else cause and cause.line
    if line is not None:
        place += f":{line}"
    return place if result.file.repetition is None else place + result.file.shown[len(result.file.shown_path) :]


def _broken(cause: StepFinished | None) -> AssertionOutcome | None:
    """Return the assertion that a step's message is about."""
    outcomes = [] if cause is None else cause.assertions
    return next((outcome for outcome in outcomes if not outcome.holds), None)


def _demo_hint(results: Sequence[FlowResult]) -> list[Line]:
    places = {f"{host}:{DEMO_PORT}" for host in ("127.0.0.1", "localhost")}
    said = (_OFF.search(step.error_message or "") for result in results for step in result.steps)
    if not any(found is not None and found[1] in places for found in said):
        return []
    words = f"the demo shop that examples test listens on port {DEMO_PORT}; start it: "
    return [[Span(words), Span("testmesh demo", "bold")]]


def _cause(result: FlowResult) -> StepFinished | None:
    """Return the step of this file that the flow's message names: the innermost that did not pass."""
    calls = {step.path for step in result.steps if step.action == RUNS_A_FLOW}
    here = [step for step in result.steps if not any(step.path.startswith(f"{call}/") for call in calls)]
    said = result.error_message or ""
    for step in here:
        if step.status == result.status and (f"step {step.path} " in said or step.status == "cancelled"):
            return step
    return None


def _why(result: FlowResult, cause: StepFinished | None) -> str:
    said = result.error_message or ("" if cause is None else cause.error_message) or "no reason was given"
    broken = _broken(cause)
    values = "" if broken is None else ", ".join(f"{one.text} = {shown_value(one.value)}" for one in broken.operands)
    return shortened(one_line(f"{said}; {values}" if values else said), LONGEST_REASON)


def _not_run(results: Sequence[FlowResult]) -> list[Line]:
    left = [result for result in results if result.status == "not_run"]
    lines: list[Line] = []
    for result in left[:MOST_NAMED]:
        why = f": {one_line(result.error_message)}" if result.error_message else ""
        lines.append([symbol("not_run"), Span(one_line(result.file.shown), "bold"), Span(f"  not run{why}")])
    if len(left) > MOST_NAMED:
        lines.append([symbol("not_run"), Span(f"and {len(left) - MOST_NAMED} more, not run")])
    return lines


def _steadiness(results: Sequence[FlowResult]) -> list[Line]:
    """Say of each repeated flow how often it passed."""
    lines: list[Line] = []
    for path, times in groupby(results, key=lambda result: result.file.path):
        found = list(times)
        if found[0].file.repetition is None:
            continue
        passed = sum(result.status == "passed" for result in found)
        is_flaky = passed and any(result.status in {"failed", "error"} for result in found)
        words = f"{passed} of {len(found)} passed{': flaky' if is_flaky else ''}"
        sign = symbol("passed" if passed == len(found) else "failed")
        lines.append([sign, Span(visible(str(path)), "bold"), Span(f"  {words}")])
    return lines


def _slowest(results: Sequence[FlowResult]) -> list[Line]:
    took = [
        (result.duration_ms, result.file.shown)
        for result in results
        if result.duration_ms and result.status != "not_run"
    ]
    if len(took) < MANY:
        return []
    slowest = sorted(took, key=lambda one: -one[0])[:SLOWEST]
    words = ", ".join(f"{one_line(shown)} {shown_duration(duration)}" for duration, shown in slowest)
    return [[Span(f"slowest: {words}", "dim")]]
