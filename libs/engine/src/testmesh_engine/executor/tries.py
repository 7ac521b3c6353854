"""The tries of one step, by its `retry` or `eventually`: each is kept."""

import asyncio
from datetime import datetime

from testmesh_contracts.events import Attempt
from testmesh_engine.artifacts.chunks import Chunks
from testmesh_engine.egress.passage import unguarded
from testmesh_engine.executor.attempt import Tried, attempt
from testmesh_engine.executor.course import Course
from testmesh_engine.executor.evidence import show_failure
from testmesh_engine.executor.interruption import halt_if_cut_off
from testmesh_engine.executor.place import Place
from testmesh_engine.executor.recorder import Record
from testmesh_engine.executor.repetition import Repetition
from testmesh_engine.executor.sources import SourceError
from testmesh_engine.language.models import Step
from testmesh_sdk import ActionContext, ActionError, Attachment, Content, Level

ATTEMPTS_KEPT = 100
"""Of a step that was tried more often, the first and the last tries are recorded, and how many there were."""


async def try_step(step: Step, record: Record, place: Place, course: Course) -> Tried:
    """Try a step until it passes or its tries are over; return the one that counts."""
    tried = await _tries(step, record, place, course)
    if step.control is None and tried.status in ("failed", "error"):
        await show_failure(course.options.registry.get(step.action), _context(step, record, place, course))
    return tried


async def _tries(step: Step, record: Record, place: Place, course: Course) -> Tried:
    repetition = Repetition(step, unjudged_retries=course.options.unjudged_retries)
    before: Tried | None = None
    while True:
        record.attempts_made += 1
        started_at, clock = course.options.clock(), course.options.stopwatch()
        tried = await _try_once(step, record, place, course, repetition.time_left())
        _keep(record, tried, started_at, course.options.stopwatch() - clock, course)
        if before is not None and (tried.status == "skipped" or repetition.ended_by_time(tried)):
            # what did not pass is not undone by a try that tested nothing
            return repetition.concluded(before, record.attempts_made)
        pause = repetition.pause(record.attempts_made, tried)
        if pause is None or course.is_exhausted:
            return repetition.concluded(tried, record.attempts_made)
        before = tried
        halt_if_cut_off()
        await asyncio.sleep(pause)


async def _try_once(step: Step, record: Record, place: Place, course: Course, most: float | None) -> Tried:
    recorder = course.recorder
    span = recorder.attempt_begins(record)
    tried: Tried | None = None
    try:
        tried = await _tried(step, record, place, course, most, None if span is None else span.traceparent)
        recorder.mask.add(tried.secrets)
        return tried
    finally:
        if span is not None:
            status, message = ("cancelled", None) if tried is None else (tried.status, tried.message)
            recorder.attempt_ends(record, status, message)


async def _tried(
    step: Step, record: Record, place: Place, course: Course, most: float | None, traceparent: str | None
) -> Tried:
    if step.control is not None:
        # loaded for flows that have control flow alone: 4 ms of each start
        from testmesh_engine.executor.control import attempt_control

        return await attempt_control(step, record, place, course, most)
    context = _context(step, record, place, course)
    context.traceparent = traceparent
    action = course.options.registry.get(step.action)
    return await attempt(step, action, place.scope, context, most, course.options.stopwatch)


def _context(step: Step, record: Record, place: Place, course: Course) -> ActionContext:
    path, recorder = record.path, course.recorder

    def log(level: Level, message: str) -> None:
        with unguarded():
            recorder.logs(path, level, message)

    async def attach(name: str, data: Content, content_type: str) -> Attachment:
        # What makes the pieces stays under the policy of the flow; the store is none of its targets.
        content = data if isinstance(data, bytes) else Chunks(data)
        with unguarded():
            return await recorder.keeps(path, name, content, content_type)

    async def read_file(name: str) -> bytes:
        with unguarded():
            try:
                return await course.options.sources.file(name, place.flow)
            except SourceError as error:
                raise ActionError(error.code, error.message) from error

    return ActionContext(
        execution_id=course.options.execution_id,
        flow_name=place.flow.name,
        step_id=step.id,
        path=path,
        attempt=record.attempts_made,
        deadline=None,
        variables=place.scope.readable(),
        resources=course.options.resources,
        execution=course.own,
        names=place.scope.outside(),
        egress=course.options.egress,
        listening=course.options.listening,
        on_server=course.options.on_server,
        local_files=course.options.local_files,
        flow_file=place.flow.file,
        log=log,
        attach=attach,
        read_file=read_file,
        read_artifact=recorder.kept,
        hide=recorder.mask.add,
        proxies=course.options.proxies,
    )


def _keep(record: Record, tried: Tried, started_at: datetime, seconds: float, course: Course) -> None:
    attempts = record.attempts
    if len(attempts) >= ATTEMPTS_KEPT:
        del attempts[ATTEMPTS_KEPT // 2]
    attempts.append(
        Attempt(
            number=record.attempts_made,
            status=tried.status,
            started_at=started_at,
            duration_ms=round(seconds * 1000, 3),
            error_code=tried.code,
            error_message=tried.message and course.recorder.cleaned(tried.message),
        )
    )
