"""One step: its condition, its tries, what it does where it did not pass, its record."""

import asyncio

from testmesh_engine.executor.course import Course
from testmesh_engine.executor.interruption import halt_if_cut_off
from testmesh_engine.executor.place import Place
from testmesh_engine.executor.recorder import Record
from testmesh_engine.executor.tries import try_step
from testmesh_engine.executor.weight import bounded
from testmesh_engine.expressions import ExpressionError
from testmesh_engine.language.models import Step

_WHY_ABSENT = {"skipped": "was skipped", "error": "could not be judged", "cancelled": "was cancelled"}
_LEFT_OUT = "was left out of this run"
_EXHAUSTED = "the run has recorded as many steps as one may; loop over less"


class StepRunner:
    """Carries out the steps of one run."""

    def __init__(self, course: Course) -> None:
        self._course = course
        self._loaded: set[str] = set()

    async def run(self, step: Step, place: Place) -> Record:
        """Carry out a step and tell how it ended; raises only when it is cancelled."""
        halt_if_cut_off()
        record = Record.of(step, place)
        left_out = self._course.options.left_out(place.flow, step)
        name, fault = _name(step, place)
        broken = self._load(step) if left_out is None else None
        self._course.recorder.begins(record, name)
        try:
            if left_out is not None:
                record.ends("skipped", None, left_out)
            elif fault is not None:
                record.ends("error", fault.code, f"name: {fault.message}")
            elif broken is not None:
                record.ends("error", "TM412", broken)
            elif self._course.is_exhausted:
                record.ends("error", "TM455", _EXHAUSTED)
            elif _is_wanted(step, record, place):
                await self._carry_out(step, record, place)
        except asyncio.CancelledError:
            why = place.stop.why
            record.ends(why.status, why.code, why.message)
            raise
        except Exception as error:
            record.ends("error", "TM419", f"the engine broke down in this step: {type(error).__name__}: {error}")
        finally:
            if record.status != "passed":
                why_absent = _WHY_ABSENT.get(record.status, record.status) if left_out is None else _LEFT_OUT
                place.scope.misses(step, why_absent, ran=record.attempts_made > 0)
            self._course.recorder.ends(record)
        return record

    def _load(self, step: Step) -> str | None:
        """Load the step's action before the step's clock starts; return why it cannot be loaded."""
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
        if tried.result is not None and not step.implied:
            scope.results[step.id] = {**tried.result, **tried.outputs}
        if tried.outputs:
            scope.sets(step, tried.outputs)
        record.variables = {**tried.inner, **tried.outputs} if tried.inner else tried.outputs
        await course.recorder.presents(record, tried.input, tried.result, tried.outputs)
        record.ends(tried.status, tried.code, tried.message)
        record.names_inner, record.is_mistake = tried.names_inner, tried.is_mistake
        record.did_something = tried.did_something
        if step.rescue is not None and tried.status in ("failed", "error"):
            await self._rescue(step.rescue, record, place)

    async def _rescue(self, rescue: Step, record: Record, place: Place) -> None:
        """Do what `on_error` says; how that comes out changes nothing in how the step ended."""
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
