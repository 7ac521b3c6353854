"""Events of a run: well nested, masked, each step that began ends exactly once."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from testmesh_contracts.events import (
    ArtifactStored,
    AssertionOutcome,
    Attempt,
    LogLine,
    Operand,
    StepFinished,
    StepStarted,
)
from testmesh_contracts.message import StepStatus
from testmesh_engine.artifacts import ArtifactError
from testmesh_engine.artifacts.names import kept_name, kept_type
from testmesh_engine.egress.passage import unguarded
from testmesh_engine.executor.interruption import Interruption
from testmesh_engine.executor.keeping import Keeping
from testmesh_engine.executor.large_values import preview_of, shrink, size_of
from testmesh_engine.executor.masking import MASK, Mask
from testmesh_engine.executor.options import Emit
from testmesh_engine.executor.place import Place
from testmesh_engine.executor.presentation import clean, clean_parts, clean_text
from testmesh_engine.executor.spans import Span
from testmesh_engine.language.models import Step
from testmesh_sdk import ActionError, Attachment, Content, Level

LONGEST_LINE = 32 * 1024
LONGEST_MESSAGE = 8 * 1024
LONGEST_OPERAND = 4 * 1024
_ANY_LENGTH = 2**62
_HIDDEN = "(the difference is not shown: a part of a secret might be in it)"


@dataclass(slots=True)
class Record:
    """What there is to say of a step, as it comes about."""

    step: Step
    path: str
    parent: str | None = None
    iteration: int | None = None
    status: StepStatus = "error"
    input: Any = None
    output: Any = None
    outputs: dict[str, Any] = field(default_factory=dict)
    assertions: list[AssertionOutcome] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    attempts_made: int = 0
    error_code: str | None = None
    error_message: str | None = None
    did_something: bool = True
    """Whether anything in it passed; where all of it was allowed to fail, nothing was tested."""
    is_mistake: bool = True
    """Whether what went wrong is up to who wrote the flow: so it is until the step was tried."""
    names_inner: bool = False
    """Whether the message already names the step, inside this one, that is the cause."""
    variables: dict[str, Any] = field(default_factory=dict)
    """What the step, and what is in it, set."""

    @classmethod
    def of(cls, step: Step, place: Place) -> "Record":
        return cls(step, place.path_of(step.id), place.parent, place.iteration)

    def begins_anew(self, step: Step) -> None:
        """Forget what the last try left, but for the tries themselves; `step` may have been edited since."""
        self.step = step
        self.input = self.output = None
        self.outputs, self.assertions, self.variables = {}, [], {}

    def ends(self, status: StepStatus, code: str | None = None, message: str | None = None) -> None:
        self.status, self.error_code, self.error_message = status, code, message


class Recorder:
    """Makes the events of one run; what comes from a step that has ended is not told any more."""

    def __init__(
        self,
        emit: Emit,
        mask: Mask,
        keeping: Keeping,
        clock: Callable[[], datetime],
        stopwatch: Callable[[], float],
        trace: Span | None = None,
    ) -> None:
        self.mask = mask
        self.counts: dict[StepStatus, int] = {}
        self.number = 0
        self.is_closing = False
        """Whether what the run had open is closed now: a file that comes of it is still its step's."""
        self._told: set[str] = set()
        self._emit = emit
        self._keeping = keeping
        self._clock = clock
        self._stopwatch = stopwatch
        self._trace = trace
        self._spans: dict[str, list[Span]] = {}
        """Of each step under way: its own, then that of the attempt under way."""
        self._kept: dict[str, str] = {}
        """Where the store has what this run put there, by the ids of the artifacts."""
        self._open: dict[str, tuple[dict[str, Any], float, Record]] = {}
        """Of each step that began and has not ended: what both of its events say, and when it began."""

    def begins(self, record: Record, name: str) -> None:
        step = record.step
        self._told.add(record.path)
        self.number += 1
        place = {
            "path": record.path,
            "step_id": step.id,
            "name": clean_text(name, self.mask)[:LONGEST_MESSAGE],
            "action": step.action,
            "phase": step.phase,
            "number": self.number,
            "parent_path": record.parent,
            "iteration": record.iteration,
            "started_at": self._clock(),
        }
        started = StepStarted(**place)
        self._open[record.path] = (place, self._stopwatch(), record)
        if self._trace is not None:
            around = self._spans[record.parent][-1] if record.parent in self._spans else self._trace
            attributes: dict[str, str | int] = {"step.path": record.path, "step.action": step.action}
            self._spans[record.path] = [around.child(f"step {step.id}", attributes)]
        self._emit(started)

    def attempt_begins(self, record: Record) -> Span | None:
        """Begin the span of an attempt, which the spans of steps inside the step are part of; None without a trace."""
        spans = self._spans.get(record.path)
        if spans is None:
            return None
        spans.append(spans[0].child(f"attempt {record.attempts_made}", {"step.attempt": record.attempts_made}))
        return spans[-1]

    def attempt_ends(self, record: Record, status: StepStatus, message: str | None) -> None:
        spans = self._spans.get(record.path, [])
        if len(spans) > 1:
            spans.pop().ends(status, message and self.cleaned(message))

    def ends(self, record: Record) -> bool:
        """Tell the end of a step; False where it had been told before."""
        finished = self.told_now(record)
        if finished is None:
            return False
        del self._open[record.path]
        for span in reversed(self._spans.pop(record.path, [])):
            span.ends(finished.status, finished.error_message)
        self.counts[record.status] = self.counts.get(record.status, 0) + 1
        self._emit(finished)
        return True

    def told_now(self, record: Record) -> StepFinished | None:
        """Return what is told of a step if it ends now; None where it had ended before."""
        opened = self._open.get(record.path)
        if opened is None:
            return None
        place, clock, _ = opened
        message = record.error_message
        return StepFinished(
            **place,
            status=record.status,
            finished_at=self._clock(),
            duration_ms=round((self._stopwatch() - clock) * 1000, 3),
            input=record.input,
            output=record.output,
            outputs=record.outputs,
            assertions=record.assertions,
            attempts=record.attempts,
            retry_count=max(record.attempts_made - 1, 0),
            error_code=record.error_code,
            error_message=None if message is None else self.cleaned(message),
            line=record.step.line,
            column=record.step.column,
        )

    def abandons(self, parent: str | None, why: Interruption) -> None:
        """End what has begun and not ended, everywhere or inside one step, the innermost first."""
        message = f"{why.message}; the action did not stop when it was told to"
        for path, (_, _, record) in reversed(list(self._open.items())):
            if parent is None or path.startswith(f"{parent}/"):
                record.ends(why.status, why.code, message)
                self.ends(record)

    def passes_over(self, steps: Iterable[Step], place: Place, reason: str) -> None:
        """Tell of steps that were not carried out, unless they were told of or what they are in has ended."""
        for step in steps:
            if place.path_of(step.id) in self._told or (place.parent is not None and place.parent not in self._open):
                continue
            place.scope.misses(step, "was not run")
            self._passes_over(Record.of(step, place), reason)

    def _passes_over(self, record: Record, reason: str) -> None:
        step = record.step
        record.ends("skipped", None, reason)
        self.begins(record, step.name)
        self.ends(record)

    def cleaned(self, message: str) -> str:
        return clean_text(message, self.mask)[:LONGEST_MESSAGE]

    def logs(self, path: str, level: Level, message: str) -> None:
        if path in self._open:
            text = clean_text(message, self.mask)
            shown = text if len(text) <= LONGEST_LINE else text[:LONGEST_LINE] + "…"
            self._emit(LogLine(path=path, level=level, message=shown, at=self._clock()))

    async def keeps(self, path: str, name: str, content: Content, content_type: str) -> Attachment:
        """Put a file of a step into the store without secrets, and tell of it.

        Raises:
            ActionError: it is not kept, and the message says why.
        """
        name = kept_name(clean_text(name, self.mask))
        if not self._takes(path):
            raise _too_late(name)
        artifact_id, stored = await self._keeping.keep(name, content, content_type)
        if not self._takes(path):
            await self._keeping.forget(stored)
            raise _too_late(name)
        self._emit(
            ArtifactStored(
                artifact_id=artifact_id,
                path=path,
                name=name,
                content_type=kept_type(clean_text(content_type, self.mask)),
                storage_path=stored.storage_path,
                size_bytes=stored.size_bytes,
                sha256=stored.sha256,
                at=self._clock(),
            )
        )
        self._kept[str(artifact_id)] = stored.storage_path
        return Attachment(str(artifact_id), name, stored.size_bytes, stored.sha256)

    def _takes(self, path: str) -> bool:
        return path in self._open or (self.is_closing and path in self._told)

    async def kept(self, artifact_id: str) -> bytes:
        """Return the content of an artifact of this run; those of others are not to be had.

        Raises:
            ActionError: this run kept none of that id, or the store has it no more.
        """
        place = self._kept.get(artifact_id)
        if place is None:
            raise ActionError("TM462", f"{artifact_id!r} is no artifact of this execution; name one of an earlier step")
        with unguarded():
            try:
                return await self._keeping.read(place)
            except ArtifactError as error:
                raise ActionError("TM462", f"the artifact {artifact_id!r} cannot be read: {error}") from error

    async def presents(self, record: Record, input_: Any, output: Any, outputs: dict[str, Any]) -> None:
        """Clean what a step sent, received and set, and put it into its record, large values by reference."""
        path = record.path

        async def store(name: str, data: bytes, content_type: str) -> dict[str, Any]:
            try:
                kept = await self.keeps(path, name, data, content_type)
            except ActionError as error:
                # The verdict was made on the value itself, so that it stands; what is missing is told.
                self.logs(path, "warning", f"{error.code}: {error.message}")
                return {"$artifact": None, "size_bytes": len(data), "not_kept": f"{error.code}: {error.message}"}
            return {"$artifact": kept.artifact_id, "size_bytes": kept.size_bytes, "sha256": kept.sha256}

        record.assertions = [_presented(outcome, self.mask) for outcome in record.assertions]
        parts = {"input": input_, "output": output, "outputs": outputs}
        shrunk = await shrink(clean_parts(parts, self.mask), store)
        record.input, record.output, record.outputs = shrunk["input"], shrunk["output"], shrunk["outputs"]


