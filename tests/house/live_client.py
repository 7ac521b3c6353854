"""A client of the live feed as docs/live.md describes it: snapshot, subscription, cursor, gap, snapshot again."""

import asyncio
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import websockets

LONGEST_PAUSE_S = 0.5


class WithinTimeError(AssertionError):
    """The execution's result was not told in time."""


@dataclass
class LiveClient:
    """Follows one execution over lost connections; keeps every event that it is told."""

    url: str
    execution_id: str
    steps: dict[tuple[int, str], str] = field(default_factory=dict)
    """Status of each step by run and path, from the snapshot and what was told after it."""
    status: str = "unknown"
    """`pending` where the caller has just started it, and wants its events from the first on."""
    told: list[dict[str, Any]] = field(default_factory=list)
    gaps: int = 0
    connections: int = 0
    drop_when: Callable[["LiveClient"], bool] = lambda _: False
    cursor: str | None = None

    @property
    def topic(self) -> str:
        return f"execution:{self.execution_id}"

    @property
    def seqs(self) -> list[tuple[int, int]]:
        return [(event["data"]["run"], event["data"]["seq"]) for event in self.told if "seq" in event["data"]]

    async def follow(self, within_s: float = 60) -> None:
        """Follow to the result, and look at the snapshot once more."""
        async with asyncio.timeout(within_s), httpx.AsyncClient(base_url=f"{self.url}/api/v1", timeout=10) as http:
            if self.status == "unknown":
                await self._snapshot(http)
            while self.status in {"pending", "running"}:
                try:
                    await self._listen(http)
                except (OSError, websockets.WebSocketException):
                    await asyncio.sleep(random.uniform(0, LONGEST_PAUSE_S))
            await self._snapshot(http)

    async def _snapshot(self, http: httpx.AsyncClient) -> None:
        while True:
            try:
                answer = await http.get(f"/executions/{self.execution_id}")
                if answer.status_code == 200:
                    break
            except httpx.TransportError:
                pass
            await asyncio.sleep(random.uniform(0, LONGEST_PAUSE_S))
        view = answer.json()
        self.status = view["status"]
        self.steps = {(step["run"], step["path"]): step["status"] for step in view["steps"]}
        self.cursor = view["event_cursor"]

    async def _listen(self, http: httpx.AsyncClient) -> None:
        async with websockets.connect(f"{self.url.replace('http', 'ws', 1)}/api/v1/ws") as socket:
            self.connections += 1
            await self._subscribe(socket)
            async for text in socket:
                message = json.loads(text)
                if message["type"] == "stream.gap":
                    self.gaps += 1
                    await self._snapshot(http)
                    await self._subscribe(socket)
                else:
                    self._take(message)
                if self.status not in {"pending", "running"}:
                    return
                if self.drop_when(self):
                    socket.transport.abort()
                    return

    async def _subscribe(self, socket: websockets.ClientConnection) -> None:
        wish = {"op": "subscribe", "topic": self.topic}
        await socket.send(json.dumps(wish if self.cursor is None else {**wish, "after": self.cursor}))

    def _take(self, message: dict[str, Any]) -> None:
        self.cursor = message["id"] or self.cursor
        kind, data = message["type"], message["data"]
        if kind.startswith("stream."):
            return
        self.told.append(message)
        if kind == "step.started":
            self.steps[data["run"], data["path"]] = "running"
        elif kind == "step.finished":
            self.steps[data["run"], data["path"]] = data["status"]
        elif kind == "execution.completed":
            self.status = data["status"]
