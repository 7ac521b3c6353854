"""What can be seen, and set, from where a run is held: at one step, before or after it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from testmesh_engine.executor.course import Course
from testmesh_engine.executor.place import Place
from testmesh_engine.executor.presentation import clean
from testmesh_engine.executor.weight import bounded
from testmesh_engine.expressions import Expression, ExpressionError
from testmesh_engine.language.models import Step


@dataclass(frozen=True, slots=True)
class Standpoint:
    """One step of a run that is held. All that is shown of the run is masked as its records are."""

    step: Step
    place: Place
    has_run: bool
    """Whether the step is behind; its own result can be read then, as its assertions read it."""
    _course: Course

    @property
    def path(self) -> str:
        return self.place.path_of(self.step.id)

    def value(self, expression: Expression) -> Any:
        """Return what an expression comes to here; raises an ExpressionError where that is nothing."""
        return self.masked(self._evaluated(expression))

    def masked(self, value: Any) -> Any:
        """Return a value, or the words of an error, as they may be shown."""
        return clean(value, self._course.recorder.mask)

    def variables(self) -> dict[str, Any]:
        return {name: self.masked(value) for name, value in sorted(self.place.scope.readable().items())}

    def results(self) -> list[str]:
        """Return the ids of the steps whose results can be read."""
        return self.place.scope.known_results()

    def sets(self, name: str, expression: Expression) -> Any:
        """Give a variable the value of an expression, and return it; the run's outcome tells that it was done."""
        value = bounded(self._evaluated(expression))
        self.place.scope.assigns(name, value)
        self._course.by_hand.append(f"the variable {name} was set by hand at step {self.path}")
        return self.masked(value)

    def reloaded(self) -> None:
        """Have the run's outcome tell that its steps were exchanged here."""
        self._course.by_hand.append(f"the flow was read anew at step {self.path}")

    def held_while_others_ran(self) -> None:
        """Have the run's outcome tell that time stood still here while other steps were under way."""
        self._course.by_hand.append(f"the run was held at step {self.path} while steps beside it were under way")

    def _evaluated(self, expression: Expression) -> Any:
        try:
            with self._course.generators.unmoved():
                return expression.evaluate(self._names())
        except ExpressionError as error:
            error.message = self.masked(error.message)
            raise

    def _names(self) -> Mapping[str, Any]:
        scope = self.place.scope
        if not self.has_run:
            return scope.outside()
        return scope.inside(self.step.id, scope.results.get(self.step.id, {}), {})
