"""One run of a flow in a thread of its own, so that the person's terminal is never waited for by connections."""

import asyncio
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any, TypeVar

from testmesh_cli.configuration.applied import RunSettings
from testmesh_cli.debugging.breakpoints import Breakpoints
from testmesh_cli.debugging.holding import Holding
from testmesh_cli.debugging.reloading import NowSteps
from testmesh_cli.debugging.still_loop import StillLoop
from testmesh_cli.debugging.words import Answer, News, Over
from testmesh_cli.exit_codes import ExitCode
from testmesh_cli.reporting.report import StepEvent
from testmesh_cli.running.local import LocalRunner
from testmesh_cli.running.result import FlowResult
from testmesh_cli.scratch import make_scratch, remove_scratch
from testmesh_cli.sources import FlowFile
from testmesh_engine.executor import Cancel, FolderSources
from testmesh_engine.language.parse import built_in_actions
from testmesh_sdk import Resources

T = TypeVar("T")


@dataclass(slots=True)
class DebuggedRun:
    """A run that tells its news to a queue, and waits for answers wherever it is held."""

    file: FlowFile
    variables: Mapping[str, Any]
    settings: RunSettings
    seed: int
    breakpoints: Breakpoints
    news: SimpleQueue[News] = field(default_factory=SimpleQueue)
    now: NowSteps = field(init=False)
    holding: Holding = field(init=False)
    _loop: StillLoop = field(default_factory=StillLoop)
    _cancel: Cancel = field(default_factory=Cancel)
    _thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self.now = NowSteps(self.file.checked)
        self.holding = Holding(self._loop, self.breakpoints, self.news.put, self.now)
        self._thread = threading.Thread(target=self._carry_out, name="debugged run", daemon=True)

    def begin(self) -> None:
        self._thread.start()

    def answer(self, answer: Answer) -> None:
        self._loop.call_soon_threadsafe(self.holding.answers, answer)

    def ask(self, question: Callable[[], T]) -> T:
        """Return what a question comes to, asked where no step can change anything meanwhile."""
        answer: Future[T] = Future()

        def reply() -> None:
            try:
                answer.set_result(question())
            except Exception as error:
                answer.set_exception(error)

        self._loop.call_soon_threadsafe(reply)
        return answer.result()

    def leave(self) -> None:
        """End the run; the teardown is carried out, and nothing is held any more."""

        def leave() -> None:
            self._cancel.because("the debugged run was left")
            self.holding.leaves()

        with suppress(RuntimeError):  # the loop is closed: the run is over
            self._loop.call_soon_threadsafe(leave)

    def join(self) -> None:
        self._thread.join()

    def _carry_out(self) -> None:
        try:
            with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
                over = Over(runner.run(self._run()))
        except BaseException as error:  # told to the person by the thread that the person talks to
            over = Over(None, error)
        self.news.put(over)

    async def _run(self) -> FlowResult:
        async with AsyncExitStack() as stack:
            artifacts = await asyncio.to_thread(make_scratch, "testmesh-debug-")
            stack.callback(remove_scratch, artifacts)
            resources = Resources()
            stack.push_async_callback(resources.close)
            sources = FolderSources(built_in_actions())
            runner = LocalRunner(
                report=_News(self.news),
                variables=self.variables,
                seed=self.seed,
                resources=resources,
                artifacts=artifacts,
                sources=sources,
                cancel=self._cancel,
                settings=self.settings,
                gate=self.holding,
                stopwatch=self._loop.time,
            )
            return await runner.run(self.file)


class _News:
    """Passes on what happens."""

    def __init__(self, news: SimpleQueue[News]) -> None:
        self._news = news

    def begins(self, file: FlowFile, execution_id: str | None) -> None:
        """Nothing is said before the first step."""

    def begins_again(self, file: FlowFile, run: int) -> None:
        """A run of this process is never begun again by itself."""

    def waits(self, file: FlowFile, reason: str) -> None:
        """A run of this process never waits before its first step."""

    def tells(self, file: FlowFile, event: StepEvent) -> None:  # noqa: ARG002 - there is one file
        self._news.put(event)

    def ends(self, result: FlowResult) -> None:
        """The result comes when all connections are closed."""

    def closes(self, results: Sequence[FlowResult], code: ExitCode, seconds: float) -> None:
        """There is one flow."""
