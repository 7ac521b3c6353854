"""Flow files that a command is about to use: all are checked before any is used."""

from collections.abc import Sequence
from pathlib import Path

from testmesh_cli.errors import CliError
from testmesh_cli.exit_codes import ExitCode
from testmesh_cli.reporting.documents import write_json
from testmesh_cli.reporting.faults import fault_lines, faults_as_json
from testmesh_cli.reporting.paper import standard_error
from testmesh_cli.sources import FlowFile, read_flows


class FlowsInvalidError(CliError):
    """Some of the files are no flows; none of the others was used."""

    code = "flow_invalid"
    exit_code = ExitCode.INVALID

    def __init__(self, bad: int, total: int) -> None:
        super().__init__(f"{bad} of {total} flow file{'s' * (total != 1)} not valid; nothing was done with any")


def checked_flows(paths: Sequence[Path], output: str | None = None) -> list[FlowFile]:
    """Return the flows of the paths.

    Raises:
        NothingSelectedError: there is none.
        FlowsInvalidError: some are not valid; every fault has been told.
    """
    files = read_flows(paths)
    refuse_invalid(files, output)
    return files


def refuse_invalid(files: Sequence[FlowFile], output: str | None) -> None:
    """Tell every fault of the files that are not valid.

    Raises:
        FlowsInvalidError: there are some.
    """
    bad = [file for file in files if file.flow is None]
    if not bad:
        return
    paper = standard_error()
    for file in bad:
        for line in fault_lines(file, paper.width):
            paper.write(line)
    if output is not None:
        write_json({"exit_code": int(ExitCode.INVALID), **faults_as_json(bad)}, indent=2 if output == "json" else None)
    raise FlowsInvalidError(len(bad), len(files))
