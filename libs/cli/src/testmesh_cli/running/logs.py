"""A whole `testmesh logs`: the recorded lines, then with -f the live ones until the execution ends."""

from contextlib import aclosing
from dataclasses import dataclass
from uuid import UUID

from pydantic import ValidationError

from testmesh_cli.exit_codes import ExitCode
from testmesh_cli.remote import executions
from testmesh_cli.remote.address import Address
from testmesh_cli.remote.client import ServerClient
from testmesh_cli.remote.following import PATIENCE, Following, News, Snapshot
from testmesh_cli.remote.log_pages import LogFilter, LogReader
from testmesh_cli.remote.patience import Patience
from testmesh_cli.reporting.documents import write_json
from testmesh_cli.reporting.logs import log_lines, run_line
from testmesh_cli.reporting.paper import remark_line, standard_error, standard_output
from testmesh_cli.reporting.runs import took
from testmesh_cli.reporting.values import one_line
from testmesh_contracts.executions import ExecutionView, LogView
from testmesh_contracts.message import TERMINAL


@dataclass(frozen=True, slots=True)
class LogRequest:
    """What the command line asks for; without an id, of the newest execution."""

    execution_id: UUID | None
    wanted: LogFilter
    follow: bool
    output: str | None
    patience: Patience = PATIENCE


async def print_logs(server: Address, request: LogRequest) -> ExitCode:
    """Print the lines; say on stderr of which execution they are, and how it ended.

    Raises:
        NoExecutionError: there is none of this id.
        ServerError: the server cannot be reached, stays away, or refuses.
    """
    async with ServerClient(server, _say) as client:
        if (view := await _execution(client, request.execution_id)) is None:
            _say("no executions")
            return ExitCode.NOTHING_SELECTED
        sheet = _Sheet(request.output)
        reader = LogReader(client, str(view.id), request.wanted)
        # Read here first: a server that refuses the lines refuses the command.
        async for line in reader.unread(patience=0.0):
            sheet.add(line)
        if request.follow and view.status not in TERMINAL:
            view = await _followed(client, view, reader, sheet, request.patience)
    sheet.close(view)
    if sheet.is_empty:
        _say(_why_nothing(view, request.wanted))
    if request.follow:
        _say(f"execution {view.id} ended{took(' after ', view)}: {view.status}; see `testmesh results {view.id}`")
    elif view.status not in TERMINAL:
        _say(f"execution {view.id} is {view.status}: there may be more lines, -f waits for them")
    return ExitCode.PASSED


async def _execution(client: ServerClient, execution_id: UUID | None) -> ExecutionView | None:
    if execution_id is not None:
        return await executions.find(client, str(execution_id))
    newest = await executions.list_newest(client, None, 1)
    if not newest:
        return None
    _say(f"execution {newest[0].id} of {one_line(newest[0].flow_name)}")
    return await executions.find(client, str(newest[0].id))


async def _followed(
    client: ServerClient, view: ExecutionView, reader: LogReader, sheet: "_Sheet", patience: Patience
) -> ExecutionView:
    """Print what comes until the end; how long an execution may take, its server knows and sees to."""
    following = Following(client, str(view.id), seconds=None, log=reader, patience=patience)
    async with aclosing(following.news()) as all_news:
        async for news in all_news:
            for line in _lines(news, reader):
                sheet.add(line)
            if isinstance(news, Snapshot):
                view = news.view
    return view


def _lines(news: News, reader: LogReader) -> list[LogView]:
    if isinstance(news, Snapshot):
        return news.lines
    if news.type != "log.line":
        return []
    try:
        line = LogView.model_validate(news.data)
    except ValidationError:
        # Of a newer release: what it says is shown by a command of that release.
        return []
    return [line] if reader.is_new(line) else []


class _Sheet:
    """Writes lines as they come; as one JSON document at the end."""

    def __init__(self, output: str | None) -> None:
        self._output = output
        self._paper = standard_output()
        self._kept: list[LogView] = []
        self._run = 1
        self.is_empty = True

    def add(self, line: LogView) -> None:
        self.is_empty = False
        if self._output == "json":
            self._kept.append(line)
        elif self._output == "ndjson":
            write_json(line)
        else:
            if line.run != self._run:
                self._run = line.run
                self._paper.write(run_line(line.run))
            for shown in log_lines(line):
                self._paper.write(shown)

    def close(self, view: ExecutionView) -> None:
        if self._output == "json":
            write_json({"execution_id": view.id, "status": view.status, "items": self._kept}, indent=2)


def _why_nothing(view: ExecutionView, wanted: LogFilter) -> str:
    asked, step = wanted.as_options(), wanted.step
    if not asked:
        return f"execution {view.id} has logged nothing"
    no_step = ""
    if step is not None and not any(wanted.is_inside(found.path) for found in view.steps):
        so_far = "" if view.status in TERMINAL else " so far"
        no_step = f"; no step {one_line(step)} began{so_far}"
    return f"no line of execution {view.id} matches {one_line(asked)}{no_step}"


def _say(words: str) -> None:
    standard_error().write(remark_line(words))
