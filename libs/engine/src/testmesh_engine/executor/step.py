"""One step: its condition, its tries, its record."""

import asyncio
import time

from testmesh_contracts.events import Attempt
from testmesh_engine.executor.attempt import Tried, attempt
from testmesh_engine.executor.interruption import Interruption, is_cut_off
from testmesh_engine.executor.options import RunOptions
from testmesh_engine.executor.recorder import Record, Recorder
from testmesh_engine.executor.repetition import Repetition
from testmesh_engine.executor.scope import Scope
from testmesh_engine.expressions import ExpressionError
from testmesh_engine.language.models import Flow, Step
from testmesh_sdk import ActionContext, Attachment, Level

ATTEMPTS_KEPT = 100
"""Of a step that was tried more often, the first and the last tries are recorded, and how many there were."""
STOPPED = Interruption("cancelled", "TM414", "the run was stopped")


class StepRunner:
    """Carries out the steps of one run, one at a time."""

    def __init__(self, flow: Flow, options: RunOptions, scope: Scope, recorder: Recorder) -> None:
        self.interruption: Interruption | None = None
        """Why the running step is being cancelled; set before it is."""
        self.assertions_judged = 0
        self._flow = flow
        self._options = options
        self._scope = scope
        self._recorder = recorder
        self._loaded: set[str] = set()

    async def run(self, step: Step) -> Record:
        """Carry out a step and tell how it ended; raises only when it is cancelled."""
        record = Record(step)
        name, fault = self._name(step)
        broken = self._load(step)
        self._recorder.begins(record, name)
        try:
            if fault is not None:
                record.ends("error", fault.code, f"name: {fault.message}")
            elif broken is not None:
                record.ends("error", "TM412", broken)
            elif self._is_wanted(step, record):
                await self._carry_out(step, record)
        except asyncio.CancelledError:
            why = self.interruption or STOPPED
            record.ends(why.status, why.code, why.message)
            raise
        except Exception as error:
            record.ends("error", "TM419", f"the engine broke down in this step: {type(error).__name__}: {error}")
        finally:
            self._recorder.ends(record)
        return record

    def _load(self, step: Step) -> str | None:
        """Load the step's action before the step's clock starts; return why it cannot be loaded."""
        if step.disabled or step.action in self._loaded:
            return None
        try:
            self._options.registry.get(step.action).load()
        except Exception as error:
            return f"the action {step.action} cannot be loaded: {type(error).__name__}: {error}"
        self._loaded.add(step.action)
        return None

    def _name(self, step: Step) -> tuple[str, ExpressionError | None]:
        if step.name_template is None:
            return step.name, None
        try:
            return str(step.name_template.render(self._scope.outside())), None
        except ExpressionError as error:
            return step.name, error

    def _is_wanted(self, step: Step, record: Record) -> bool:
        if step.disabled:
            record.ends("skipped", None, "disabled")
            return False
        if step.when is None:
            return True
        try:
            wanted = step.when.evaluate(self._scope.outside())
        except ExpressionError as error:
            record.ends("error", error.code, f"when: {error.message}")
            return False
        if not isinstance(wanted, bool):
            message = f"when: {step.when.text} is neither true nor false; compare it with something"
            record.ends("error", "TM403", message)
        elif not wanted:
            record.ends("skipped", None, f"when: {step.when.text} is false")
        return wanted is True

    async def _carry_out(self, step: Step, record: Record) -> None:
        tried = await self._tries(step, record)
        self.assertions_judged += len(tried.assertions)
        record.assertions = tried.assertions
        if tried.result is not None:
            self._scope.results[step.id] = {**tried.result, **tried.outputs}
        self._scope.variables.update(tried.outputs)
        await self._recorder.presents(record, tried.input, tried.result, tried.outputs)
        record.ends(tried.status, tried.code, tried.message)

    async def _tries(self, step: Step, record: Record) -> Tried:
        repetition = Repetition(step)
        action = self._options.registry.get(step.action)
        before: Tried | None = None
        while True:
            record.attempts_made += 1
            context = self._context(step, record.attempts_made)
            started_at, clock = self._options.clock(), time.perf_counter()
            tried = await attempt(step, action, self._scope, context, repetition.time_left())
            self._recorder.mask.add(tried.secrets)
            message = tried.message and self._recorder.cleaned(tried.message)
            _keep(
                record.attempts,
                Attempt(
                    number=record.attempts_made,
                    status=tried.status,
                    started_at=started_at,
                    duration_ms=round((time.perf_counter() - clock) * 1000, 3),
                    error_code=tried.code,
                    error_message=message,
                ),
            )
            if before is not None and repetition.ended_by_time(tried):
                return before
            pause = repetition.pause(record.attempts_made, tried)
            if pause is None:
                return tried
            before = tried
            if is_cut_off():
                raise asyncio.CancelledError
            await asyncio.sleep(pause)

    def _context(self, step: Step, number: int) -> ActionContext:
        path, recorder = step.id, self._recorder

        def log(level: Level, message: str) -> None:
            recorder.logs(path, level, message)

        async def attach(name: str, data: bytes, content_type: str) -> Attachment:
            return await recorder.keeps(path, name, recorder.mask.data(data), content_type)

        return ActionContext(
            execution_id=self._options.execution_id,
            flow_name=self._flow.name,
            step_id=step.id,
            path=path,
            attempt=number,
            deadline=None,
            variables=self._scope.variables,
            resources=self._options.resources,
            log=log,
            attach=attach,
        )


def _keep(attempts: list[Attempt], made: Attempt) -> None:
    if len(attempts) >= ATTEMPTS_KEPT:
        del attempts[ATTEMPTS_KEPT // 2]
    attempts.append(made)
