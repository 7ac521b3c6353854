"""The bare client: GETs one after the other, so many at once, and nothing else. Arguments: URL, requests, at once."""

import asyncio
import sys

import aiohttp


async def main(url: str, count: int, at_once: int) -> None:
    left = iter(range(count))

    async def ask(session: aiohttp.ClientSession) -> None:
        for number in left:
            async with session.get(f"{url}/orders/{number}") as response:
                await response.json()

    async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(ask(session))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
