"""What one `testmesh run` is asked for, its options and settings understood."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from testmesh_cli.configuration.applied import RunSettings
from testmesh_cli.running.again import command_again
from testmesh_cli.selection.choice import Choice
from testmesh_cli.selection.turns import seed_of
from testmesh_cli.sources import FlowFile
from testmesh_cli.state.record import Record
from testmesh_cli.variables import env_file_variables

if TYPE_CHECKING:
    from testmesh_cli.remote.address import Address
    from testmesh_cli.reporting.destinations import Destination
    from testmesh_cli.running.order import Order
    from testmesh_engine.reporters.junit import Granularity


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What the command line asks for; `server` is None where flows run in this process."""

    variables: Mapping[str, Any]
    var_names: Sequence[str]
    """Names that were given by `--var`."""
    var_file: Path | None
    seed: int
    jobs: int
    fail_fast: bool
    output: str | None
    quiet: bool = False
    """Whether people are told of what did not pass alone; of local runs they are with `output`, too."""
    server: "Address | None" = None
    upload: "Address | None" = None
    """The server that gets the results of flows that run in this process."""
    unsent: Path = Path(".testmesh", "unsent")
    """Where results wait that it cannot take."""
    url: str | None = None
    logs: bool = False
    """Whether a server's run is told with its log lines."""
    settings: RunSettings = field(default_factory=RunSettings)
    together: Sequence[FlowFile] = ()
    """All flows that were found, where not all are run: one that is not can still be called by its name."""
    choice: Choice = field(default_factory=Choice)
    record: Record | None = None
    """Where it is remembered how flows ended."""
    timeout: float | None = None
    """What all flows together may take, teardowns not counted."""
    artifacts: Path | None = None
    reports: "Sequence[Destination]" = ()
    """The reports that are written at the end."""
    granularity: "Granularity" = "flow"

    def found(self, files: Sequence[FlowFile]) -> Sequence[FlowFile]:
        return self.together or files

    def given_to(self, file: FlowFile) -> dict[str, Any]:
        """Return the variables that a flow, run in this process, is given.

        Raises:
            NotRunnableError: its `env_file` cannot be read.
        """
        return {**env_file_variables(file), **self.settings.variables_for(file.checked), **self.variables}

    def order(self, files: Sequence[FlowFile]) -> "Order":
        from testmesh_cli.named_flows import NamedFlows
        from testmesh_cli.running.order import Order
        from testmesh_cli.uploading.origin import trigger_of

        return Order(self.variables, self.settings, trigger_of(os.environ), NamedFlows(self.found(files)))

    def seed_of(self, file: FlowFile) -> int | None:
        """Return the seed that a flow is run with; None where a server chooses it."""
        return None if self.server is not None else seed_of(file, self.seed)

    def again(self, file: FlowFile) -> str:
        """Return the command that runs a flow again."""
        return command_again(
            file,
            called=self._called(file),
            given={name: self.variables[name] for name in self.var_names},
            var_file=self.var_file,
            seed=None if self.server is not None else self.seed,
            environment=self.settings.named,
            url=self.url,
            remote=self.server is not None,
            choice=self.choice,
        )

    def _called(self, file: FlowFile) -> Sequence[FlowFile]:
        if not file.checked.calls:
            return ()
        # What a flow that calls none does without.
        from testmesh_cli.mentioned import called_by_name
        from testmesh_cli.named_flows import NamedFlows

        return called_by_name(file, NamedFlows(self.found([file])))
