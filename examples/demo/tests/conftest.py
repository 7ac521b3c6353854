"""A shop of its own for each test, whose clock the test moves by hand."""

import sys
from pathlib import Path

import httpx
import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))  # the example is no installed package

from shop.app import create_app


class HandClock:
    """Stands still until it is moved."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now

    def move_ms(self, milliseconds):
        self.now += milliseconds / 1000


@pytest.fixture
def clock():
    return HandClock()


@pytest.fixture
async def shop(clock):
    transport = httpx.ASGITransport(create_app(clock))
    async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
        yield client


@pytest.fixture
async def ann(shop):
    made = await shop.post("/users", json={"email": "ann@example.com", "name": "Ann", "password": "correct horse"})
    return made.json()


@pytest.fixture
async def bearer(shop, ann):
    answer = await shop.post("/login", json={"email": ann["email"], "password": "correct horse"})
    return {"Authorization": f"Bearer {answer.json()['token']}"}
