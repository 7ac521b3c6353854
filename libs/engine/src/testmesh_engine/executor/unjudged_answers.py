"""Answers that say of themselves that they are errors, and that no assertion looked at."""

from collections.abc import Callable, Mapping
from typing import Any

from testmesh_engine.executor.attempt import Tried
from testmesh_engine.expressions.statuses import phrase_of
from testmesh_engine.language.models import Step

_FIRST_ERROR = 400


def unjudged_answer(step: Step, tried: Tried) -> str | None:
    """Say which error a request was answered with, where its step passed for want of an assertion."""
    if tried.status != "passed" or tried.assertions or tried.result is None:
        return None
    say = _SAYS.get(step.action)
    answer = None if say is None else say(tried.result)
    return None if answer is None else f"the answer was {answer}, and no assertion judged it"


def _of_http(result: Mapping[str, Any]) -> str | None:
    status = result.get("status")
    if type(status) is not int or status < _FIRST_ERROR:
        return None
    return f"{status} {phrase_of(status)}".rstrip()


def _of_grpc(result: Mapping[str, Any]) -> str | None:
    """Tell a status that is none of OK; a stream that the step itself ended with `take` has none."""
    if result.get("status_code") == 0 or result.get("ended_by") == "take":
        return None
    said = f": {result['message']}" if result.get("message") else ""
    return f"{result.get('status')}{said}"


_SAYS: Mapping[str, Callable[[Mapping[str, Any]], str | None]] = {"http_request": _of_http, "grpc_call": _of_grpc}
