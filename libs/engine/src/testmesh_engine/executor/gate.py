"""The one place at which a person may hold a run: before and after each step. `testmesh debug` alone has a gate."""

from typing import TYPE_CHECKING, Literal, Protocol

from testmesh_contracts.events import StepFinished
from testmesh_engine.language.controls import Steps
from testmesh_engine.language.models import Step

if TYPE_CHECKING:
    from testmesh_engine.executor.place import Place
    from testmesh_engine.executor.standpoint import Standpoint

Skip = Literal["skip"]


class Gate(Protocol):
    """Holds steps for as long as it likes; clocks go on meanwhile, unless its event loop stands still.

    Steps side by side come to it side by side. What it has a run do otherwise than the flow says is told in the
    outcome: a step that it skips is recorded as skipped, one that it has tried again keeps every attempt.
    """

    async def before(self, here: "Standpoint") -> Step | Skip:
        """Return the step to carry out, most often the one that is due."""

    async def after(self, here: "Standpoint", ended: StepFinished) -> Step | Skip | None:
        """Return None to let the step end as it is told, or what to try in its place; a skip takes its end back."""

    def as_now(self, steps: Steps, place: "Place") -> Steps:
        """Return the steps that stand where these did; those that were carried out must not have changed."""
