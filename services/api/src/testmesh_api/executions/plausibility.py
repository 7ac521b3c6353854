"""Whether an uploaded result can be: nothing in it may make it greener than its own steps, or impossible to keep."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from testmesh_api.errors import MOST_FAULTS, Fault
from testmesh_api.executions.uploads import LONGEST_MS, UploadedResult, made_at
from testmesh_contracts.events import StepFinished
from testmesh_engine.language import Flow
from testmesh_engine.language.models import Step

OLDEST = timedelta(days=31)
SKEW = timedelta(minutes=10)
"""How far the clock of who uploads may be ahead of ours: a later id would stay at the head of every list."""
A_DAY = timedelta(days=1)
INT = 2**31 - 1
LONGEST_PATH = 2_000
"""Bytes: a path is part of its row's key."""
BAD = frozenset(("failed", "error", "cancelled"))
_WHICH_TIME = re.compile(r"(\[\d+\])?(@\d+)?$")
"""What a path says behind a step's id: in which pass of its loop, in which attempt of the step around it."""


def faults_of_result(result: UploadedResult, flow: Flow | None, now: datetime) -> list[Fault]:
    """Return what cannot be; `flow` is None where its source is none to this server."""
    found: list[Fault] = []
    for fault in _all_faults(result, flow, now):
        found.append(fault)
        if len(found) == MOST_FAULTS:
            break
    return found


def _all_faults(result: UploadedResult, flow: Flow | None, now: datetime) -> Iterator[Fault]:
    yield from _of_times(result, now)
    if flow is not None and flow.name != result.flow_name:
        yield Fault("/flow_name", f"the source is of a flow named {flow.name!r}", "flow_name_differs")
    yield from _of_steps(result, now)
    if result.status == "passed":
        yield from _of_a_pass(result, flow)


def _of_times(result: UploadedResult, now: datetime) -> Iterator[Fault]:
    made = made_at(result.id)
    if made is None:
        yield Fault("/id", "it is no UUIDv7; send the id that the run gave itself", "id_invalid")
    elif not now - OLDEST <= made <= now + SKEW:
        detail = f"it was made {made.isoformat()}: a result is taken up to {OLDEST.days} days later; is a clock wrong?"
        yield Fault("/id", detail, "id_out_of_time")
    if result.finished_at < result.started_at:
        yield Fault("/finished_at", "the end is before the start", "time_invalid")
    elif not now - OLDEST - A_DAY <= result.started_at <= result.finished_at <= now + SKEW:
        yield Fault("/finished_at", "the run is too long ago, or in the future; is a clock wrong?", "time_invalid")


def _of_steps(result: UploadedResult, now: datetime) -> Iterator[Fault]:
    paths = Counter(step.path for step in result.steps)
    numbers = Counter(step.number for step in result.steps)
    first, last = now - OLDEST - A_DAY, now + SKEW
    for place, step in enumerate(result.steps):
        pointer = f"/steps/{place}"
        if paths[step.path] > 1:
            yield Fault(f"{pointer}/path", f"{step.path[:200]!r} is the path of several steps", "path_twice")
        if not 1 <= len(step.path.encode()) <= LONGEST_PATH:
            yield Fault(f"{pointer}/path", f"a path has 1 to {LONGEST_PATH} bytes", "path_invalid")
        if numbers[step.number] > 1 or not 1 <= step.number <= INT:
            yield Fault(f"{pointer}/number", "each step has its own number from 1", "number_invalid")
        if step.parent_path is not None and step.parent_path not in paths:
            yield Fault(f"{pointer}/parent_path", "no step has this path", "parent_unknown")
        if not all(first <= at <= last for at in (step.started_at, step.finished_at)):
            yield Fault(f"{pointer}/started_at", "the step was too long ago, or in the future", "time_invalid")
        if not _is_keepable(step):
            yield Fault(pointer, "a number of it is out of range", "number_invalid")
    for place, line in enumerate(result.logs):
        if not first <= line.at <= last:
            yield Fault(f"/logs/{place}/at", "the line was too long ago, or in the future", "time_invalid")


def _is_keepable(step: StepFinished) -> bool:
    counted = (step.iteration or 0, step.retry_count, step.line or 0, step.column or 0)
    return all(0 <= number <= INT for number in counted) and 0 <= step.duration_ms <= LONGEST_MS


def _of_a_pass(result: UploadedResult, flow: Flow | None) -> Iterator[Fault]:
    """A pass has a step that passed, and none that did not, but what the flow allows to fail."""
    allowed = {step.id for step in flow.phases() if step.allow_failure} if flow is not None else set()
    own = [(place, step) for place, step in enumerate(result.steps) if step.parent_path is None]
    for place, step in own:
        if step.status in BAD and (step.status == "cancelled" or step.step_id not in allowed):
            detail = f"a flow whose step {step.path[:200]!r} is {step.status} did not pass"
            yield Fault(f"/steps/{place}/status", detail, "status_inconsistent")
    if not any(step.status == "passed" and step.phase == "steps" for _, step in own):
        yield Fault("/status", "no step passed, so that the flow did not pass either", "status_inconsistent")
    for place, step in enumerate(result.steps):
        if step.status == "passed" and not all(outcome.holds for outcome in step.assertions):
            detail = "a step whose assertion does not hold did not pass"
            yield Fault(f"/steps/{place}/assertions", detail, "status_inconsistent")
    if result.error_code is not None:
        yield Fault("/error_code", "a flow that passed has no error", "status_inconsistent")
    if flow is not None:
        yield from _of_missing([step for _, step in own], flow)
        yield from _of_inner(result, flow)


def _of_missing(own: Iterable[StepFinished], flow: Flow) -> Iterator[Fault]:
    """A pass tells of every step that the flow has, also of those that were skipped; of a flow with rows, for each."""
    told: dict[int | None, set[str]] = {}
    for step in own:
        told.setdefault(step.iteration, set()).add(step.step_id)
    if flow.data is not None and flow.data.file is None:
        told = {row: told.get(row, set()) for row in range(len(flow.data.rows))}
    for iteration, ids in (told or {None: set()}).items():
        where = "" if iteration is None else f" of row {iteration + 1}"
        for step_id in dict.fromkeys(step.id for step in flow.phases() if step.id not in ids):
            yield Fault("/steps", f"nothing is told of the step {step_id!r}{where}", "status_inconsistent")


def _of_inner(result: UploadedResult, flow: Flow) -> Iterator[Fault]:
    """A step that passed at its first try holds none that did not, but what the flow allows to fail.

    What is inside a step that calls a flow is not judged: that flow, and what it allows, is not known here.
    """
    known = dict(_by_path(flow.phases(), ""))
    passed = {step.path for step in result.steps if step.status == "passed" and not step.retry_count}
    for place, step in enumerate(result.steps):
        if step.status not in BAD or step.parent_path not in passed:
            continue
        planned = known.get("/".join(_WHICH_TIME.sub("", part) for part in step.path.split("/")))
        if planned is not None and (step.status == "cancelled" or not planned.allow_failure):
            detail = f"{step.parent_path[:200]!r}, around a step that is {step.status}, did not pass"
            yield Fault(f"/steps/{place}/status", detail, "status_inconsistent")


def _by_path(steps: Iterable[Step], parent: str) -> Iterator[tuple[str, Step]]:
    for step in steps:
        yield f"{parent}{step.id}", step
        yield from _by_path(step.inner(), f"{parent}{step.id}/")
