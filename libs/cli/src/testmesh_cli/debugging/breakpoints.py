"""Where a run is to be held: at steps by id, or by a line of a flow file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from testmesh_cli.debugging.source import indent_of, line_number
from testmesh_cli.errors import UsageError
from testmesh_cli.sources import FlowFile
from testmesh_engine.language.diagnostics import did_you_mean
from testmesh_engine.language.models import Flow, Step

FAILURE = "failure"


class NoPlaceError(UsageError):
    """A breakpoint that names no step."""

    code = "no_such_step"


@dataclass(frozen=True, slots=True)
class Spot:
    """A step of a flow file, found by its id."""

    file: Path
    step_id: str
    line: int

    def __str__(self) -> str:
        return f"{self.step_id} ({self.file.name}:{self.line})"


class Breakpoints:
    """The breakpoints of a session; they outlive a restart, and lines that move."""

    def __init__(self, files: Mapping[Path, FlowFile], main: Path) -> None:
        self._files = files
        self._main = main
        self.spots: list[Spot] = []
        self.on_failure = True

    def known(self, files: Mapping[Path, FlowFile]) -> None:
        """Look at files that were read anew; a breakpoint whose step is gone goes too."""
        self._files = files
        moved = [_spot(spot.file, step) for spot in self.spots for step in self._steps(spot.file, spot.step_id)]
        self.spots = moved

    def add(self, text: str) -> Spot:
        """Hold the run at a step.

        Raises:
            NoPlaceError: there is no such step.
        """
        spot = self.find(text)
        if spot not in self.spots:
            self.spots.append(spot)
        return spot

    def remove(self, text: str) -> Spot:
        spot = self.find(text)
        if spot not in self.spots:
            raise NoPlaceError(f"there is no breakpoint at {spot}; `break` alone lists them")
        self.spots.remove(spot)
        return spot

    def find(self, text: str) -> Spot:
        """Return the step of `ID`, `LINE` or `FILE:LINE`."""
        name, colon, number = text.rpartition(":")
        line = line_number(number)
        if line is None:
            return self._by_id(text)
        path = self._file(name) if colon else self._main
        return _spot(path, self._by_line(path, line))

    def holds(self, step: Step, flow: Flow) -> bool:
        path = Path(flow.file).resolve()
        return any(spot.step_id == step.id and spot.file == path for spot in self.spots)

    def marks(self, file: Path) -> set[int]:
        return {spot.line for spot in self.spots if spot.file == file}

    def _by_id(self, step_id: str) -> Spot:
        order = sorted(self._files, key=lambda path: path != self._main)
        for path in order:
            for step in self._steps(path, step_id):
                return _spot(path, step)
        ids = [step.id for file in self._files.values() for step in _all_steps(file)]
        hint = did_you_mean(step_id, ids)
        raise NoPlaceError(f'no step has the id "{step_id}"{f"; {hint}" if hint else ""}')

    def _file(self, name: str) -> Path:
        wanted = Path(name)
        found = [path for path in self._files if path == wanted.resolve()]
        found += [path for path in self._files if path.parts[-len(wanted.parts) :] == wanted.parts]
        if not found:
            known = ", ".join(sorted(path.name for path in self._files))
            raise NoPlaceError(f'"{name}" is no file of this run; there are: {known}')
        return found[0]

    def _by_line(self, path: Path, line: int) -> Step:
        """Return the step that a line is in, or else the next one."""
        file = self._files[path]
        steps = sorted(_all_steps(file), key=lambda step: (step.line, step.column))
        indent = indent_of(file, line)
        for step in reversed(steps):
            if step.line == line or (indent is not None and step.line < line and indent >= step.column - 1):
                return step
            if step.line < line and indent is None:
                break  # a comment or an empty line is in no step
        after = next((step for step in steps if step.line >= line), None)
        if after is None:
            raise NoPlaceError(f"no step stands at line {line} of {path.name} or below it")
        return after

    def _steps(self, path: Path, step_id: str) -> Iterator[Step]:
        file = self._files.get(path)
        if file is not None:
            yield from (step for step in _all_steps(file) if step.id == step_id)


def _all_steps(file: FlowFile) -> tuple[Step, ...]:
    return file.flow.all_steps() if file.flow is not None else ()


def _spot(path: Path, step: Step) -> Spot:
    return Spot(path, step.id, step.line)
