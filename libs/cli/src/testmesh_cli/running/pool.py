"""Several flows at once, until all are done, one fails fast, time is up, or someone interrupts."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from testmesh_cli.exit_codes import ExitCode, gravest
from testmesh_cli.running.result import FlowResult
from testmesh_cli.sources import FlowFile
from testmesh_engine.executor import Cancel
from testmesh_sdk import format_duration

RunOne = Callable[[FlowFile], Awaitable[FlowResult]]


@dataclass(slots=True)
class Stop:
    """Tells running flows to end with their teardown, and why."""

    event: Cancel = field(default_factory=Cancel)
    interrupted: bool = False
    timed_out: bool = False
    broken: Exception | None = None
    """What broke down in this command, and not in a flow."""
    failed_first: ExitCode | None = None
    """The exit code of the flow at which a run with `--fail-fast` stopped."""

    def interrupt(self, by: str) -> None:
        self.interrupted = True
        self.event.because(f"interrupted by {by}")

    def time_out(self, seconds: float) -> None:
        self.timed_out = True
        self.event.because(f"the time of --timeout {format_duration(seconds)} was up")

    def fails_fast(self, file: FlowFile, code: ExitCode) -> None:
        self.failed_first = self.failed_first or code
        self.event.because(f"--fail-fast: {file.shown} did not pass")

    def breaks(self, error: Exception) -> None:
        self.broken = self.broken or error
        self.event.because("testmesh itself broke down")

    def not_begun(self, file: FlowFile) -> FlowResult:
        """Return the result of a flow that was not begun any more."""
        return FlowResult(file, "not_run", error_message=self.event.reason or None)


async def carry_out(
    files: Sequence[FlowFile], run_one: RunOne, *, jobs: int, fail_fast: bool, stop: Stop
) -> list[FlowResult]:
    """Run the flows, `jobs` at once; return a result for each, in the order of the files.

    The times that one flow is repeated come one after the other: side by side they would disturb one another.
    """
    lanes = [list(lane) for _, lane in groupby(enumerate(files), key=lambda placed: placed[1].path)]
    waiting = deque(lanes)
    results: dict[int, FlowResult] = {}

    async def work() -> None:
        while waiting:
            for place, file in waiting.popleft():
                if stop.event.is_set():
                    return
                try:
                    results[place] = await run_one(file)
                except Exception as error:
                    # Told when all is over: the other flows end first, with their teardowns.
                    results[place] = _unjudged(file, error)
                    stop.breaks(error)
                if fail_fast and (code := results[place].exit_code) is not ExitCode.PASSED:
                    stop.fails_fast(file, code)

    async with asyncio.TaskGroup() as group:
        for _ in range(min(jobs, len(lanes))):
            group.create_task(work())
    return [results.get(place) or stop.not_begun(file) for place, file in enumerate(files)]


def _unjudged(file: FlowFile, error: Exception) -> FlowResult:
    said = f"testmesh itself broke down: {type(error).__name__}: {error}"
    return FlowResult(file, "error", error_code="broke_down", error_message=said, duration_ms=None)


def exit_code(results: Sequence[FlowResult], stop: Stop) -> ExitCode:
    """Return what the results add up to. What a failure elsewhere cut short says nothing of its own, but is no pass."""
    if stop.interrupted:
        return ExitCode.INTERRUPTED
    if stop.timed_out:
        return ExitCode.TIMED_OUT
    cut_short = {"cancelled", "not_run"} if stop.event.is_set() else set()
    codes = [result.exit_code for result in results if result.status not in cut_short]
    code = gravest([*codes, *([] if stop.failed_first is None else [stop.failed_first])])
    is_green = all(result.status == "passed" for result in results)
    return ExitCode.ERROR if code is ExitCode.PASSED and not is_green else code
