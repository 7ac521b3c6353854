"""Why a command could not do what it was asked for, and the exit code that says so.

CliError
├── UsageError                2  options that mean nothing, files that cannot be read
├── NotRunnableError          4  something that the flow needs is not there
├── NothingSelectedError      5  no flow was found
├── AllFilteredOutError       5  flows were found, and the options left none
├── NoExecutionError          5  a server has no such execution
└── ServerError               6  the server cannot be reached, or refuses
    ├── ServerUnreachableError   nothing answers
    └── RequestRefusedError      it answers, and says no; some refusals have a code of their own
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from testmesh_cli.exit_codes import ExitCode


class CliError(Exception):
    """A failure that says what was tried, on what, what happened and what to do."""

    code: ClassVar[str] = "command_failed"
    exit_code: ExitCode = ExitCode.INVALID


class UsageError(CliError):
    """What was asked for makes no sense, or names a file that cannot be read."""

    code = "usage"


class NotRunnableError(CliError):
    """A flow needs something that is not there."""

    code = "not_runnable"
    exit_code = ExitCode.NOT_RUNNABLE


class NothingSelectedError(CliError):
    """There is no flow to work on; empty is not green."""

    code = "nothing_selected"
    exit_code = ExitCode.NOTHING_SELECTED

    def __init__(self, paths: Sequence[Path]) -> None:
        places = ", ".join(str(path) for path in paths)
        super().__init__(f"no flow was found in {places}: looked for *.yaml, *.yml and *.json; name a file or folder")


class AllFilteredOutError(CliError):
    """There are flows, and what was asked for is none of them; empty is not green."""

    code = "nothing_selected"
    exit_code = ExitCode.NOTHING_SELECTED


class NoExecutionError(CliError):
    """There is no execution to show."""

    code = "execution_not_found"
    exit_code = ExitCode.NOTHING_SELECTED

    def __init__(self, url: str, execution_id: str) -> None:
        super().__init__(
            f"the server at {url} has no execution {execution_id}; `testmesh results` lists those that it has"
        )


class ServerError(CliError):
    """The server did not do what it was asked for."""

    code = "server"
    exit_code = ExitCode.SERVER


class ServerUnreachableError(ServerError):
    """Nothing answers, or not in time."""

    code = "server_unreachable"

    def __init__(self, url: str, source: str, reason: str) -> None:
        self.what_happened = f"{url}: {reason}"
        super().__init__(
            f"no TestMesh server answers at {url} ({source}): {reason}. "
            "Name a server of another address or data folder with --url or TESTMESH_URL (`testmesh server` prints "
            "the line for it when it is up), or start one with `testmesh server`."
        )


_EXIT_CODES = {
    "called_flow_not_found": ExitCode.NOT_RUNNABLE,
    "environment_not_found": ExitCode.NOT_RUNNABLE,
    "flow_incomplete": ExitCode.INVALID,
    "flow_invalid": ExitCode.INVALID,
    "flows_call_one_another": ExitCode.INVALID,
}


class RequestRefusedError(ServerError):
    """The server refused a request, and said why."""

    code = "request_refused"

    def __init__(self, what: str, status: int, problem: dict[str, Any]) -> None:
        self.status = status
        self.problem = problem
        self.reason = str(problem.get("code", ""))
        self.exit_code = _EXIT_CODES.get(self.reason, ExitCode.SERVER)
        faults = problem.get("errors")
        lines = [_fault(fault) for fault in faults if isinstance(fault, dict)] if isinstance(faults, list) else []
        detail = problem.get("detail") or problem.get("title") or "it gave no reason"
        super().__init__("\n".join([f"{what}: the server refused ({status} {self.reason}): {detail}", *lines]))


def _fault(fault: dict[str, Any]) -> str:
    place = f"line {fault['line']}:{fault.get('column') or 1}" if fault.get("line") else fault.get("pointer") or "/"
    hint = f"; {fault['hint']}" if fault.get("hint") else ""
    return f"  {place}: {fault.get('detail', '')}{hint}"
