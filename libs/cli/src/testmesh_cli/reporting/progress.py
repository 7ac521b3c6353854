"""How far a run is, in one line: what has been done, what failed, what runs now, for how long."""

import time
from collections.abc import Callable

from testmesh_cli.reporting.values import one_line
from testmesh_cli.running.result import FlowResult
from testmesh_cli.sources import FlowFile
from testmesh_contracts.events import StepStarted


class Progress:
    """Hears what a report hears."""

    def __init__(self, total: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._total = total
        self._clock = clock
        self._began = clock()
        self._running: dict[str, str] = {}
        """What the running flows do, the one that did something last at the end."""
        self._done = 0
        self._failed = 0

    def begins(self, file: FlowFile) -> None:
        self._running[file.shown] = file.checked.name

    def tells(self, file: FlowFile, event: StepStarted) -> None:
        if self._running.pop(file.shown, None) is not None:
            self._running[file.shown] = event.name

    def ends(self, result: FlowResult) -> None:
        self._running.pop(result.file.shown, None)
        self._done += 1
        self._failed += result.status != "passed"

    def line(self) -> str:
        # The thread that draws this line looks on while flows begin and end.
        running = list(self._running.items())
        seconds = int(self._clock() - self._began)
        parts = [f"{self._done}/{self._total} done"] if self._total > 1 else []
        parts += [f"{self._failed} not passed"] if self._failed else []
        parts += [f"{seconds // 60} min {seconds % 60} s" if seconds >= 60 else f"{seconds} s"] if seconds else []
        parts += [f"{len(running)} running"] if len(running) > 1 else []
        parts += [f"{one_line(shown)}: {one_line(doing)}" for shown, doing in running[-1:]]
        return " · ".join(parts)
