"""The folds of one process as its parts: each runs until the process stops."""

import asyncio

from testmesh_chassis.bus import Fold


class FoldParts:
    """All folds of the process, started together."""

    def __init__(self, folds: list[Fold]) -> None:
        self._folds = folds
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        self._tasks = [asyncio.create_task(fold.run()) for fold in self._folds]

    async def stop(self) -> None:
        """Let each end the batch that it has in hand, and give its lease back."""
        for fold in self._folds:
            fold.stop()
        await asyncio.gather(*self._tasks)
