"""What a watch says: what changed, what is run for it and why, how all flows stand, and that it waits."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from testmesh_cli.reporting.faults import fault_lines
from testmesh_cli.reporting.paper import Line, Paper, Span, remark_line, standard_error
from testmesh_cli.reporting.text import TextReport
from testmesh_cli.reporting.values import near, one_line
from testmesh_cli.sources import FlowFile
from testmesh_cli.watching.due import Due

MOST_CHANGES = 3
MOST_TOLD = 8
KEYS = "Enter runs all, f those that did not pass, q quits"


class Screen:
    """Tells a person; nothing is cleared, so that what was there before can be read again."""

    def __init__(self, paper: Paper, *, has_keys: bool, again: Callable[[FlowFile], str]) -> None:
        self._paper = paper
        self._errors = standard_error()
        self._has_keys = has_keys
        self._again = again

    def says(self, words: str) -> None:
        self._paper.rests()
        self._errors.write(remark_line(words))

    def report(self, files: Sequence[FlowFile], jobs: int) -> TextReport:
        grouped = len(files) > 1 and jobs > 1
        return TextReport(self._paper, grouped=grouped, total=len(files), again=self._again)

    def begins(self, due: Due, words: str, flows: Mapping[Path, FlowFile]) -> None:
        """Tell what changed, and which flows it touches."""
        self._paper.rests()
        changes = [f"{near(path)} {how}" for path, how in due.changed.items()] or [words]
        head = f"── {time.strftime('%H:%M:%S')} "
        self._write([Span(head, "dim"), Span(_some(changes), "bold")])
        for path in due.gone:
            self._write([Span(f"   {one_line(near(path))}", "bold"), Span("  no flow any more", "dim")])
        said = list(due.changed)[:MOST_CHANGES]
        reasons = [(path, why) for path, why in due.why.items() if path in flows and why and path not in said]
        for path, why in reasons[:MOST_TOLD]:
            self._write([Span(f"   {one_line(flows[path].shown)}", "bold"), Span(f"  {one_line(why)}", "dim")])
        if len(reasons) > MOST_TOLD:
            self._write([Span(f"   and {len(reasons) - MOST_TOLD} more flows", "dim")])
        self._write([])

    def faults(self, files: Iterable[FlowFile]) -> None:
        for file in files:
            for line in fault_lines(file, self._paper.width):
                self._write(line)
            self._write([])

    def cut_short(self) -> None:
        self.says("running flows end with their teardowns, and are run anew")

    def leaves(self) -> None:
        self.says("running flows end with their teardowns; Ctrl-C ends at once")

    def ends_at_once(self) -> None:
        self.says("ended at once: teardowns were not waited for")

    def waits(self, statuses: Sequence[str]) -> None:
        """Tell how all flows stand, and that changes are waited for."""
        self._paper.rests()
        counts = Counter(statuses)
        words = [f"{counts[status]} {status.replace('_', ' ')}" for status in sorted(counts, key=_by_gravity)]
        good = statuses and set(statuses) == {"passed"}
        said = f"{', '.join(words)} of {_flows(len(statuses))}" if statuses else "no flow is here yet"
        self._write(
            [Span("── ", "dim"), Span(said, "bold green" if good else "bold red"), Span("; waiting for changes")]
        )
        if self._has_keys:
            self._write([Span(f"   {KEYS}", "dim")])

    def _write(self, line: Line) -> None:
        self._paper.write(line)


def _some(words: Sequence[str]) -> str:
    more = f" and {len(words) - MOST_CHANGES} more files" if len(words) > MOST_CHANGES else ""
    return one_line(", ".join(words[:MOST_CHANGES]) + more)


def _flows(count: int) -> str:
    return f"{count} flow{'s' * (count != 1)}"


def _by_gravity(status: str) -> int:
    order = ("passed", "failed", "error", "cancelled", "not_run", "not_valid")
    return order.index(status) if status in order else len(order)
