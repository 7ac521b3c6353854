"""One step: its condition, its tries, what it does where it did not pass, its record."""

import asyncio

from testmesh_engine.executor.course import Course
from testmesh_engine.executor.gate import Gate
from testmesh_engine.executor.interruption import halt_if_cut_off
from testmesh_engine.executor.place import Place
from testmesh_engine.executor.recorder import Record
from testmesh_engine.executor.standpoint import Standpoint
from testmesh_engine.executor.tries import try_step
from testmesh_engine.executor.unjudged_answers import unjudged_answer
from testmesh_engine.executor.weight import bounded
from testmesh_engine.expressions import ExpressionError
from testmesh_engine.language.models import Step

_WHY_ABSENT = {"skipped": "was skipped", "error": "ended in an error", "cancelled": "was cancelled"}
_LEFT_OUT = "was left out of this run"
_ENDED_AS = {**_WHY_ABSENT, "passed": "passed", "failed": "failed"}
BY_HAND = "by hand"
Obstacle = tuple[str, str]
_EXHAUSTED = "the run has recorded as many steps as one may; loop over less"


class StepRunner:
    """Carries out the steps of one run."""

    def __init__(self, course: Course) -> None:
        self._course = course
        self._loaded: set[str] = set()

    async def run(self, step: Step, place: Place) -> Record:
        """Carry out a step and tell how it ended; raises only when it is cancelled."""
        halt_if_cut_off()
        gate = self._course.options.gate
        wanted = step if gate is None else await gate.before(Standpoint(step, place, False, self._course))
        step = step if wanted == "skip" else wanted
        record = Record.of(step, place)
        left_out = self._course.options.left_out(place.flow, step)
        name, fault = _name(step, place)
        obstacle = self._obstacle(step, fault) if left_out is None else None
        self._course.recorder.begins(record, name)
        try:
            if left_out is not None:
                record.ends("skipped", None, left_out)
            elif wanted == "skip":
                self._pass_by(record, BY_HAND)
            else:
                await self._do(record, place, obstacle)
            if gate is not None:
                await self._hold(gate, record, place)
            await self._rescue(record, place)
        except asyncio.CancelledError:
            why = place.stop.why
            record.ends(why.status, why.code, why.message)
            raise
        except Exception as error:
            record.ends("error", "TM419", f"the engine broke down in this step: {type(error).__name__}: {error}")
        finally:
            if record.status != "passed":
                why_absent = _WHY_ABSENT.get(record.status, record.status) if left_out is None else _LEFT_OUT
                place.scope.misses(record.step, why_absent, ran=record.attempts_made > 0)
            self._course.recorder.ends(record)
        return record

    async def _do(self, record: Record, place: Place, obstacle: Obstacle | None) -> None:
        """Do what the step says, unless something is in its way or its condition does not hold."""
        if obstacle is not None:
            record.ends("error", *obstacle)
        elif self._course.is_exhausted:
            record.ends("error", "TM455", _EXHAUSTED)
        elif _is_wanted(record.step, record, place):
            await self._carry_out(record.step, record, place)

    def _pass_by(self, record: Record, how: str) -> None:
        record.ends("skipped", None, how)
        self._course.by_hand.append(f"step {record.path} was skipped {how}")

    async def _hold(self, gate: Gate, record: Record, place: Place) -> None:
        """Let the gate look at how a step came out, and try it again as often as the gate asks for."""
        course = self._course
        while (ended := course.recorder.told_now(record)) is not None:
            again = await gate.after(Standpoint(record.step, place, True, course), ended)
            if again == "skip":
                self._pass_by(record, f"{BY_HAND} after it {_ENDED_AS[record.status]}")
            if again is None or again == "skip":
                return
            course.by_hand.append(f"step {record.path} was tried again by hand after it {_ENDED_AS[record.status]}")
            record.begins_anew(again)
            halt_if_cut_off()
            await self._do(record, place, self._obstacle(again, _name(again, place)[1]))

    def _obstacle(self, step: Step, fault: ExpressionError | None) -> Obstacle | None:
        """Load the step's action before the step's clock starts; return why the step cannot be carried out."""
        if fault is not None:
            return fault.code, f"name: {fault.message}"
        broken = self._load(step)
        return None if broken is None else ("TM412", broken)

    def _load(self, step: Step) -> str | None:
        """Load the step's action; return why it cannot be loaded."""
        if step.disabled or step.control is not None or step.action in self._loaded:
            return None
        try:
            self._course.options.registry.get(step.action).load()
        except Exception as error:
            return f"the action {step.action} cannot be loaded: {type(error).__name__}: {error}"
        self._loaded.add(step.action)
        return None

    async def _carry_out(self, step: Step, record: Record, place: Place) -> None:
        course, scope = self._course, place.scope
        tried = await try_step(step, record, place, course)
        course.assertions_judged += len(tried.assertions)
        record.assertions = tried.assertions
        course.doubt(record.path, tried.assertions)
        if (bad := unjudged_answer(step, tried)) is not None:
            course.warn(f"step {record.path}: {bad}")
        if tried.result is not None and not step.implied:
            scope.results[step.id] = {**tried.result, **tried.outputs}
        if tried.outputs:
            scope.sets(step, tried.outputs)
        record.variables = {**tried.inner, **tried.outputs} if tried.inner else tried.outputs
        await course.recorder.presents(record, tried.input, tried.result, tried.outputs)
        record.ends(tried.status, tried.code, tried.message)
        record.names_inner, record.is_mistake = tried.names_inner, tried.is_mistake
        record.did_something = tried.did_something

    async def _rescue(self, record: Record, place: Place) -> None:
        """Do what `on_error` says of a step that was tried; how that comes out changes nothing in how it ended."""
        rescue = record.step.rescue
        if rescue is None or not record.attempts_made or record.status not in ("failed", "error"):
            return
        error = {"step": record.path, "status": record.status, "code": record.error_code}
        names = {"error": {**error, "message": record.error_message}}
        course = self._course
        made = await course.run_step(rescue, place.inside(record.path, scope=place.scope.with_names(names)))
        record.variables = {**record.variables, **made.variables}
        if made.status in ("failed", "error"):
            course.warnings.append(f"on_error of step {record.path} did not pass: {made.error_message}")


def _name(step: Step, place: Place) -> tuple[str, ExpressionError | None]:
    if step.name_template is None:
        return step.name, None
    try:
        return str(bounded(step.name_template.render(place.scope.outside()))), None
    except ExpressionError as error:
        return step.name, error


def _is_wanted(step: Step, record: Record, place: Place) -> bool:
    if step.disabled:
        record.ends("skipped", None, "disabled")
        return False
    if step.when is None:
        return True
    try:
        wanted = step.when.evaluate(place.scope.outside())
    except ExpressionError as error:
        record.ends("error", error.code, f"when: {error.message}")
        return False
    if not isinstance(wanted, bool):
        message = f"when: {step.when.text} is neither true nor false; compare it with something"
        record.ends("error", "TM403", message)
    elif not wanted:
        record.ends("skipped", None, f"when: {step.when.text} is false")
    return wanted is True
