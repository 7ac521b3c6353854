"""Keeps members running: started together, started again when they die, stopped in reverse order."""

import asyncio
import itertools
import signal
import time
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager

from testmesh_cli.local.at_once import all_at_once, cancel
from testmesh_cli.local.errors import LocalServerError, TooManyDeathsError
from testmesh_cli.local.logs import tail
from testmesh_cli.local.members import Member

DEATHS = 5
WITHIN_SECONDS = 60.0
FIRST_DELAY = 0.1
LONGEST_DELAY = 5.0
AT_ONCE = 8
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Supervisor:
    """Runs one piece of work among members that it keeps alive, and leaves none of them behind.

    The first Ctrl-C (or SIGTERM, SIGHUP) stops all in order, the second at once. A member that dies five
    times within a minute stops all too, and `run` raises why. `changed` is called when a process came or went.
    """

    def __init__(self, say: Callable[[str], None], changed: Callable[[], None] = lambda: None) -> None:
        self._say = say
        self._changed = changed
        self._stop = asyncio.Event()
        self._hurry = asyncio.Event()
        self._failure: BaseException | None = None
        self._watches: list[asyncio.Task[None]] = []
        # More that start at once would make each other late.
        self._room = asyncio.Semaphore(AT_ONCE)
        self.members: list[Member] = []

    async def run(self, work: Coroutine[None, None, int]) -> int:
        """The work's own result; 0 where a signal ended it."""
        with self._signals():
            task = asyncio.ensure_future(work)
            stop = asyncio.ensure_future(self._stop.wait())
            try:
                await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                await cancel(task, stop)
                await self._bring_down()
        problem = self._failure or (None if task.cancelled() else task.exception())
        if problem is not None:
            raise problem
        return 0 if task.cancelled() else task.result()

    async def bring_up(self, *members: Member) -> None:
        """Start them at the same time, and return when all are ready; each is looked after from then on."""
        self.members.extend(members)
        await all_at_once(self._bring_up(member) for member in members)

    async def _bring_up(self, member: Member) -> None:
        deaths = Deaths()
        try:
            async with self._room:
                await member.start()
        except LocalServerError as error:
            await self._start_again(member, deaths, error)
        self._changed()
        watch = asyncio.ensure_future(self._watch(member, deaths))
        watch.add_done_callback(self._note)
        self._watches.append(watch)

    async def until_stopped(self) -> None:
        await self._stop.wait()

    def ask_to_stop(self) -> None:
        if self._stop.is_set():
            self._hurry.set()
            return
        self._stop.set()
        self._say("stopping; what is under way has 10 s, Ctrl-C again ends at once")

    async def _watch(self, member: Member, deaths: "Deaths") -> None:
        while True:
            happened = await member.ended()
            self._changed()
            await self._start_again(member, deaths, happened)
            self._say(f"{member.name} runs again")

    def _note(self, watch: "asyncio.Task[None]") -> None:
        if not watch.cancelled() and watch.exception() is not None:
            self._failure = self._failure or watch.exception()
            self._stop.set()

    async def _start_again(self, member: Member, deaths: "Deaths", happened: LocalServerError | str) -> None:
        """Try until it is ready; each failed try is a death, so that this ends."""
        while True:
            delay = deaths.count()
            if delay is None:
                raise _given_up(member, happened) from (happened if isinstance(happened, Exception) else None)
            self._say(f"{member.name} {_brief(happened)}; it is started again in {delay:g} s")
            await asyncio.sleep(delay)
            starting = asyncio.ensure_future(member.start())
            try:
                # Scripts that kill processes read the new process id before it is ready.
                await asyncio.wait({starting}, timeout=FIRST_DELAY)
                self._changed()
                await starting
            except LocalServerError as error:
                happened = error
            else:
                self._changed()
                return
            finally:
                await cancel(starting)

    async def _bring_down(self) -> None:
        await cancel(*self._watches)
        for _, group in itertools.groupby(reversed(self.members), key=lambda member: member.service):
            results = await asyncio.gather(*(self._end(member) for member in group), return_exceptions=True)
            for result in results:
                if isinstance(result, BaseException):
                    self._failure = self._failure or result
            self._changed()

    async def _end(self, member: Member) -> None:
        stopping = asyncio.ensure_future(member.stop())
        hurry = asyncio.ensure_future(self._hurry.wait())
        await asyncio.wait({stopping, hurry}, return_when=asyncio.FIRST_COMPLETED)
        if not stopping.done():
            member.hurry()
        await cancel(hurry)
        await stopping

    @contextmanager
    def _signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in STOP_SIGNALS:
            loop.add_signal_handler(number, self.ask_to_stop)
        try:
            yield
        finally:
            for number in STOP_SIGNALS:
                loop.remove_signal_handler(number)


class Deaths:
    """Counts a member's deaths and says how long to wait before the next start."""

    def __init__(self) -> None:
        self._times: deque[float] = deque(maxlen=DEATHS)

    def count(self) -> float | None:
        """Seconds to wait; None when it died too often."""
        now = time.monotonic()
        self._times.append(now)
        recent = sum(now - moment < WITHIN_SECONDS for moment in self._times)
        if recent >= DEATHS:
            return None
        return float(min(FIRST_DELAY * 3 ** (recent - 1), LONGEST_DELAY))


def _given_up(member: Member, happened: LocalServerError | str) -> TooManyDeathsError:
    return TooManyDeathsError(member.name, DEATHS, _brief(happened), member.log, tail(member.log))


def _brief(happened: LocalServerError | str) -> str:
    return happened if isinstance(happened, str) else f"did not get ready ({str(happened).splitlines()[0]})"
