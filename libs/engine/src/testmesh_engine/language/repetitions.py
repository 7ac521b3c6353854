"""How a step is repeated, from its nodes."""

from typing import get_args

from testmesh_engine.language.compiling import Compiler
from testmesh_engine.language.diagnostics import did_you_mean
from testmesh_engine.language.fields import Fields, read_duration
from testmesh_engine.language.limits import MAX_ATTEMPTS
from testmesh_engine.language.models import Eventually, Reason, Retry

EVERY_S = 0.5
LONGEST_PAUSE_S = 60.0
_EVENTUALLY = ("within", "every", "fail_fast")
_REASONS: tuple[str, ...] = get_args(Reason)


def read_retry(fields: Fields) -> Retry | None:
    node = fields.node("retry")
    if node is None:
        return None
    known = ("max_attempts", "delay", "backoff", "max_delay", "on")
    inner = Fields(node, fields.pointer_of("retry"), fields.faults, what='"retry"', known=known)
    reasons = inner.texts("on")
    for reason in reasons:
        if reason not in _REASONS:
            inner.wrong("on", f'"on" cannot hold "{reason}"', did_you_mean(reason, _REASONS), "TM204")
    if inner.has("on") and not reasons:
        inner.wrong("on", '"on" names no reason to retry', f"it knows {', '.join(_REASONS)}", "TM204")
    delay = inner.duration("delay", least=0)
    longest = inner.duration("max_delay")
    return Retry(
        max_attempts=inner.integer("max_attempts", default=1, least=1, most=MAX_ATTEMPTS, required=True),
        delay=0.0 if delay is None else delay,
        backoff=inner.choice("backoff", ("fixed", "exponential"), "fixed"),
        max_delay=max(LONGEST_PAUSE_S, delay or 0.0) if longest is None else longest,
        on=frozenset(reasons or _REASONS),
    )


def read_eventually(fields: Fields, compiler: Compiler) -> Eventually | None:
    node = fields.node("eventually")
    if node is None:
        return None
    pointer = fields.pointer_of("eventually")
    if not isinstance(node.value, dict):
        within = read_duration(node, pointer, fields.faults)
        return None if within is None else Eventually(within, min(EVERY_S, within))
    inner = Fields(node, pointer, fields.faults, what='"eventually"', known=_EVENTUALLY)
    inner.node("within", required=True)
    within = inner.duration("within") or 1.0
    hopeless = inner.node("fail_fast")
    fail_fast = None if hopeless is None else compiler.choice(hopeless, inner.pointer_of("fail_fast"))
    return Eventually(within, inner.duration("every") or min(EVERY_S, within), fail_fast)


def check_repetition(fields: Fields, asserts: bool) -> None:
    """Refuse repetitions that contradict each other, or that nothing could end."""
    if fields.has("retry") and fields.has("eventually"):
        message = '"retry" and "eventually" cannot both repeat a step'
        hint = "eventually repeats until the assertions hold, retry a number of times"
        fields.wrong("eventually", message, hint, "TM303")
    if fields.has("eventually") and not asserts:
        message = '"eventually" repeats a step until its assertions hold, and this step has none'
        fields.wrong("eventually", message, 'add "assert"', "TM303")
