"""A whole `testmesh watch`: all flows run, then what changes touch, until the person leaves."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from testmesh_cli.errors import CliError
from testmesh_cli.exit_codes import ExitCode, gravest
from testmesh_cli.reporting.paper import standard_output
from testmesh_cli.running.interruption import signals
from testmesh_cli.running.result import FlowResult
from testmesh_cli.scratch import end_at_once, make_scratch, remove_scratch
from testmesh_cli.sources import FlowFile, whereabouts
from testmesh_cli.unread import unread_variables
from testmesh_cli.watching.batch import Batch, Means, Settle, first_of
from testmesh_cli.watching.due import Due, due_between
from testmesh_cli.watching.happenings import Happenings
from testmesh_cli.watching.keys import keys
from testmesh_cli.watching.scene import Choose, Looker
from testmesh_cli.watching.screen import Screen
from testmesh_sdk import Resources

CUT_SHORT = "it was cut short"
_WISHES: Mapping[str, "Wish"] = {"\n": "all", "\r": "all", "a": "all", "f": "failed", "q": "quit"}
Wish = Literal["all", "failed", "quit"]


@dataclass(frozen=True, slots=True)
class WatchRequest:
    """What the command line asks for."""

    paths: Sequence[Path]
    variables: Callable[[], Mapping[str, Any]]
    """Read anew for each batch, since a file may say some of them."""
    settings: Settle
    """What the configuration gives to flows; read anew for each batch."""
    var_names: Sequence[str]
    of_all: Sequence[Path]
    """Files that have a say in every flow, there or not."""
    seed: int
    jobs: int
    fail_fast: bool
    again: Callable[[FlowFile], str]
    choose: Choose = list
    """Which of the flows are run."""


class WatchSession:
    """One batch of flows at a time; what becomes due meanwhile is the next."""

    def __init__(self, request: WatchRequest) -> None:
        self._request = request
        self._looker = Looker(request.paths, request.of_all, request.choose)
        self._scene = self._looker.look()
        if self._scene.nothing is not None:
            raise self._scene.nothing
        self._results: dict[Path, FlowResult] = {}
        self._wake = asyncio.Event()
        self._happened = False
        self._wish: Wish | None = None
        self._blind: CliError | None = None
        """Why it is not known how things stand now."""
        self._told = ""
        """The trouble that was told last: it is not told again with everything that happens."""
        self._left_running = False
        self._happenings = Happenings(self._hear)
        self._give_back: Callable[[], None] | None = None
        self._screen: Screen | None = None

    async def run(self) -> ExitCode:
        """Watch until the person leaves."""
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._happenings.close)
            self._give_back = stack.enter_context(keys(self._hear_key))
            stack.enter_context(self._interruptible())
            screen = self._screen = Screen(
                standard_output(), has_keys=self._give_back is not None, again=self._request.again
            )
            means = await self._means(stack)
            due = await self._run_on(screen, means)
            if not self._left_running:
                await self._look_back(due, screen)
        return self._code()

    @property
    def _quits(self) -> bool:
        return self._wish == "quit"

    async def _means(self, stack: AsyncExitStack) -> Means:
        artifacts = await asyncio.to_thread(make_scratch, "testmesh-watch-")
        stack.callback(remove_scratch, artifacts)
        resources = Resources()
        stack.push_async_callback(resources.close)
        request = self._request
        return Means(request.jobs, request.fail_fast, request.seed, resources, artifacts)

    async def _run_on(self, screen: Screen, means: Means) -> Due:
        """Run what is due until the person leaves; return what is due then."""
        due = self._all("")
        if await self._happenings.watch(self._scene.folders):
            self._hear()  # what happened before anyone listened
        valid = [file for file in self._scene.flows.values() if file.flow is not None]
        for note in unread_variables(valid, self._request.var_names) if valid else []:
            screen.says(note)
        while not self._quits:
            while due and not self._quits:
                due = await self._carry_out(due, screen, means)
            if not self._quits:
                screen.waits([self._status(path) for path in self._scene.flows])
            while not due and not self._quits:
                self._happenings.assert_hears()
                await self._wake.wait()
                due = await self._news(screen)
        return due

    async def _look_back(self, due: Due, screen: Screen) -> None:
        """Take back what is known of flows that changed since they ran: the exit code is of how things stand now."""
        self._happened = True
        due = _both(due, await self._news(screen))
        stale = [path for path in due.why if self._results.pop(path, None) is not None]
        if stale:
            flows = "1 flow" if len(stale) == 1 else f"{len(stale)} flows"
            screen.says(f"{flows} changed and did not run again: how they ended before says nothing now")

    async def _carry_out(self, due: Due, screen: Screen, means: Means) -> Due:
        """Run what is due, and return what became due meanwhile."""
        files = [file for path in due.why if (file := self._scene.flows.get(path)) is not None]
        if files or due.gone:
            screen.begins(due, self._words_of(due), self._scene.flows)
        screen.faults(file for file in files if file.flow is None)
        valid = [file for file in files if file.flow is not None]
        if not valid:
            return Due()
        report, request = screen.report(valid, means.jobs), self._request
        batch = Batch(valid, self._scene.named, request.variables, request.settings, report, means)
        return await self._attend(batch, screen)

    async def _attend(self, batch: Batch, screen: Screen) -> Due:
        """Let a batch run, and cut it short where something in it became due again."""
        task, later = asyncio.create_task(batch.run()), Due()
        while not task.done():
            await first_of(task, self._wake)
            if self._wake.is_set() and not task.done():
                later = _both(later, await self._news(screen))
                running = {whereabouts(file.path) for file in batch.files} - batch.ended
                if self._quits and not self._left_running:
                    self._left_running = True
                    screen.leaves()
                    batch.cut("the watch was left")
                elif running & later.why.keys() and not batch.is_cut:
                    screen.cut_short()
                    batch.cut("cut short, to be run anew")
        for result in await task:
            path = whereabouts(result.file.path)
            self._results[path] = result
            if batch.is_cut and result.status in ("cancelled", "not_run"):
                later.why.setdefault(path, CUT_SHORT)
        return later

    async def _news(self, screen: Screen) -> Due:
        """Return what has become due: by what happened to files, and by what the person wants."""
        self._wake.clear()
        due = Due()
        while self._happened:
            self._happened = False
            try:
                scene = await asyncio.to_thread(self._looker.look)
            except CliError as error:
                self._blind = error
                self._tell_trouble(error, screen)
                break
            self._blind = None
            self._tell_trouble(scene.nothing, screen)
            due = _both(due, due_between(self._scene, scene, self._request.of_all))
            self._scene = scene
            self._happened |= await self._happenings.watch(scene.folders)
        if self._wish in ("all", "failed"):
            due = _both(due, self._wished(self._wish, screen))
            self._wish = None
        return due

    def _tell_trouble(self, trouble: CliError | None, screen: Screen) -> None:
        words = "" if trouble is None else str(trouble)
        if words and words != self._told:
            screen.says(words)
        self._told = words

    def _wished(self, wish: Wish, screen: Screen) -> Due:
        if wish == "all":
            return self._all("")
        due = Due({path: "" for path in self._scene.flows if self._status(path) != "passed"})
        if not due:
            screen.says("nothing to run again: all that ran passed")
        return due

    def _words_of(self, due: Due) -> str:
        """Say what is run where no file changed."""
        return "all flows" if due.why.keys() >= self._scene.flows.keys() else "those that did not pass"

    def _all(self, why: str) -> Due:
        return Due(dict.fromkeys(self._scene.flows, why))

    def _status(self, path: Path) -> str:
        if self._scene.flows[path].flow is None:
            return "not_valid"
        result = self._results.get(path)
        return "not_run" if result is None else result.status

    def _code(self) -> ExitCode:
        """Return what the last state of all flows adds up to; a batch that was left says nothing of its own."""
        if self._left_running:
            return ExitCode.INTERRUPTED
        codes = [ExitCode.INVALID] * bool(self._scene.invalid)
        codes += [] if self._blind is None else [self._blind.exit_code]
        for path, file in self._scene.flows.items():
            if file.flow is not None:
                result = self._results.get(path)
                codes.append(ExitCode.ERROR if result is None else result.exit_code)
        return gravest(codes)

    def _hear(self) -> None:
        self._happened = True
        self._wake.set()

    def _hear_key(self, key: str) -> None:
        wish = _WISHES.get(key)
        if wish is not None and not self._quits:
            self._wish = wish
            self._wake.set()

    @contextmanager
    def _interruptible(self) -> Iterator[None]:
        """Let the first signal quit, with teardowns, and the second end at once."""
        loop, numbers = asyncio.get_running_loop(), signals()
        for number in numbers:
            loop.add_signal_handler(number, self._interrupted)
        try:
            yield
        finally:
            for number in numbers:
                loop.remove_signal_handler(number)

    def _interrupted(self) -> None:
        if self._quits:
            if self._screen is not None:
                self._screen.ends_at_once()
            if self._give_back is not None:
                self._give_back()
            end_at_once(ExitCode.INTERRUPTED)
        self._wish = "quit"
        self._wake.set()


def _both(one: Due, other: Due) -> Due:
    gone = [path for path in dict.fromkeys((*one.gone, *other.gone)) if path not in other.why]
    return Due(one.why | other.why, one.changed | other.changed, gone)
