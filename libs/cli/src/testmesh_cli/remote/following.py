"""An execution followed to its end: live where that can be had, else by asking; the database has the last word."""

import asyncio
import math
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field

from testmesh_cli.errors import RequestRefusedError, ServerUnreachableError
from testmesh_cli.remote import executions
from testmesh_cli.remote.client import IMPATIENT, LATER, ServerClient
from testmesh_cli.remote.executions import ResultLateError, ResultUnknownError
from testmesh_cli.remote.live import COMPLETED, DELAYED, GAP, LiveEvent, LiveUnavailableError, listen
from testmesh_cli.remote.log_pages import LogReader
from testmesh_cli.remote.patience import Patience
from testmesh_contracts.executions import ExecutionView, LogView
from testmesh_contracts.message import TERMINAL

PATIENCE = Patience()
FIRST_LOOK_S = 0.2
LONGEST_LOOK_S = 1.0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the database keeps of an execution, with the log lines that were not told yet."""

    view: ExecutionView
    lines: list[LogView] = field(default_factory=list)

    @property
    def has_ended(self) -> bool:
        return self.view.status in TERMINAL


News = Snapshot | LiveEvent


class Following:
    """Follows one execution.

    Its news begin with a snapshot and end with one that is terminal; each live event comes once, none of a run
    comes after one of a later run. What came live is for the eye: how it ended, the last snapshot says.
    """

    def __init__(
        self,
        client: ServerClient,
        execution_id: str,
        *,
        seconds: float | None,
        log: LogReader | None = None,
        patience: Patience = PATIENCE,
    ) -> None:
        self._client = client
        self._id = execution_id
        self._seconds = seconds
        self._deadline = None if seconds is None else time.monotonic() + seconds
        self._log = log
        self._patience = patience
        self._seen = _Seen()

    async def news(self) -> AsyncGenerator[News, None]:
        """Yield what becomes known.

        Raises:
            ResultLateError: it has not ended in time.
            ResultUnknownError: the server stayed away.
            ServerError: the server refuses.
        """
        unavailable: LiveUnavailableError | None = None
        try:
            async with aclosing(self._live()) as live:
                async for told in live:
                    yield told
        except LiveUnavailableError as error:
            unavailable = error
        if unavailable is None:
            return
        if unavailable.after_outage:
            # The patience is used up: only a server that is there is asked on.
            yield await self._snapshot(IMPATIENT)
        self._client.remark(f"no live events ({unavailable}); the execution is asked for once a second instead")
        async with aclosing(self._asked()) as asked:
            async for snapshot in asked:
                yield snapshot

    async def _live(self) -> AsyncGenerator[News, None]:
        rounds, ended_by = 0, ""
        while True:
            snapshot = await self._snapshot(self._patience.outage)
            yield snapshot
            if snapshot.has_ended:
                return
            self._must_be_in_time(snapshot)
            if ended_by:
                await self._between(rounds)
            heard, ended_by = False, "end of stream"
            async with aclosing(self._subscribed(snapshot.view.event_cursor)) as events:
                async for event in events:
                    if event.type in {COMPLETED, GAP}:
                        ended_by = event.type
                    elif self._seen.is_new(event):
                        heard = True
                        yield event
            rounds = 0 if heard and ended_by != COMPLETED else rounds + 1

    async def _between(self, rounds: int) -> None:
        if rounds >= self._patience.fruitless:
            raise LiveUnavailableError(f"{rounds} subscriptions in a row ended at once")
        pause = min(self._patience.between * 2**rounds, self._patience.longest_pause)
        left = math.inf if self._deadline is None else self._deadline - time.monotonic()
        await asyncio.sleep(max(0.0, min(pause, left)))

    async def _subscribed(self, after: str | None) -> AsyncGenerator[LiveEvent, None]:
        """Yield the events of one subscription, no longer than there is time."""
        logs = self._log is not None
        async with aclosing(listen(self._client, self._id, after=after, logs=logs, patience=self._patience)) as events:
            while True:
                left = None if self._deadline is None else self._deadline - time.monotonic()
                try:
                    async with asyncio.timeout(left):
                        event = await anext(events)
                except (StopAsyncIteration, TimeoutError):
                    return
                yield event

    async def _asked(self) -> AsyncGenerator[Snapshot, None]:
        pause = FIRST_LOOK_S
        while True:
            snapshot = await self._snapshot(self._patience.outage)
            yield snapshot
            if snapshot.has_ended:
                return
            self._must_be_in_time(snapshot)
            await asyncio.sleep(pause)
            pause = min(pause * 1.25, LONGEST_LOOK_S)

    async def _snapshot(self, patience: float) -> Snapshot:
        """Read the execution, then those of its lines that were not told: of one that has ended, all are there."""
        try:
            view = await executions.get(self._client, self._id, patience=patience)
            return Snapshot(view, await self._lines(patience))
        except ServerUnreachableError as error:
            raise ResultUnknownError(self._id, error.what_happened) from error
        except RequestRefusedError as error:
            if error.status not in LATER:
                raise
            raise ResultUnknownError(self._id, f"HTTP {error.status}") from error

    async def _lines(self, patience: float) -> list[LogView]:
        if self._log is None:
            return []
        try:
            return [line async for line in self._log.unread(patience=patience)]
        except RequestRefusedError as error:
            if error.status in LATER:
                raise
            # A server of an older release keeps lines and shows none; the result does not hang on them.
            self._client.remark(f"no log lines: {error}")
            self._log = None
            return []

    def _must_be_in_time(self, snapshot: Snapshot) -> None:
        if self._deadline is not None and self._seconds is not None and time.monotonic() >= self._deadline:
            raise ResultLateError(self._id, snapshot.view.status, self._seconds)


class _Seen:
    """Which events of the newest run were heard."""

    def __init__(self) -> None:
        self._run = 0
        self._numbers: set[int] = set()

    def is_new(self, event: LiveEvent) -> bool:
        """Say whether an event is to be told: not said before, not of a run that was given up; it then was said."""
        if event.place is None or event.type == DELAYED:
            # Who waited begins to count anew when it starts.
            return True
        run, number = event.place
        if run > self._run:
            self._run, self._numbers = run, set()
        if run < self._run or number in self._numbers:
            return False
        self._numbers.add(number)
        return True
