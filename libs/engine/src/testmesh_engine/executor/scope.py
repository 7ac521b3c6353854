"""The names that expressions of a run can read, nearest first."""

from collections import ChainMap
from collections.abc import Mapping
from typing import Any

from testmesh_engine.expressions import Generators
from testmesh_engine.language.models import Flow, Step

Layers = tuple[Mapping[str, Any], ...]


class Names(ChainMap[str, Any]):
    """The names that an expression can read; `absent` says of others why they are not there."""

    def __init__(self, absent: Layers, *maps: Mapping[str, Any]) -> None:
        super().__init__(*maps)  # type: ignore[arg-type]  # never written to
        self._reasons = absent

    @property
    def absent(self) -> Mapping[str, str]:
        return ChainMap(*self._reasons)  # type: ignore[arg-type]


class Scope:
    """Variables, results of earlier steps, and what is always there; grows while the run goes on.

    What steps set goes to the nearest layer: a branch has one of its own, a group writes to that of its parent.
    """

    def __init__(self, names: Layers, variables: Layers, results: Layers, always: Layers, absent: Layers) -> None:
        self._set_by: dict[str, Step] = {}
        """Which step gave a variable of the nearest layer its value."""
        self.variables: dict[str, Any] = variables[0]  # type: ignore[assignment]
        self.results: dict[str, Any] = results[0]  # type: ignore[assignment]
        self.absent: dict[str, str] = absent[0]  # type: ignore[assignment]
        self._names = names
        self._variables = variables
        self._results = results
        self._always = always
        self._absent = absent
        self._near = names + variables
        self._all = names + variables + results + always

    @classmethod
    def of_flow(
        cls, flow: Flow, variables: Mapping[str, Any], always: Mapping[str, Any], chance: Generators
    ) -> "Scope":
        """Return the scope that a flow begins with."""
        own = {**always, "flow": {"name": flow.name}}
        return cls((), (dict(variables),), ({},), (own, chance), ({},))

    def again(self, names: Mapping[str, Any] | None = None) -> "Scope":
        """Return a scope that shares the variables and begins without results.

        What an earlier pass or attempt left of a step must not stand for a step that this one skips.
        """
        fresh: Layers = () if names is None else (names,)
        results, absent = ({}, *self._results), ({}, *self._absent)
        return self._sharing(Scope(fresh + self._names, self._variables, results, self._always, absent))

    def with_names(self, names: Mapping[str, Any]) -> "Scope":
        """Return this scope with names before all others, such as a loop's `item`."""
        return self._sharing(Scope((names, *self._names), self._variables, self._results, self._always, self._absent))

    def _sharing(self, other: "Scope") -> "Scope":
        other._set_by = self._set_by
        return other

    def apart(self, names: Mapping[str, Any] | None = None) -> "Scope":
        """Return a scope that reads this one and keeps what is set in it to itself."""
        fresh: Layers = () if names is None else (names,)
        variables, results = ({}, *self._variables), ({}, *self._results)
        return Scope(fresh + self._names, variables, results, self._always, ({}, *self._absent))

    def sets(self, step: Step, values: Mapping[str, Any]) -> None:
        """Give variables the values that a step set."""
        self.variables.update(values)
        self._set_by.update(dict.fromkeys(values, step))

    def assigns(self, name: str, value: Any) -> None:
        """Give a variable a value that no step gave it, and that none takes away."""
        self.variables[name] = value
        self._set_by.pop(name, None)

    def known_results(self) -> list[str]:
        """Return the ids of the steps that left a result, those of the nearest layer first."""
        return list(dict.fromkeys(step_id for layer in self._results for step_id in layer))

    def misses(self, step: Step, why: str, *, ran: bool = False) -> None:
        """Say of a step's result, and of what it sets, why they are not there, should they not be there.

        A value that the step itself set in an earlier pass goes; one that another step or the flow set stays, and so
        does a sum that a step which did not run would only have added to.
        """
        self.absent[step.id] = f"the step `{step.id}` has no result to read: it {why}"
        stale = [name for name, by in self._set_by.items() if by is step and (ran or name not in step.config.names)]
        for name in stale:
            del self._set_by[name], self.variables[name]
        for name in {output.name for output in step.outputs}.union(stale):
            self.absent[name] = f"nothing set `{name}`: the step `{step.id}`, which sets it, {why}"
        if not ran:
            for inner in step.inner():
                self.misses(inner, why)

    def take_over(self, inner: "Scope") -> None:
        """Take what the steps of a scope inside this one left."""
        self.results.update(inner.results)
        self.absent.update(inner.absent)

    def readable(self) -> Mapping[str, Any]:
        """Return the variables as an action may read them."""
        if len(self._near) == 1:
            return self.variables
        return ChainMap(*self._near)  # type: ignore[arg-type]

    def outside(self) -> Mapping[str, Any]:
        """Return the names that a step's config, name and condition can read."""
        return Names(self._absent, *self._all)

    def inside(self, step_id: str, result: dict[str, Any], fresh: dict[str, Any]) -> Mapping[str, Any]:
        """Return the names that a step's own assertions and outputs can read; `fresh` are variables that it sets."""
        own = {step_id: {**result, **fresh}}
        return Names(self._absent, result, fresh, *self._near, own, *self._results, *self._always)