def _too_late(name: str) -> ActionError:
    return ActionError("TM448", f"the artifact {name!r} was not kept: the step that attaches it has ended")


def _presented(outcome: AssertionOutcome, mask: Mask) -> AssertionOutcome:
    """Return an outcome cleaned; a large operand is shown by its beginning, the difference says where it differs."""
    if outcome.holds:  # then it tells of nothing but what was written
        text = clean_text(outcome.expression, mask)
        return outcome if text == outcome.expression else outcome.model_copy(update={"expression": text})
    operands = [(clean_text(o.text, mask), clean(o.value, mask)) for o in outcome.operands]
    secret = bool(mask) and any(MASK in preview_of(value, _ANY_LENGTH) for _, value in operands)
    lines = [_HIDDEN] if secret and outcome.difference else outcome.difference
    changes = {
        "expression": clean_text(outcome.expression, mask),
        "message": outcome.message and clean_text(outcome.message, mask)[:LONGEST_MESSAGE],
        "error": outcome.error and clean_text(outcome.error, mask)[:LONGEST_MESSAGE],
        "difference": [clean_text(line, mask)[:LONGEST_MESSAGE] for line in lines],
        "operands": [Operand(text=text, value=_short(value)) for text, value in operands],
    }
    return outcome.model_copy(update=changes)


def _short(value: Any) -> Any:
    return value if size_of(value) <= LONGEST_OPERAND else preview_of(value, LONGEST_OPERAND)
