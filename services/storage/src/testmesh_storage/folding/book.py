"""All that a batch of events touches: read once at its start, written once at its end."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from pydantic_core import to_json

from testmesh_chassis.database import Connection
from testmesh_chassis.outbox import Outbox
from testmesh_contracts.events import Event
from testmesh_storage.folding.completion import Told, keep_results
from testmesh_storage.repository import executions, runs, steps
from testmesh_storage.repository.executions import Execution
from testmesh_storage.repository.runs import Held, Run
from testmesh_storage.repository.steps import Artifact, Closing, Log, Step

Key = tuple[UUID, int]

_events: TypeAdapter[Any] = TypeAdapter(Event)


@dataclass(slots=True)
class Book:
    """Executions with their runs, and what the events of this batch change."""

    executions: dict[UUID, Execution]
    now: datetime
    runs: dict[Key, Run] = field(default_factory=dict)
    held: dict[Key, dict[int, Any]] = field(default_factory=lambda: defaultdict(dict))
    steps: dict[tuple[UUID, int, str], Step] = field(default_factory=dict)
    logs: list[Log] = field(default_factory=list)
    artifacts: list[Artifact] = field(default_factory=list)
    closings: list[Closing] = field(default_factory=list)
    newly_held: dict[tuple[UUID, int, int], Any] = field(default_factory=dict)
    released: list[tuple[UUID, int, int]] = field(default_factory=list)
    told: Told = field(default_factory=Told)

    def run(self, execution_id: UUID, number: int) -> Run:
        """Return a run, a new one where its first event has only come now."""
        key = (execution_id, number)
        found = self.runs.get(key)
        if found is None:
            found = self.runs[key] = Run(execution_id, number)
        return found

    def hold(self, run: Run, seq: int, event: Any) -> None:
        """Keep an event until those before it have come."""
        held = self.held[run.execution_id, run.run]
        if seq not in held:
            held[seq] = event
            self.newly_held[run.execution_id, run.run, seq] = event

    def release(self, run: Run, seq: int) -> Any:
        """Take out a held event that has its turn."""
        key = (run.execution_id, run.run, seq)
        if self.newly_held.pop(key, self) is self:
            self.released.append(key)
        return self.held[run.execution_id, run.run].pop(seq)

    def lose_other_runs(self, run: Run) -> None:
        """Mark the runs whose place this one has taken."""
        for other in self.runs.values():
            if other.execution_id == run.execution_id and other.claim < run.claim and other.finished_at is None:
                other.status = "lost"


async def open_book(connection: Connection, ids: Iterable[UUID], now: datetime) -> Book:
    """Lock the executions and read what is known of their runs."""
    known = await executions.make_and_lock(connection, set(ids))
    book = Book(known, now)
    wanted = list(known)
    found = await runs.of_executions(connection, wanted)
    book.runs = {(run.execution_id, run.run): run for run in found}
    if any(run.hole_since is not None for run in found):
        for held in await runs.held_events(connection, wanted):
            event = None if held.event is None else _events.validate_json(held.event)
            book.held[held.execution_id, held.run][held.seq] = event
    return book


async def write_lot(connection: Connection, book: Book) -> None:
    """Write the steps and log lines so far, and forget them: of a long run not all are in memory at once."""
    await steps.save(connection, book.steps.values())
    await steps.add_logs(connection, book.logs)
    book.steps.clear()
    book.logs.clear()


async def close_book(connection: Connection, book: Book, outbox: Outbox) -> None:
    """Write what the batch changed: one statement a kind of row."""
    for run in book.runs.values():
        run.project_id = run.project_id or book.executions[run.execution_id].project_id
    await executions.save(connection, book.executions.values())
    await runs.save(connection, book.runs.values())
    if book.steps:
        await steps.save(connection, book.steps.values())
    if book.logs:
        await steps.add_logs(connection, book.logs)
    if book.artifacts:
        await steps.add_artifacts(connection, book.artifacts)
    if book.closings:
        await steps.close(connection, book.closings)
    if book.newly_held:
        await runs.hold(connection, [_held(key, event) for key, event in book.newly_held.items()])
    if book.released:
        await runs.release(connection, book.released)
    await keep_results(connection, outbox, book.told)


def _held(key: tuple[UUID, int, int], event: Any) -> Held:
    return Held(*key, None if event is None else to_json(event.model_dump(), inf_nan_mode="strings").decode())
