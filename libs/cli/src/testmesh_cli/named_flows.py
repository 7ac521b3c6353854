"""Flow files by the names of their flows, for calls that name a flow and not its file."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from testmesh_cli.errors import CliError
from testmesh_cli.exit_codes import ExitCode
from testmesh_cli.reporting.paper import visible
from testmesh_cli.sources import FlowFile


class SeveralNamedError(CliError):
    """Several files have a flow of the name that is called: which one is meant, nobody can know."""

    code = "TM456"
    exit_code = ExitCode.ERROR

    def __init__(self, name: str, paths: Iterable[Path]) -> None:
        self.paths = sorted(paths)
        files = ", ".join(visible(str(path)) for path in self.paths)
        super().__init__(f'several files have a flow that is called "{name}": {files}; name the file that is meant')


class NamedFlows:
    """Finds flow files by the names of their flows, also those with faults; never one of several silently."""

    def __init__(self, files: Iterable[FlowFile] = ()) -> None:
        self._files: dict[str, dict[Path, FlowFile]] = {}
        for file in files:
            flow = file.flow if file.examined is None else file.examined.flow
            if flow is not None:
                # The same file may be run several times.
                self._files.setdefault(flow.name, {})[file.path] = file

    def __iter__(self) -> Iterator[FlowFile]:
        for files in self._files.values():
            yield from files.values()

    def get(self, name: str) -> FlowFile | None:
        """Return the file of the flow of a name; none where there is none here.

        Raises:
            SeveralNamedError: there are several.
        """
        files = self._files.get(name, {})
        if len(files) > 1:
            raise SeveralNamedError(name, files)
        return next(iter(files.values()), None)
