"""How the steps inside one came out, as an end of the step that holds them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from testmesh_contracts.message import StepStatus
from testmesh_engine.executor.recorder import Record
from testmesh_engine.executor.tally import Tally, what_became_of


@dataclass(slots=True)
class Ending:
    """What control flow came to; `result` is what the step's own assertions and outputs can read."""

    status: StepStatus = "passed"
    code: str | None = None
    message: str | None = None
    result: dict[str, Any] = field(default_factory=dict)
    variables: dict[str, Any] = field(default_factory=dict)
    """What was set inside and is visible outside."""
    names_inner: bool = False
    did_something: bool = True
    """Whether anything inside passed; where all of it was allowed to fail, nothing was tested."""
    is_mistake: bool = False
    """Whether the error is one of who wrote the flow, whatever the target answers."""


def of_tally(tally: Tally, result: dict[str, Any], *, shared: bool = True) -> Ending:
    """Return the end of a step from what its steps add up to; nothing carried out is skipped, never passed."""
    found = tally.gravest()
    ending = Ending(result=result, variables=tally.variables if shared else {}, did_something=tally.passed > 0)
    if found is not None:
        return _as_bad_as(found, ending)
    if not tally.carried_out:
        ending.status, ending.message = "skipped", "every step inside was skipped or disabled"
    return ending


def of_records(records: Iterable[Record], result: dict[str, Any]) -> Ending:
    """Return the end of a step whose branches are steps."""
    found = list(records)
    ending = Ending(result=result, did_something=any(record.did_something for record in found))
    for status in ("error", "failed"):
        bad = next((record for record in found if record.status == status), None)
        if bad is not None:
            return _as_bad_as(bad, ending)
    if all(record.status == "skipped" for record in found):
        ending.status, ending.message = "skipped", "every step inside was skipped or disabled"
    return ending


def _as_bad_as(record: Record, ending: Ending) -> Ending:
    ending.status, ending.code, ending.message = record.status, record.error_code, what_became_of(record)
    ending.names_inner, ending.is_mistake = True, record.is_mistake
    return ending
