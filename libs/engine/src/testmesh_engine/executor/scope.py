"""The names that expressions of a run can read, nearest first."""

from collections import ChainMap
from collections.abc import Mapping
from typing import Any

from testmesh_engine.executor.options import RunOptions
from testmesh_engine.expressions import Generators
from testmesh_engine.language.models import Flow


class Scope:
    """Variables, results of earlier steps, and what is always there; grows while the run goes on."""

    def __init__(self, flow: Flow, options: RunOptions) -> None:
        self.variables: dict[str, Any] = dict(options.variables)
        self.results: dict[str, dict[str, Any]] = {}
        self._always: dict[str, Any] = {
            "flow": {"name": flow.name},
            "execution": {"id": options.execution_id},
            "secrets": dict(options.secrets),
            "env": dict(options.process_env),
        }
        self._generators = Generators(options.seed, options.clock)

    def outside(self) -> Mapping[str, Any]:
        """Return the names that a step's config, name and condition can read."""
        return ChainMap(self.variables, self.results, self._always, self._generators)  # type: ignore[arg-type]

    def inside(self, step_id: str, result: dict[str, Any], fresh: dict[str, Any]) -> Mapping[str, Any]:
        """Return the names that a step's own assertions and outputs can read; `fresh` are variables that it sets."""
        own = {step_id: {**result, **fresh}}
        return ChainMap(result, fresh, self.variables, own, self.results, self._always, self._generators)  # type: ignore[arg-type]
