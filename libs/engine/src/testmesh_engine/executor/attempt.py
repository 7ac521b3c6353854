"""One try of a step: config rendered, action run within its time, assertions judged, outputs taken."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from pydantic import ValidationError

from testmesh_contracts.events import AssertionOutcome
from testmesh_contracts.message import StepStatus
from testmesh_engine.egress.errors import EgressRefusedError
from testmesh_engine.egress.passage import guarded
from testmesh_engine.executor.judging import judge
from testmesh_engine.executor.scope import Scope
from testmesh_engine.executor.weight import bounded
from testmesh_engine.expressions import Expression, ExpressionError
from testmesh_engine.language.config_words import config_faults
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
NOTHING_SET: dict[str, Any] = {}
MOST_FAULTS = 10
MISTAKES = frozenset(
    ("TM401", "TM404", "TM413", "TM416", "TM440", "TM455", "TM500", "TM502", "TM513", "TM514", "TM519")
)
"""Errors of who wrote the flow or its environment, whatever the target answers: `allow_failure` covers none."""


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
    inner: dict[str, Any] = field(default_factory=dict)
    """What the steps inside this one set."""
    did_something: bool = True
    """Whether anything inside passed; where all of it was allowed to fail, nothing was tested."""
    is_mistake: bool = False
    """Whether the error is one of who wrote the flow, whatever the target answers."""
    names_inner: bool = False
    """Whether the message already names the step, inside this one, that is the cause."""

    def ends(self, status: StepStatus, reason: Reason, code: str, message: str) -> "Tried":
        self.status, self.reason, self.code, self.message = status, reason, code, message
        self.is_mistake = status == "error" and (reason in ("final", "assertion") or code in MISTAKES)
        return self


async def attempt(
    step: Step,
    action: Action[Any, Any],
    scope: Scope,
    context: ActionContext,
    most: float | None,
    stopwatch: Callable[[], float],
) -> Tried:
    """Try a step once; `most` bounds its time beyond what the step says. Never raises but when cancelled."""
    tried = Tried()
    try:
        values = cast("dict[str, Any]", bounded(step.config.render(scope.outside())))
        tried.input = action.shown(values)
        settings = step.settings or action.config.model_validate(values)
    except ExpressionError as error:
        return tried.ends("error", "final", error.code, at_pointer(error, "config"))
    except ValidationError as error:
        return tried.ends("error", "final", "TM413", _invalid(action, values, error))
    limit = _limit(step, action, settings, most)
    knob = "`within`" if most is not None and limit == most else "the step's timeout"
    with guarded(context.egress) as passage:
        result = await _run(action, settings, context, limit, tried, knob, stopwatch)
    if result is None:
        return tried if passage.refusal is None else _refused(tried, passage.refusal, context.activity)
    tried.result = result
    conclude(step, scope, result, tried, context.variables_set)
    return tried


def _refused(tried: Tried, refusal: EgressRefusedError, activity: str) -> Tried:
    """Say what the policy refused; what the action made of it stands behind that, where it is something else."""
    during = f"{activity}: " if activity else ""
    then = "" if tried.message is None or refusal.message in tried.message else f" (the action said: {tried.message})"
    return tried.ends("error", "final", refusal.code, f"{during}{refusal.message}{then}")


async def _run(
    action: Action[Any, Any],
    settings: ActionConfig,
    context: ActionContext,
    limit: float | None,
    tried: Tried,
    knob: str,
    stopwatch: Callable[[], float],
) -> dict[str, Any] | None:
    started = stopwatch()
    if limit is not None:
        context.deadline = asyncio.get_running_loop().time() + limit
    try:
        async with asyncio.timeout_at(context.deadline) as clock:
            result = await action.run(settings, context)
        result.duration_ms = round((stopwatch() - started) * 1000, 3)
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
            tried.ends("error", "timeout", "TM410", timed_out(limit or 0.0, context.activity, knob))
        else:
            tried.ends("error", "error", "TM412", _unexpected(action, error))
    else:
        if not clock.expired():
            return readable
        tried.ends("error", "timeout", "TM410", timed_out(limit or 0.0, context.activity, knob))
    return None


def conclude(
    step: Step, scope: Scope, result: dict[str, Any], tried: Tried, variables_set: dict[str, Any] = NOTHING_SET
) -> None:
    """Take the outputs, then judge: an assertion that reads one of them must not see an older value of that name."""
    outputs = dict(variables_set)
    fault: tuple[str, str] | None = None
    inside = scope.inside(step.id, result, dict(variables_set)) if step.outputs else {}
    for output in step.outputs:
        try:
            outputs[output.name] = found = bounded(output.selector.select(result, inside))
        except ExpressionError as error:
            fault = fault or (error.code, at_pointer(error, f"output {output.name}"))
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
    if tried.status != "passed" and step.eventually is not None and step.eventually.fail_fast is not None:
        _give_up(step.eventually.fail_fast, scope.inside(step.id, result, outputs), tried)


def _give_up(hopeless: Expression, inside: Mapping[str, Any], tried: Tried) -> None:
    """End all tries where `fail_fast` says that waiting is in vain, or cannot say anything."""
    try:
        found = hopeless.evaluate(inside)
    except ExpressionError as error:
        tried.ends("error", "final", error.code, f"fail_fast: {error.message}")
        return
    if not isinstance(found, bool):
        message = f"fail_fast: {hopeless.text} is neither true nor false; compare it with something"
        tried.ends("error", "final", "TM403", message)
    elif found:
        tried.ends("failed", "final", "TM422", f"fail_fast: {hopeless.text} is true; {tried.message}")


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


def at_pointer(error: ExpressionError, where: str) -> str:
    return f"{where}{error.pointer.replace('/', '.')}: {error.message}"


def _invalid(action: Action[Any, Any], values: dict[str, Any], error: ValidationError) -> str:
    found = config_faults(action.config, _with_texts_of(action.shown(values), values), error)[:MOST_FAULTS]
    said = "; ".join(f"{fault.message}: {fault.hint}" if fault.hint else fault.message for fault in found)
    return f"the config of {action.name}, with its references filled in, is not valid: {said}"


def _with_texts_of(shown: Any, value: Any) -> Any:
    """Take texts, which faults quote, as records may show them; else the value, whose kind faults tell."""
    if isinstance(value, dict) and isinstance(shown, dict):
        return {key: _with_texts_of(shown.get(key), item) for key, item in value.items()}
    return shown if isinstance(value, str) else value


def timed_out(limit: float, activity: str, knob: str) -> str:
    doing = f" while {activity}" if activity else ""
    return f"no result after {format_duration(limit)}{doing}; raise {knob} or look at the target"


def _unexpected(action: Action[Any, Any], error: BaseException) -> str:
    return f"the action {action.name} broke down: {type(error).__name__}: {error}"
