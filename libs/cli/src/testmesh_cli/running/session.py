"""A whole `testmesh run`: flows checked, run here or on a server, told, added up to an exit code."""

import asyncio
import os
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from testmesh_cli.exit_codes import ExitCode
from testmesh_cli.mentioned import by_name
from testmesh_cli.remote.address import Address
from testmesh_cli.reporting.documents import JsonReport, NdjsonReport
from testmesh_cli.reporting.paper import Paper, remark_line, standard_error, standard_output
from testmesh_cli.reporting.report import Report, Reports
from testmesh_cli.reporting.text import TextReport
from testmesh_cli.running.again import command_again
from testmesh_cli.running.interruption import interruptible
from testmesh_cli.running.local import LocalRunner
from testmesh_cli.running.order import Order
from testmesh_cli.running.pool import RunOne, Stop, carry_out, exit_code
from testmesh_cli.running.remote import RemoteRunner
from testmesh_cli.sources import FlowFile
from testmesh_cli.unread import unread_variables
from testmesh_cli.variables import env_file_variables
from testmesh_engine.executor import FolderSources
from testmesh_engine.language.parse import built_in_actions
from testmesh_sdk import Resources


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
    server: Address | None = None
    environment: str | None = None
    url: str | None = None
    logs: bool = False
    """Whether a server's run is told with its log lines."""

    def order(self, files: Sequence[FlowFile]) -> Order:
        trigger = "ci" if os.environ.get("CI") else "manual"
        return Order(self.variables, self.environment, trigger, by_name(files))


async def run_files(files: Sequence[FlowFile], request: RunRequest) -> ExitCode:
    """Run checked flows and tell of them.

    Raises:
        NotRunnableError: a flow's `env_file` cannot be read; nothing was run.
    """
    for file in files:
        env_file_variables(file)
    paper = standard_error() if request.output else standard_output()
    report = _report(files, request, paper)
    stop = Stop()
    started = time.perf_counter()
    error_paper = standard_error()

    def say(words: str) -> None:
        paper.rests()
        error_paper.write(remark_line(words))

    for note in unread_variables(files, request.var_names):
        say(note)
    with interruptible(stop, say, paper.rests):
        async with AsyncExitStack() as stack:
            run_one = await _runner(stack, files, request, report, stop, say)
            results = await carry_out(files, run_one, jobs=request.jobs, fail_fast=request.fail_fast, stop=stop)
        code = exit_code(results, stop)
        report.closes(results, code, time.perf_counter() - started)
    return code


async def _runner(
    stack: AsyncExitStack,
    files: Sequence[FlowFile],
    request: RunRequest,
    report: Report,
    stop: Stop,
    say: Callable[[str], None],
) -> RunOne:
    if request.server is not None:
        from testmesh_cli.remote.client import ServerClient

        client = await stack.enter_async_context(ServerClient(request.server, say))
        return RemoteRunner(report, client, request.order(files), stop.event, request.logs).run
    folder = await asyncio.to_thread(tempfile.TemporaryDirectory, prefix="testmesh-run-")
    stack.callback(folder.cleanup)
    resources = Resources()
    stack.push_async_callback(resources.close)
    sources = FolderSources(built_in_actions(), {name: file.checked for name, file in by_name(files).items()})
    return LocalRunner(report, request.variables, request.seed, resources, Path(folder.name), sources, stop.event).run


def _report(files: Sequence[FlowFile], request: RunRequest, paper: Paper) -> Report:
    text = TextReport(
        paper,
        grouped=len(files) > 1 and request.jobs > 1,
        total=len(files),
        logs=request.logs,
        again=lambda file: command_again(
            file,
            given={name: request.variables[name] for name in request.var_names},
            var_file=request.var_file,
            seed=None if request.server else request.seed,
            environment=request.environment,
            url=request.url,
            remote=request.server is not None,
        ),
    )
    if request.output == "json":
        return Reports([text, JsonReport()])
    if request.output == "ndjson":
        return Reports([text, NdjsonReport()])
    return text
