"""One try of a step: config rendered, action run within its time, assertions judged, outputs taken."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from pydantic import ValidationError

from testmesh_contracts.events import AssertionOutcome
from testmesh_contracts.message import StepStatus
from testmesh_engine.executor.judging import judge
from testmesh_engine.executor.scope import Scope
from testmesh_engine.expressions import ExpressionError
from testmesh_engine.language.models import Step
from testmesh_sdk import (
    Action,
    ActionConfig,
    ActionContext,
    ActionError,
    ActionFailure,
    ActionTimeoutError,
    format_duration,
)

Reason = Literal["error", "assertion", "timeout", "final"]


@dataclass(slots=True)
class Tried:
    """How one try came out. `reason` says what a retry would answer to; `final` that none would help."""

    status: StepStatus = "passed"
    reason: Reason | None = None
    code: str | None = None
    message: str | None = None
    input: Any = None
    result: dict[str, Any] | None = None
    assertions: list[AssertionOutcome] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)
    secrets: list[Any] = field(default_factory=list)
    """What secret outputs found, also where the step did not pass and sets nothing."""

    def ends(self, status: StepStatus, reason: Reason, code: str, message: str) -> "Tried":
        self.status, self.reason, self.code, self.message = status, reason, code, message
        return self


async def attempt(
    step: Step, action: Action[Any, Any], scope: Scope, context: ActionContext, most: float | None
) -> Tried:
    """Try a step once; `most` bounds its time beyond what the step says. Never raises but when cancelled."""
    tried = Tried()
    try:
        values = cast("dict[str, Any]", step.config.render(scope.outside()))
        tried.input = action.shown(values)
        settings = step.settings or action.config.model_validate(values)
    except ExpressionError as error:
        return tried.ends("error", "final", error.code, _at(error, "config"))
    except ValidationError as error:
        return tried.ends("error", "final", "TM413", _invalid(action, error))
    limit = _limit(step, action, settings, most)
    knob = "`within`" if most is not None and limit == most else "the step's timeout"
    result = await _run(action, settings, context, limit, tried, knob)
    if result is None:
        return tried
    tried.result = result
    _conclude(step, scope, result, context, tried)
    return tried


async def _run(
    action: Action[Any, Any],
    settings: ActionConfig,
    context: ActionContext,
    limit: float | None,
    tried: Tried,
    knob: str,
) -> dict[str, Any] | None:
    started = time.perf_counter()
    if limit is not None:
        context.deadline = asyncio.get_running_loop().time() + limit
    try:
        async with asyncio.timeout_at(context.deadline) as clock:
            result = await action.run(settings, context)
        result.duration_ms = round((time.perf_counter() - started) * 1000, 3)
        readable: dict[str, Any] = result.readable()
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        tried.ends("error", "error", "TM412", _unexpected(action, error))
    except ActionTimeoutError as error:
        tried.ends("error", "timeout", error.code, error.message)
    except ActionError as error:
        tried.ends("error", "error", error.code, error.message)
    except ActionFailure as error:
        tried.ends("failed", "assertion", error.code, error.message)
    except Exception as error:
        if isinstance(error, TimeoutError) and clock.expired():
            tried.ends("error", "timeout", "TM410", _timed_out(limit or 0.0, context.activity, knob))
        else:
            tried.ends("error", "error", "TM412", _unexpected(action, error))
    else:
        if not clock.expired():
            return readable
        tried.ends("error", "timeout", "TM410", _timed_out(limit or 0.0, context.activity, knob))
    return None


def _conclude(step: Step, scope: Scope, result: dict[str, Any], context: ActionContext, tried: Tried) -> None:
    """Take the outputs, then judge: an assertion that reads one of them must not see an older value of that name."""
    inside = scope.inside(step.id, result, dict(context.variables_set))
    outputs = dict(context.variables_set)
    fault: tuple[str, str] | None = None
    for output in step.outputs:
        try:
            outputs[output.name] = found = output.selector.select(result, inside)
        except ExpressionError as error:
            fault = fault or (error.code, _at(error, f"output {output.name}"))
            continue
        if output.secret:
            tried.secrets.append(found)
    tried.assertions, verdict = judge(step.assertions, scope.inside(step.id, result, outputs))
    if verdict is not None and (verdict.status == "failed" or fault is None):
        tried.ends(verdict.status, "assertion", verdict.code, verdict.message)
    elif fault is not None:
        tried.ends("error", "error", *fault)
    else:
        tried.outputs = outputs


def _limit(step: Step, action: Action[Any, Any], settings: ActionConfig, most: float | None) -> float | None:
    limit = step.timeout
    if limit is None:
        limit = action.timeout
        own = getattr(settings, "timeout", None)
        if limit is not None and isinstance(own, float) and own >= limit:
            limit = own + 1.0
    if most is not None:
        limit = most if limit is None else min(limit, most)
    return limit


def _at(error: ExpressionError, where: str) -> str:
    return f"{where}{error.pointer.replace('/', '.')}: {error.message}"


def _invalid(action: Action[Any, Any], error: ValidationError) -> str:
    found = [
        f"{'.'.join(str(part) for part in fault['loc']) or 'config'}: {fault['msg']}"
        for fault in error.errors(include_url=False, include_input=False, include_context=False)[:10]
    ]
    return f"the config of {action.name}, with its references filled in, is not valid: {'; '.join(found)}"


def _timed_out(limit: float, activity: str, knob: str) -> str:
    doing = f" while {activity}" if activity else ""
    return f"no result after {format_duration(limit)}{doing}; raise {knob} or look at the target"


def _unexpected(action: Action[Any, Any], error: BaseException) -> str:
    return f"the action {action.name} broke down: {type(error).__name__}: {error}"
