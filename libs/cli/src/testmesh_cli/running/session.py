"""A whole `testmesh run`: flows run here or on a server, told, remembered, added up to an exit code."""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from testmesh_cli.errors import CliError
from testmesh_cli.exit_codes import ExitCode, gravest
from testmesh_cli.reporting.nothing_run import told_if_nothing_runs
from testmesh_cli.reporting.paper import remark_line, standard_error, standard_output
from testmesh_cli.reporting.report import Reports
from testmesh_cli.running.artifacts import KeptArtifacts
from testmesh_cli.running.audience import report_files, standard_reports
from testmesh_cli.running.interruption import interruptible
from testmesh_cli.running.local import LocalRunner
from testmesh_cli.running.pool import RunOne, Stop, carry_out, exit_code
from testmesh_cli.running.request import RunRequest
from testmesh_cli.running.result import FlowResult
from testmesh_cli.scratch import make_scratch, remove_scratch
from testmesh_cli.sources import FlowFile
from testmesh_cli.state.record import Record
from testmesh_cli.unread import unread_variables
from testmesh_cli.variables import env_file_variables
from testmesh_engine.executor import FolderSources
from testmesh_engine.language.parse import built_in_actions
from testmesh_sdk import Resources, format_duration

if TYPE_CHECKING:
    from testmesh_cli.uploading.after_run import Uploads


async def run_files(files: Sequence[FlowFile], request: RunRequest) -> ExitCode:
    """Run checked flows and tell of them; whatever happens, the report is closed.

    Raises:
        NotRunnableError: a flow's `env_file` cannot be read, or artifacts cannot be kept; nothing was run.
    """
    with told_if_nothing_runs(request.reports):
        for file in files:
            env_file_variables(file)
        session = _Session(files, request)
    for note in unread_variables(request.found(files), request.var_names):
        session.say(note)
    return await session.run()


class _Session:
    def __init__(self, files: Sequence[FlowFile], request: RunRequest) -> None:
        self._files = files
        self._request = request
        self._kept = None if request.artifacts is None else KeptArtifacts(request.artifacts)
        self._paper = standard_error() if request.output else standard_output()
        self._error_paper = standard_error()
        self._report_files = report_files(request, self._kept)
        told = standard_reports(files, request, self._paper)
        self._report = Reports([*told, self._report_files] if self._report_files else told)
        self._stop = Stop()
        self._uploads = _uploads(request, self.say)

    def say(self, words: str) -> None:
        self._paper.rests()
        self._error_paper.write(remark_line(words))

    async def run(self) -> ExitCode:
        started = time.perf_counter()
        if self._report_files is not None:
            self._report_files.opens()
        self._recorded(lambda record: record.begin(self._files))
        results = [FlowResult(file, "not_run") for file in self._files]
        # One block for all of it: a signal between the last flow and the last report must lose none of them.
        with interruptible(self._stop, self.say, self._paper.rests):
            try:
                results = await self._carried_out()
            except Exception as error:
                # Nothing was run, or the way back from it is broken: the reports are still to be written.
                self._stop.breaks(error)
            seconds = time.perf_counter() - started
            self._recorded(lambda record: self._remembered(record, results))
            code = await self._uploaded(results)
            self._report.closes(results, code, seconds)
            if self._kept is not None and self._kept.count:
                files = f"{self._kept.count} file{'s' * (self._kept.count != 1)}"
                self.say(f"what steps attached is in {self._request.artifacts}: {files}")
        if self._stop.broken is not None:
            raise self._stop.broken
        return code if self._report_files is None else self._report_files.outcome(code)

    async def _carried_out(self) -> list[FlowResult]:
        request, stop = self._request, self._stop
        async with AsyncExitStack() as stack:
            run_one = await self._runner(stack)
            if request.timeout is not None:
                clock = asyncio.get_running_loop().call_later(request.timeout, self._time_out, request.timeout)
                stack.callback(clock.cancel)
            return await carry_out(self._files, run_one, jobs=request.jobs, fail_fast=request.fail_fast, stop=stop)

    def _time_out(self, seconds: float) -> None:
        self.say(f"the time of --timeout {format_duration(seconds)} is up: running steps end, teardowns run")
        self._stop.time_out(seconds)

    def _code(self, results: Sequence[FlowResult]) -> ExitCode:
        codes = [exit_code(results, self._stop)]
        if self._kept is not None and self._kept.failed:
            codes.append(ExitCode.ERROR)
        if (broken := self._stop.broken) is not None:
            codes.append(broken.exit_code if isinstance(broken, CliError) else ExitCode.ERROR)
        return gravest(codes)

    async def _uploaded(self, results: Sequence[FlowResult]) -> ExitCode:
        """Bring the results to the server, where that was asked for; return what all comes to."""
        code = self._code(results)
        if self._uploads is None:
            return code
        from testmesh_cli.uploading.after_run import code_after

        try:
            uploaded = await self._uploads.send(hurry=code is ExitCode.INTERRUPTED)
            # Looked at anew: somebody may have interrupted the run since.
            return code_after(self._code(results), uploaded)
        except Exception as error:
            # As with a run that breaks down: the reports are still to be written.
            self._stop.breaks(error)
            return self._code(results)

    def _recorded(self, write: Callable[[Record], list[str]]) -> None:
        if self._request.record is None:
            return
        try:
            for note in write(self._request.record):
                self.say(note)
        except Exception as error:
            # As with a run that breaks down: the reports are still to be written.
            self._stop.breaks(error)

    def _remembered(self, record: Record, results: Sequence[FlowResult]) -> list[str]:
        request = self._request
        return record.remember(results, local=request.server is None, divided=request.choice.shard is not None)

    async def _runner(self, stack: AsyncExitStack) -> RunOne:
        request, report, stop = self._request, self._report, self._stop
        if request.server is not None:
            # httpx and the server's messages: some 80 ms that a local run does without
            from testmesh_cli.remote.client import ServerClient
            from testmesh_cli.running.remote import RemoteRunner

            client = await stack.enter_async_context(ServerClient(request.server, self.say))
            return RemoteRunner(report, client, request.order(self._files), stop.event, request.logs).run
        artifacts = await asyncio.to_thread(make_scratch, "testmesh-run-")
        stack.callback(remove_scratch, artifacts)
        resources = Resources()
        stack.push_async_callback(resources.close)
        sources = FolderSources(built_in_actions(), [file.checked for file in request.found(self._files)])
        runner = LocalRunner(
            report=report,
            variables=request.variables,
            seed=request.seed,
            resources=resources,
            artifacts=artifacts,
            sources=sources,
            cancel=stop.event,
            settings=request.settings,
            kept=self._kept,
        )
        return runner.run if self._uploads is None else _kept_after(runner.run, self._uploads)


def _uploads(request: RunRequest, say: Callable[[str], None]) -> "Uploads | None":
    if request.upload is None:
        return None
    from testmesh_cli.uploading.after_run import Uploads

    return Uploads(request, request.upload, say)


def _kept_after(run_one: RunOne, uploads: "Uploads") -> RunOne:
    async def run_and_keep(file: FlowFile) -> FlowResult:
        result = await run_one(file)
        await uploads.keep(result)
        return result

    return run_and_keep
