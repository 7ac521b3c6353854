"""A design that is measured: the product, or the naive one. The measurement is the same for both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from tests.bench.usage import Kinds


@dataclass(frozen=True)
class Wanted:
    """What executions must have left: passed, so many passed steps, so many assertions that held."""

    steps: int
    assertions: int
    count: int = 1

    def times(self, count: int) -> "Wanted":
        return Wanted(self.steps * count, self.assertions * count, self.count * count)

    def faults(self, statuses: Mapping[str, int], steps: Mapping[str, int], held: int, not_held: int) -> list[str]:
        faults = []
        if dict(statuses) != {"passed": self.count}:
            faults.append(f"executions: wanted {self.count} passed, the database has {dict(statuses)}")
        if dict(steps) != {"passed": self.steps}:
            faults.append(f"steps: wanted {self.steps} passed, the database has {dict(steps)}")
        if (held, not_held) != (self.assertions, 0):
            faults.append(f"assertions: wanted {self.assertions} that held, there are {held}, and {not_held} that not")
        return faults


class Design(Protocol):
    """Takes flows, runs executions of them, and lets its database be looked into."""

    @property
    def probe(self) -> int:
        """The Postgres backend that serves the bench's questions."""

    def kinds(self) -> Kinds:
        """Ids of its processes, by kind."""

    async def create_flow(self, source: str) -> str: ...

    async def start(self, flow_id: str, count: int) -> None:
        """Accept that many executions, in bulk."""

    async def until_persisted(self, flow_id: str, count: int) -> None:
        """Return when so many executions of the flow have a result in the database."""

    async def until_settled(self) -> None:
        """Return when nothing is left to be done for what has a result."""

    async def faults(self, flow_id: str, wanted: Wanted) -> Sequence[str]:
        """What is wrong in the database, in words: too few, too many, not passed, not judged."""
