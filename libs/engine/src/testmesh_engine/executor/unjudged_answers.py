"""Answers that say of themselves that they are errors, and that no assertion looked at."""

from testmesh_engine.executor.attempt import Tried
from testmesh_engine.expressions.statuses import phrase_of
from testmesh_engine.language.models import Step

_ASKS = "http_request"
_FIRST_ERROR = 400


def unjudged_answer(step: Step, tried: Tried) -> str | None:
    """Say which error a request was answered with, where its step passed for want of an assertion."""
    status = (tried.result or {}).get("status")
    if step.action != _ASKS or tried.status != "passed" or tried.assertions or type(status) is not int:
        return None
    if status < _FIRST_ERROR:
        return None
    answer = f"{status} {phrase_of(status)}".rstrip()
    return f"the answer was {answer}, and no assertion judged it"
