"""Flows started on a server and left to it: their ids are told, their results are not waited for."""

from collections.abc import Sequence

from testmesh_cli.errors import CliError, RequestRefusedError
from testmesh_cli.exit_codes import ExitCode, gravest
from testmesh_cli.remote import executions
from testmesh_cli.remote.address import Address
from testmesh_cli.remote.client import ServerClient
from testmesh_cli.reporting.documents import write_json
from testmesh_cli.reporting.paper import Span, remark_line, standard_error, standard_output
from testmesh_cli.running.request import RunRequest
from testmesh_cli.sources import FlowFile
from testmesh_cli.unread import unread_variables
from testmesh_cli.variables import env_file_variables


async def start_files(files: Sequence[FlowFile], request: RunRequest, server: Address) -> ExitCode:
    """Start checked flows, one after the other, and tell of each: green says that all were started, and no more.

    Raises:
        NotRunnableError: a flow's `env_file` cannot be read; nothing was started.
    """
    for file in files:
        env_file_variables(file)
    for note in unread_variables(request.found(files), request.var_names):
        _say(note)
    told, order = _Started(request.output), request.order(files)
    async with ServerClient(server, _say) as client:
        for file in files:
            try:
                told.started(file, await executions.start(client, order.of(file)))
            except CliError as error:
                told.failed(file, error)
                if not isinstance(error, RequestRefusedError):
                    break
    return told.closes(len(files))


class _Started:
    """Ids on stdout, one a line or as JSON; what they mean, and what went wrong, on stderr."""

    def __init__(self, output: str | None) -> None:
        self._output = output
        self._paper = standard_output()
        self._flows: list[dict[str, str]] = []
        self._codes: list[ExitCode] = []

    def started(self, file: FlowFile, execution_id: str) -> None:
        flow = {"file": file.shown, "name": file.checked.name, "execution_id": execution_id}
        self._flows.append(flow)
        self._codes.append(ExitCode.PASSED)
        if self._output is None:
            self._paper.write([Span(execution_id)])
        elif self._output == "ndjson":
            write_json({"type": "flow.detached", **flow})
        _say(f"{file.shown} was started, its result is not known yet; see `testmesh results {execution_id}`")

    def failed(self, file: FlowFile, error: CliError) -> None:
        self._codes.append(error.exit_code)
        _say(f"{file.shown} was not started: {error}")

    def closes(self, asked: int) -> ExitCode:
        code = gravest(self._codes)
        if (left := asked - len(self._codes)) > 0:
            _say(f"{left} more {'flow was' if left == 1 else 'flows were'} not started")
        if self._output == "json":
            write_json({"exit_code": int(code), "flows": self._flows}, indent=2)
        elif self._output == "ndjson":
            write_json({"type": "summary", "exit_code": int(code), "started": len(self._flows)})
        return code


def _say(words: str) -> None:
    standard_error().write(remark_line(words))
