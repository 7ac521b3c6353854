"""Several pieces of work at the same time, of which none outlives the others' failure."""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any


async def all_at_once(works: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Return when all are done; raise the first failure as it is, after the rest was cancelled and is gone."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        await asyncio.gather(*tasks)
    finally:
        await cancel(*tasks)


async def cancel(*tasks: "asyncio.Task[Any]") -> None:
    """Cancel them and wait until they are gone; a result or an error stays theirs."""
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)
