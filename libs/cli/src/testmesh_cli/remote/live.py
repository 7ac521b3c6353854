"""One execution's live events over server-sent events: each once and in order, also over connections that break."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import httpx

from testmesh_cli.remote.client import LATER, ServerClient, reason_of
from testmesh_cli.remote.patience import Outage, Patience, StayedAwayError
from testmesh_cli.remote.sse import EventTooLongError, SseEvent, SseReader

COMPLETED = "execution.completed"
DELAYED = "execution.delayed"
GAP = "stream.gap"
SUBSCRIBED = "stream.subscribed"
MEDIA_TYPE = "text/event-stream"


@dataclass(frozen=True, slots=True)
class LiveEvent:
    """What the server says of an execution; `data` is the event with its `run` and `seq`."""

    id: str
    type: str
    data: dict[str, Any]

    @property
    def place(self) -> tuple[int, int] | None:
        """Return run and sequence number; None for what is not of a run."""
        run, seq = self.data.get("run"), self.data.get("seq")
        return (run, seq) if isinstance(run, int) and isinstance(seq, int) else None


class LiveUnavailableError(Exception):
    """There are no live events to be had from here; executions can still be asked for.

    `after_outage` says that it was tried for as long as there is patience.
    """

    def __init__(self, reason: str, *, after_outage: bool = False) -> None:
        super().__init__(reason)
        self.after_outage = after_outage


class ConnectionLostError(Exception):
    """A connection ended, or could not be made; the next may be."""


class _OverError(Exception):
    """The server says that nothing more comes."""


async def listen(
    client: ServerClient, execution_id: str, *, after: str | None, logs: bool, patience: Patience
) -> AsyncGenerator[LiveEvent, None]:
    """Yield what happens after a cursor; end after `execution.completed`, `stream.gap`, or the server's "no more".

    Raises:
        LiveUnavailableError: this server, or what is between, gives no live events, or gives none any more.
    """
    place = _Place(client, execution_id, after, logs)
    outage = Outage(patience, lambda reason: client.is_away(reason, patience.outage))
    while True:
        stands_since: float | None = None
        try:
            async with aclosing(_heard(place, patience)) as events:
                async for event in events:
                    stands_since = stands_since or time.monotonic()
                    client.is_there()
                    if event.type != SUBSCRIBED:
                        outage.is_over()
                        yield event
                    if event.type in {COMPLETED, GAP}:
                        return
            reason = "the connection ended"
        except _OverError:
            return
        except ConnectionLostError as error:
            reason = str(error)
        if stands_since is not None and time.monotonic() - stands_since >= patience.steady:
            outage.is_over()
        try:
            await outage.wait(reason)
        except StayedAwayError as error:
            lasting = f"no connection lasted for {patience.outage:.0f} s: {error}"
            raise LiveUnavailableError(lasting, after_outage=True) from error


class _Place:
    """How far a subscription has come."""

    def __init__(self, client: ServerClient, execution_id: str, after: str | None, logs: bool) -> None:
        self._client = client
        self._path = f"/executions/{execution_id}/events"
        self._params = {"logs": "true"} if logs else {}
        self._after = after
        self._last: str | None = None
        self.ever_heard = False

    def moves(self, event: LiveEvent) -> None:
        self.ever_heard = True
        if event.id and event.type != GAP:
            self._last = event.id

    async def open(self, patience: Patience) -> httpx.Response:
        headers = {b"Accept": MEDIA_TYPE.encode(), b"Accept-Encoding": b"identity"}
        params = dict(self._params)
        if self._last is not None:
            headers[b"Last-Event-ID"] = self._last.encode()
        elif self._after is not None:
            params["after"] = self._after
        return await self._client.open(self._path, params=params, headers=headers, silence=patience.stalled)


async def _heard(place: _Place, patience: Patience) -> AsyncGenerator[LiveEvent, None]:
    """Yield what one connection says, until it ends."""
    response: httpx.Response | None = None
    try:
        async with asyncio.timeout(patience.first_byte):
            response = await place.open(patience)
            _judge(response)
            pieces = response.aiter_bytes()
            piece = await anext(pieces, b"")
        reader = SseReader()
        while piece:
            for told in reader.feed(piece):
                event = _understood(told)
                place.moves(event)
                yield event
            piece = await anext(pieces, b"")
    except httpx.RequestError as error:
        raise ConnectionLostError(reason_of(error)) from error
    except EventTooLongError as error:
        raise ConnectionLostError(str(error)) from error
    except TimeoutError as error:
        if not place.ever_heard:
            raise LiveUnavailableError(f"nothing came within {patience.first_byte:g} s") from error
        raise ConnectionLostError(f"nothing came within {patience.first_byte:g} s") from error
    finally:
        if response is not None:
            await response.aclose()


def _judge(response: httpx.Response) -> None:
    """Raise where an answer is no stream of events."""
    status = response.status_code
    if status == httpx.codes.NO_CONTENT:
        raise _OverError
    if status in LATER:
        raise ConnectionLostError(f"HTTP {status}")
    if not response.is_success:
        raise LiveUnavailableError(f"HTTP {status}")
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind != MEDIA_TYPE:
        raise LiveUnavailableError(f"what answers is {kind or 'of no type'}, not {MEDIA_TYPE}")


def _understood(told: SseEvent) -> LiveEvent:
    """Return an event; of a body that is not understood only its name counts."""
    try:
        data = json.loads(told.data)["data"]
    except (ValueError, KeyError, TypeError):
        data = None
    return LiveEvent(id=told.id, type=told.name, data=data if isinstance(data, dict) else {})
