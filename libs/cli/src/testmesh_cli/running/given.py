"""What a flow is given: each variable, its value as it may be shown, and where that comes from."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from testmesh_cli.configuration.origins import Found, Origin
from testmesh_cli.configuration.showing import masked
from testmesh_cli.reporting.values import shown_value
from testmesh_cli.running.request import RunRequest
from testmesh_cli.sources import FlowFile
from testmesh_cli.variables import env_file_variables
from testmesh_engine.language.models import Flow

Layer = tuple[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class GivenVariable:
    """A variable; its value is None where each row has its own."""

    name: str
    value: str | None
    origin: str


def given_to(file: FlowFile, request: RunRequest, columns: Iterable[str]) -> list[GivenVariable]:
    """Return what a flow is given, by name; of a variable that several places give, the place that counts."""
    flow = file.checked
    hidden = {declared.name for declared in flow.inputs if declared.secret} | request.settings.hidden
    found: dict[str, GivenVariable] = {}
    for origin, values in _layers(file, request):
        for name, value in values.items():
            found[name] = GivenVariable(name, _shown(name, value, is_hidden=name in hidden), origin)
    found |= {name: GivenVariable(name, None, f"a column of {_rows_of(flow)}") for name in columns}
    return [found[name] for name in sorted(found)]


def _layers(file: FlowFile, request: RunRequest) -> Iterator[Layer]:
    """Yield what gives variables, each layer over those before it."""
    flow, given = file.checked, request.variables
    written = flow.definition.get("env")
    yield "the default of the input", {one.name: one.default for one in flow.inputs if one.has_default}
    yield "the flow's env", {name: written.get(name) for name in flow.env} if isinstance(written, dict) else {}
    yield f"its env_file {flow.env_file}", dict(env_file_variables(file))
    yield f"environment {request.settings.environment_of(flow)}", dict(request.settings.variables_for(flow))
    yield f"--var-file {request.var_file}", {name: given[name] for name in given if name not in request.var_names}
    yield "--var", {name: given[name] for name in request.var_names}


def _shown(name: str, value: Any, *, is_hidden: bool) -> str:
    key = f"environments.of.{name}"
    return shown_value(masked(Found(key, value, Origin("default", ""), secret=is_hidden)))


def _rows_of(flow: Flow) -> str:
    return "its data" if flow.data is None or flow.data.file is None else flow.data.file
