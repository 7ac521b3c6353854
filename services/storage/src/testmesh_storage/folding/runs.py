"""The order and the right of a run's events: the fence, each seq once, holes and how long they are waited for."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from testmesh_contracts.events import ExecutionFinished
from testmesh_storage.config import StorageSettings
from testmesh_storage.folding.book import Book
from testmesh_storage.folding.effects import Effects
from testmesh_storage.repository.executions import Execution
from testmesh_storage.repository.runs import Run
from testmesh_storage.repository.steps import Closing

Sequenced = Sequence[tuple[int, Any]]


class Sequencer:
    """Takes packs of events in whatever order they come, and applies each event once, in its run's order."""

    def __init__(self, book: Book, settings: StorageSettings) -> None:
        self._book = book
        self._effects = Effects(book, settings)
        self._fence_on = settings.fence

    def take(self, execution_id: UUID, number: int, fence: int, events: Sequenced) -> None:
        """Take a pack; an event that is None is one that nobody can read."""
        execution = self._book.executions[execution_id]
        run = self._book.run(execution_id, number)
        if not self._admits(execution, run, fence, events):
            return
        run.first_event_at = run.first_event_at or self._book.now
        run.last_event_at = self._book.now
        for seq, event in events:
            if seq <= run.last_seq:
                self._heard_again(execution, event)
            elif seq == run.last_seq + 1:
                self._apply(run, seq, event)
                self._catch_up(run)
            else:
                self._book.hold(run, seq, event)
                self._heard_again(execution, event)
        self._note_hole(run)

    def give_up_hole(self, run: Run) -> None:
        """Apply what is there in order, and count what is missing as lost; of an older run, nothing is taken."""
        if run.claim < self._book.executions[run.execution_id].fence and self._fence_on:
            self._refuse_held(run)
            return
        for seq in sorted(self._book.held[run.execution_id, run.run]):
            run.lost_events += seq - run.last_seq - 1
            self._apply(run, seq, self._book.release(run, seq))
        self._note_hole(run)

    def _refuse_held(self, run: Run) -> None:
        held = sorted(self._book.held[run.execution_id, run.run])
        for seq in held:
            self._book.release(run, seq)
        run.refused += len(held)
        self._book.told.refused += len(held)
        self._note_hole(run)

    def _admits(self, execution: Execution, run: Run, fence: int, events: Sequenced) -> bool:
        if fence < execution.fence and self._fence_on:
            run.refused += len(events)
            run.claim = run.claim or fence
            self._book.told.refused += len(events)
            self._book.told.revoked[execution.id] = execution.fence
            for _, event in events:
                self._heard_again(execution, event)
            return False
        if fence > execution.fence and execution.is_terminal:
            # It was ended here before this run began: its runner learns it by the result.
            self._book.told.again[execution.id] = execution
            return False
        execution.fence = max(fence, execution.fence)
        if fence > run.claim:
            self._begin(run, fence)
        return True

    def _begin(self, run: Run, fence: int) -> None:
        """Let the run have a new holder, whose events count from 1 again."""
        if run.claim:
            for seq in list(self._book.held[run.execution_id, run.run]):
                self._book.release(run, seq)
            reason = "runner lost"
            self._book.closings.append(Closing(run.execution_id, fence - 1, "runner_lost", reason, self._book.now))
        run.claim, run.last_seq, run.lost_events = fence, 0, 0

    def _heard_again(self, execution: Execution, event: Any) -> None:
        if execution.is_terminal and isinstance(event, ExecutionFinished):
            self._book.told.again[execution.id] = execution

    def _apply(self, run: Run, seq: int, event: Any) -> None:
        run.last_seq = seq
        self._effects.apply(run, seq, event)

    def _catch_up(self, run: Run) -> None:
        held = self._book.held.get((run.execution_id, run.run))
        while held and run.last_seq + 1 in held:
            seq = run.last_seq + 1
            self._apply(run, seq, self._book.release(run, seq))

    def _note_hole(self, run: Run) -> None:
        held = self._book.held.get((run.execution_id, run.run))
        if not held:
            run.hole_since = run.terminal_held_since = None
            return
        run.hole_since = run.hole_since or self._book.now
        if any(isinstance(event, ExecutionFinished) for event in held.values()):
            run.terminal_held_since = run.terminal_held_since or self._book.now
        self._book.told.resend[run.execution_id, run.run] = run.last_seq + 1
