"""Which events of a run are new: those after the last one told, of the newest run."""

from collections import OrderedDict

from testmesh_api.live.events import Pack

REMEMBERED = 50_000


class Runs:
    """Remembers how far each execution's newest run was told, for the executions told of last.

    Events are said at least once: what was told is dropped, and so is what an older run says. After a hole
    nothing is told until its events are said again, with all that follows them: storage asks for that.
    """

    def __init__(self, most: int = REMEMBERED) -> None:
        self._most = most
        self._told: OrderedDict[str, tuple[int, int]] = OrderedDict()
        self._completed: OrderedDict[str, None] = OrderedDict()

    def first_new(self, pack: Pack) -> int | None:
        """Return the index of the first event to tell, None where there is none; it then counts as told."""
        fence, last = self._told.get(pack.execution_id, (pack.fence, pack.first_seq - 1))
        if pack.fence < fence:
            return None
        if pack.fence > fence:
            last = pack.first_seq - 1
        index = last + 1 - pack.first_seq
        if not 0 <= index < len(pack.events):
            return None
        self._told[pack.execution_id] = pack.fence, pack.last_seq
        self._told.move_to_end(pack.execution_id)
        if len(self._told) > self._most:
            self._told.popitem(last=False)
        return index

    def completes(self, execution_id: str) -> bool:
        """Whether this is the first time that the execution's result is heard."""
        if execution_id in self._completed:
            return False
        self._completed[execution_id] = None
        if len(self._completed) > self._most:
            self._completed.popitem(last=False)
        return True

    def forget(self, execution_id: str) -> None:
        """Take the next event of an execution as new, whatever its number: one before it was not readable."""
        self._told.pop(execution_id, None)

    def forget_all(self) -> None:
        """Likewise for all: events of some of them were missed."""
        self._told.clear()
