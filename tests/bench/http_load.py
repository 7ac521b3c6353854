"""The load generator: a process that offers HTTP requests in an open loop, and judges each answer.

Reads its task (HttpLoad as JSON) from stdin, says what came of it (Offered as JSON) on stdout.
"""

import gc
import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, field
from typing import Any

import aiohttp
import uvloop

from tests.bench.openloop import OpenLoop, WallClock
from tests.bench.percentiles import Spread

CONNECTIONS = 200
"""Clients at most; who waits for one waits on the clock of the request."""
WITHIN_S = 60
"""Slow is not wrong: the latency tells. Never answered is wrong."""


@dataclass(frozen=True)
class Call:
    """A request, the status wanted, and members that the JSON answered must have."""

    method: str
    path: str
    body: Any = None
    status: int = 200
    members: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class HttpLoad:
    """Calls to make in turn, over and over."""

    url: str
    rate: float
    count: int
    calls: Sequence[Call]


@dataclass(frozen=True)
class Offered:
    """What was offered, and how it was answered."""

    statuses: Mapping[str, int]
    wrong: int
    latency_ms: Spread
    late_ms: Spread

    @classmethod
    def read(cls, value: dict[str, Any]) -> "Offered":
        spreads = {name: Spread.read(value[name]) for name in ("latency_ms", "late_ms")}
        return cls(statuses=value["statuses"], wrong=value["wrong"], **spreads)


class Generator:
    """Makes the calls on kept connections; counts statuses, and answers that are not what was wanted."""

    def __init__(self, load: HttpLoad) -> None:
        self._load = load
        self._bodies = [None if call.body is None else json.dumps(call.body).encode() for call in load.calls]
        self._statuses: Counter[str] = Counter()
        self._wrong = 0
        self._session: aiohttp.ClientSession | None = None

    async def run(self) -> Offered:
        async with AsyncExitStack() as stack:
            connector = aiohttp.TCPConnector(limit=CONNECTIONS)
            timeout = aiohttp.ClientTimeout(WITHIN_S)
            self._session = await stack.enter_async_context(
                aiohttp.ClientSession(self._load.url, connector=connector, timeout=timeout)
            )
            loop = OpenLoop(self._call, self._load.rate, self._load.count, WallClock())
            await loop.run()
        return Offered(dict(self._statuses), self._wrong, Spread.of(loop.latencies_ms), Spread.of(loop.late_ms))

    async def _call(self, number: int) -> None:
        assert self._session is not None
        place = number % len(self._load.calls)
        call, body = self._load.calls[place], self._bodies[place]
        headers = {} if body is None else {"Content-Type": "application/json"}
        try:
            async with self._session.request(call.method, call.path, data=body, headers=headers) as answer:
                status, text = str(answer.status), await answer.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            status, text = type(error).__name__, b""
        self._statuses[status] += 1
        self._wrong += status != str(call.status) or not _has(text, call.members)


def _has(text: bytes, members: Mapping[str, Any]) -> bool:
    if not members:
        return True
    found = json.loads(text)
    return all(found.get(name) == value for name, value in members.items())


def main() -> None:
    _say({"ready": True})
    task = json.loads(sys.stdin.readline())
    load = HttpLoad(**{**task, "calls": [Call(**call) for call in task["calls"]]})
    gc.freeze()
    gc.disable()  # its pauses would be taken for the server's
    offered = uvloop.run(Generator(load).run())
    _say(asdict(offered))
    sys.stdin.read()  # stays until it is ended, so that its CPU time can be read


def _say(value: Any) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
