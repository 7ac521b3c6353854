"""What is sent to a server to have a flow run there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from testmesh_cli.configuration.applied import RunSettings
from testmesh_cli.errors import UsageError
from testmesh_cli.mentioned import along
from testmesh_cli.named_flows import NamedFlows
from testmesh_cli.sources import FlowFile
from testmesh_cli.variables import env_file_variables
from testmesh_engine.language.inputs import fits
from testmesh_engine.language.models import Input
from testmesh_engine.language.scalars import NumberTooLongError, read_plain


@dataclass(frozen=True, slots=True)
class Order:
    """What the command line gives to every flow, and the request that it makes of one."""

    variables: Mapping[str, Any]
    settings: RunSettings
    trigger: str
    named: NamedFlows = field(default_factory=NamedFlows)
    """The flows that are run together, by name."""

    def of(self, file: FlowFile) -> dict[str, Any]:
        given = {**env_file_variables(file), **self.settings.variables_for(file.checked), **self.variables}
        declared = {found.name: found for found in file.checked.inputs}
        inputs = {name: _typed(declared[name], value) for name, value in given.items() if name in declared}
        return {
            "source": file.source.decode("utf-8-sig"),
            "environment": self.settings.environment_of(file.checked),
            "variables": {name: value for name, value in given.items() if name not in declared},
            "inputs": inputs,
            "trigger_type": self.trigger,
            **along(file, self.named),
        }


def _typed(declared: Input, value: Any) -> Any:
    """Read a command line's text as what the input is, as the engine does in a local run."""
    if not isinstance(value, str) or declared.type not in {"number", "integer", "boolean"}:
        return value
    try:
        found = read_plain(value)
    except NumberTooLongError as error:
        raise UsageError(f"the input {declared.name}: its number has too many digits") from error
    return found if fits(found, declared.type) else value
