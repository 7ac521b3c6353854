"""The slots of a runner: what it carries out now, and how much more it can."""

import asyncio
from collections.abc import Iterator
from uuid import UUID

from testmesh_runner.execution import Execution


class Slots:
    """The executions under way, by id. A slot is free when the end of its run is written."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self._taken: dict[UUID, Execution] = {}
        self._changed = asyncio.Event()

    def __len__(self) -> int:
        return len(self._taken)

    def __iter__(self) -> Iterator[Execution]:
        return iter(list(self._taken.values()))

    @property
    def free(self) -> int:
        return max(0, self.capacity - len(self._taken))

    @property
    def held(self) -> list[tuple[UUID, int]]:
        """Execution and claim of each; may be asked from another thread."""
        return [(execution.execution_id, execution.claim) for execution in list(self._taken.values())]

    def find(self, execution_id: UUID) -> Execution | None:
        return self._taken.get(execution_id)

    def take(self, execution: Execution) -> None:
        older = self._taken.get(execution.execution_id)
        if older is not None:
            older.revoke()
        self._taken[execution.execution_id] = execution

    def give_back(self, execution: Execution) -> None:
        if self._taken.get(execution.execution_id) is execution:
            del self._taken[execution.execution_id]
        self._changed.set()

    async def wait_for_change(self, within_s: float) -> None:
        """Return when a slot was given back, or after a while."""
        self._changed.clear()
        try:
            await asyncio.wait_for(self._changed.wait(), within_s)
        except TimeoutError:
            return
