"""What is known of earlier runs, and what a run adds to it; trouble with it never changes how a run ends."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from testmesh_cli.errors import UsageError
from testmesh_cli.running.result import FlowResult
from testmesh_cli.sources import FlowFile
from testmesh_cli.state import durations, last_run
from testmesh_cli.state.folder import key_of, prepare
from testmesh_cli.state.kept import KeptError
from testmesh_cli.state.turn import turn


class Record:
    """The state folder of a project; `named` is a file of durations in the place of the folder's own."""

    def __init__(self, folder: Path, named: Path | None = None) -> None:
        self._folder = folder
        self._root = folder.parent
        self._named = named
        self.notes: list[str] = []
        """What could not be read or written, for whoever runs flows to tell."""
        self._begun: set[str] = set()

    def key(self, file: FlowFile) -> str:
        return key_of(file, self._root)

    def not_passed(self) -> dict[str, str] | None:
        """Return the flows that did not pass when they were last run; none where nothing is known."""
        try:
            return last_run.read_not_passed(self._folder / last_run.NAME)
        except KeptError as error:
            self.notes.append(f"the record before this run is lost: {error}")
            return None

    def durations(self) -> dict[str, int]:
        """Return milliseconds by key, of the named file alone: machines' own records differ, and so would divisions.

        Raises:
            UsageError: the file cannot be read.
        """
        if self._named is None:
            return {}
        try:
            found = durations.read_durations(self._named)
        except KeptError as error:
            raise UsageError(f"--durations: {error}; all shards must read the same file") from error
        if found is None:
            raise UsageError(f"--durations: there is no file {self._named}; a run without --shard makes it")
        return found

    def assert_replaceable(self) -> None:
        """Refuse a named file that is no record of durations: a run would put one in its place.

        Raises:
            UsageError: it is none.
        """
        if self._named is None:
            return
        try:
            durations.read_durations(self._named)
        except KeptError as error:
            raise UsageError(f"--durations: {error}; it is not overwritten, name another file") from error

    def begin(self, files: Iterable[FlowFile]) -> list[str]:
        """Record flows that are about to run as not run: of a run that is killed nobody else would know it.

        Returns:
            What is not remembered, and why.
        """
        keys = [self.key(file) for file in files]

        def change(known: dict[str, str]) -> None:
            self._begun = last_run.begin(known, keys)

        return self._changed(lambda: [last_run.change_not_passed(self._folder / last_run.NAME, self._root, change)])

    def remember(self, results: Sequence[FlowResult], *, local: bool, divided: bool) -> list[str]:
        """Record how flows ended, and of a run of whole flows here also how long they took.

        A shard records no durations: the shards that are run after it would be divided otherwise.

        Returns:
            What is not remembered, and why.
        """
        outcomes: dict[str, list[str]] = {}
        took: dict[str, int] = {}
        for result in results:
            key = self.key(result.file)
            outcomes.setdefault(key, []).append(result.status)
            if result.status == "passed" and result.file.part is None and result.duration_ms is not None:
                took[key] = round(result.duration_ms)
        partial = frozenset(self.key(result.file) for result in results if result.file.part is not None)

        def change(known: dict[str, str]) -> None:
            last_run.end(known, outcomes, partial, self._begun)

        def write() -> Iterator[KeptError | None]:
            yield last_run.change_not_passed(self._folder / last_run.NAME, self._root, change)
            if local and not divided:
                path = self._named or self._folder / durations.NAME
                yield durations.write_durations(path, self._root, took, is_ours=self._named is None)

        return self._changed(write)

    def _changed(self, write: Callable[[], Iterable[KeptError | None]]) -> list[str]:
        """Write while no other run does; return what there is to say of it, and was not said before."""
        notes: list[str] = []
        try:
            prepare(self._folder)
            with turn(self._folder):
                for lost in write():
                    notes += [] if lost is None else [f"the record before this run is lost: {lost}"]
        except KeptError as error:
            notes.append(f"this run is not remembered: {error}")
        new = [note for note in notes if note not in self.notes]
        self.notes += new
        return new
