"""Which events of a run are new: those after the last one told, of the newest run."""

from collections import OrderedDict
from dataclasses import dataclass

from testmesh_api.live.events import Pack

REMEMBERED = 50_000
HOLE_S = 5.0
"""How long a hole in a run may stand: storage asks for what is missing within a second or two."""


@dataclass(slots=True)
class _Told:
    fence: int
    last: int
    hole_since: float | None = None


class _Latest:
    """Executions that something was heard of, the last `most` of them."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._ids: OrderedDict[str, None] = OrderedDict()

    def add(self, execution_id: str) -> bool:
        """Take one in; tell whether it is new."""
        if execution_id in self._ids:
            return False
        self._ids[execution_id] = None
        if len(self._ids) > self._most:
            self._ids.popitem(last=False)
        return True

    def clear(self) -> None:
        self._ids.clear()


class HoleError(Exception):
    """Events of an execution are missing and do not come."""

    def __init__(self, execution_id: str) -> None:
        super().__init__(f"events of execution {execution_id} are missing")
        self.execution_id = execution_id


class Runs:
    """Remembers how far each execution's newest run was told, for the executions told of last.

    Events are said at least once: what was told is dropped, and so is what an older run says. After a hole
    nothing is told until its events are said again, with all that follows them: storage asks for that.
    """

    def __init__(self, most: int = REMEMBERED) -> None:
        self._most = most
        self._told: OrderedDict[str, _Told] = OrderedDict()
        self._requested = _Latest(most)
        self._completed = _Latest(most)

    def first_new(self, pack: Pack, now: float) -> int | None:
        """Return the index of the first event to tell, None where there is none; it then counts as told.

        Raises:
            HoleError: a hole before this pack has stood for too long; from the next pack on all is told again.
        """
        told = self._told.get(pack.execution_id)
        if told is None or pack.fence > told.fence:
            told = self._told[pack.execution_id] = _Told(pack.fence, pack.first_seq - 1)
        if pack.fence < told.fence:
            return None
        self._told.move_to_end(pack.execution_id)
        if len(self._told) > self._most:
            self._told.popitem(last=False)
        index = told.last + 1 - pack.first_seq
        if index < 0:
            self._note_hole(pack, told, now)
            return None
        if index >= len(pack.events):
            return None
        told.last, told.hole_since = pack.last_seq, None
        return index

    def requests(self, execution_id: str) -> bool:
        """Whether this is the first time that the execution's request is heard."""
        return self._requested.add(execution_id)

    def completes(self, execution_id: str) -> bool:
        """Whether this is the first time that the execution's result is heard."""
        return self._completed.add(execution_id)

    def forget(self, execution_id: str) -> None:
        """Take the next event of an execution as new, whatever its number: one before it was not readable."""
        self._told.pop(execution_id, None)

    def forget_all(self) -> None:
        """Likewise for all, and for requests and results: some of what was said was missed."""
        self._told.clear()
        self._requested.clear()
        self._completed.clear()

    def _note_hole(self, pack: Pack, told: _Told, now: float) -> None:
        if told.hole_since is None:
            told.hole_since = now
        elif now - told.hole_since > HOLE_S:
            self.forget(pack.execution_id)
            raise HoleError(pack.execution_id)
