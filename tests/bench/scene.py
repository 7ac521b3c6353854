"""All that the rows are measured on: the house, the target, and what one row learns for another."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import httpx

from tests.bench.children import child
from tests.bench.ledger import opened_ledger
from tests.bench.product import Product
from tests.house.running import House

LIVE_RATE = 180
"""Flows a second of row (d): 60 % of the 300 that row (b) has to reach at least."""


@dataclass
class Scene:
    """Handed to each row."""

    product: Product
    target_url: str
    runners: int
    quick: bool
    clients: int
    watchers: int
    live_rate: float = LIVE_RATE
    http_rate: float | None = None
    """Row (b)'s flows a second, once it was measured: row (f) offers a part of it."""

    def requests_served(self) -> int:
        """How many requests the target has answered so far."""
        return int(httpx.get(f"{self.target_url}/count").json()["requests"])


@asynccontextmanager
async def set_scene(
    house: House, *, runners: int, quick: bool, clients: int, watchers: int, live_rate: float
) -> AsyncIterator[Scene]:
    async with AsyncExitStack() as stack:
        target = stack.enter_context(child("tests.bench.target"))
        port = (await target.answer())["port"]
        ledger = await stack.enter_async_context(opened_ledger(house.record["postgres_url"]))
        product = Product(house, ledger, target.pid)
        yield Scene(product, f"http://127.0.0.1:{port}", runners, quick, clients, watchers, live_rate)
