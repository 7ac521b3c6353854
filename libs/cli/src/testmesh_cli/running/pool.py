"""Several flows at once, until all are done, one fails fast, or someone interrupts."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from testmesh_cli.exit_codes import ExitCode, gravest
from testmesh_cli.running.result import FlowResult
from testmesh_cli.sources import FlowFile

RunOne = Callable[[FlowFile], Awaitable[FlowResult]]


@dataclass(slots=True)
class Stop:
    """Tells running flows to end with their teardown, and why."""

    event: asyncio.Event = field(default_factory=asyncio.Event)
    interrupted: bool = False

    def interrupt(self) -> None:
        self.interrupted = True
        self.event.set()


async def carry_out(
    files: Sequence[FlowFile], run_one: RunOne, *, jobs: int, fail_fast: bool, stop: Stop
) -> list[FlowResult]:
    """Run the flows, `jobs` at once; return a result for each, in the order of the files."""
    waiting = deque(enumerate(files))
    results: dict[int, FlowResult] = {}

    async def work() -> None:
        while waiting and not stop.event.is_set():
            place, file = waiting.popleft()
            results[place] = await run_one(file)
            if fail_fast and results[place].exit_code is not ExitCode.PASSED:
                stop.event.set()

    async with asyncio.TaskGroup() as group:
        for _ in range(min(jobs, len(files))):
            group.create_task(work())
    return [results.get(place) or FlowResult(file, "not_run") for place, file in enumerate(files)]


def exit_code(results: Sequence[FlowResult], stop: Stop) -> ExitCode:
    """Return what the results add up to. What a failure elsewhere cut short says nothing of its own."""
    if stop.interrupted:
        return ExitCode.INTERRUPTED
    cut_short = {"cancelled", "not_run"} if stop.event.is_set() else set()
    return gravest([result.exit_code for result in results if result.status not in cut_short])
