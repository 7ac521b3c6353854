"""The live feed's clients, and the flows that they watch: one process.

Reads its task (LiveLoad as JSON) from stdin, says what came of it (Watched as JSON) on stdout.
"""

import asyncio
import gc
import json
import sys
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from typing import Any

import aiohttp
import uvloop

from tests.bench.live_messages import LIFECYCLE, Tally, TopicLog
from tests.bench.openloop import OpenLoop, WallClock
from tests.bench.percentiles import Spread

WITHIN_S = 30
BULKS = 20
"""Executions come in so many POSTs a second, in bulk as in row (b): what one by one costs is row (c)."""
DEFLATE_AS_BROWSERS = 15


@dataclass(frozen=True)
class LiveLoad:
    """`rate` executions a second are started; `clients` follow `followed_rate` of them, each those of its own;
    `watchers` of the clients are told of all executions besides.
    """

    url: str
    flow_id: str
    clients: int
    watchers: int
    rate: float
    followed_rate: float
    seconds: float


@dataclass(frozen=True)
class Watched:
    """What was accepted, what the clients were told, how late, and what was wrong with it."""

    accepted: int
    elapsed_s: float
    """From the first POST to the answer of the last."""
    late_ms: Spread
    """How late the POSTs were sent."""
    followed: int
    messages: Mapping[str, int]
    replayed: int
    faults: Mapping[str, int]
    latencies_ms: Mapping[str, Spread]

    @classmethod
    def read(cls, value: dict[str, Any]) -> "Watched":
        spreads = {name: Spread.read(spread) for name, spread in value["latencies_ms"].items()}
        return cls(**{**value, "late_ms": Spread.read(value["late_ms"]), "latencies_ms": spreads})


class Client:
    """One WebSocket: a page that shows an execution, or several."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, tally: Tally) -> None:
        self._socket = socket
        self._tally = tally
        self._ended: dict[str, asyncio.Event] = {}
        self._leaving = False
        self.logs: dict[str, TopicLog] = {}

    async def listen(self) -> None:
        async for message in self._socket:
            received = time.time()
            told = json.loads(message.data)
            topic = told["topic"]
            if told["type"] == "stream.alive":
                continue
            if topic not in self.logs:
                self._tally.faults[f"of no topic of ours: {told['type']}"] += 1
                continue
            self.logs[topic].take(told, received)
            if told["type"] == "execution.completed" and topic in self._ended:
                self._ended[topic].set()
        if not self._leaving:
            self._tally.faults[f"closed with {self._socket.close_code}"] += 1

    async def subscribe(self, topic: str) -> None:
        self.logs[topic] = TopicLog(self._tally, time.time())
        await self._socket.send_json({"op": "subscribe", "topic": topic})

    async def follow(self, execution_id: str) -> None:
        """See an execution through to its end."""
        topic = f"execution:{execution_id}"
        self._ended[topic] = asyncio.Event()
        await self.subscribe(topic)
        try:
            async with asyncio.timeout(WITHIN_S):
                await self._ended[topic].wait()
        except TimeoutError:
            self._tally.faults[f"not completed within {WITHIN_S} s"] += 1
        await self._socket.send_json({"op": "unsubscribe", "topic": topic})
        del self._ended[topic]

    async def close(self) -> None:
        self._leaving = True
        await self._socket.close()


class Audience:
    """All clients, and the POSTs that give them something to see."""

    def __init__(self, load: LiveLoad, session: aiohttp.ClientSession) -> None:
        self._load = load
        self._session = session
        self._tally = Tally()
        self._clients: list[Client] = []
        self._accepted = self._followed = 0
        self._following: asyncio.TaskGroup

    async def run(self) -> Watched:
        load = self._load
        async with asyncio.TaskGroup() as group:
            for _ in range(load.clients):
                socket = await self._session.ws_connect("/api/v1/ws", compress=DEFLATE_AS_BROWSERS)
                self._clients.append(Client(socket, self._tally))
                group.create_task(self._clients[-1].listen())
            for client in self._clients[: load.watchers]:
                await client.subscribe("events")
            await asyncio.sleep(1)  # the watchers' subscriptions stand long before the first execution
            started = time.perf_counter()
            posts = OpenLoop(self._start, BULKS, round(load.seconds * BULKS), WallClock())
            async with asyncio.TaskGroup() as following:
                self._following = following
                await posts.run()
                elapsed_s = time.perf_counter() - started
            await self._until_watchers_know_all()
            for client in self._clients:
                await client.close()
        self._judge()
        return self._watched(elapsed_s, Spread.of(posts.late_ms))

    async def _start(self, number: int) -> None:
        count = _part(self._load.rate / BULKS, number)
        if not count:
            return
        body = {"items": [{"flow_id": self._load.flow_id}] * count}
        async with self._session.post("/api/v1/executions", json=body) as answer:
            if answer.status != 202:
                self._tally.faults[f"POST answered {answer.status}"] += 1
                return
            accepted = [item["id"] for item in (await answer.json())["items"]]
        self._accepted += count
        for execution_id in accepted[: _part(self._load.followed_rate / BULKS, number)]:
            client = self._clients[self._followed % len(self._clients)]
            self._followed += 1
            self._following.create_task(client.follow(execution_id))

    async def _until_watchers_know_all(self) -> None:
        deadline = time.monotonic() + WITHIN_S
        logs = [client.logs["events"] for client in self._clients[: self._load.watchers]]
        while any(log.counts["execution.completed"] < self._accepted for log in logs):
            if time.monotonic() > deadline:
                return  # `_judge` says what is missing
            await asyncio.sleep(0.1)

    def _judge(self) -> None:
        for client in self._clients[: self._load.watchers]:
            for kind in LIFECYCLE:
                missing = self._accepted - client.logs["events"].counts[kind]
                if missing:
                    self._tally.faults[f"missing of {kind}"] += missing

    def _watched(self, elapsed_s: float, late_ms: Spread) -> Watched:
        spreads = {name: Spread.of(values) for name, values in self._tally.latencies_ms.items()}
        return Watched(
            self._accepted,
            elapsed_s,
            late_ms,
            self._followed,
            dict(self._tally.messages),
            self._tally.replayed,
            dict(self._tally.faults),
            spreads,
        )


def _part(each: float, number: int) -> int:
    """Return how many fall to the turn of that number, of `each` a turn on average."""
    return int((number + 1) * each) - int(number * each)


async def watch(load: LiveLoad) -> Watched:
    async with AsyncExitStack() as stack:
        connector = aiohttp.TCPConnector(limit=0)
        timeout = aiohttp.ClientTimeout(WITHIN_S)
        session = await stack.enter_async_context(aiohttp.ClientSession(load.url, connector=connector, timeout=timeout))
        return await Audience(load, session).run()


def main() -> None:
    _say({"ready": True})
    load = LiveLoad(**json.loads(sys.stdin.readline()))
    gc.freeze()
    gc.disable()  # its pauses would be taken for the server's
    _say(asdict(uvloop.run(watch(load))))
    sys.stdin.read()  # stays until it is ended, so that its CPU time can be read


def _say(value: Any) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
