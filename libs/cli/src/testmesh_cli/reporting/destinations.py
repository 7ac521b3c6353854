"""Where `--report` puts results: understood, and tried, before anything runs.

A report that cannot be written after an hour's run is a lost result; one of an earlier run that is still there would
stand for this one. So places are tried by writing there, and what an earlier run left is taken away.
"""

import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from testmesh_cli.errors import UsageError
from testmesh_cli.sources import SUFFIXES
from testmesh_engine.language.diagnostics import did_you_mean
from testmesh_engine.language.limits import MAX_BYTES

FILES = ("junit", "html", "json")
FOLDERS = ("allure",)
KINDS = (*FILES, *FOLDERS, "github")
_OF_JSON = re.compile(rb'\s*\{\s*"exit_code":.{1,2000}"flows":', re.DOTALL)


class Destination(NamedTuple):
    """A kind of report, and its file or folder; `github` has none of its own."""

    kind: str
    path: Path | None = None

    @property
    def shown(self) -> str:
        return self.kind if self.path is None else f"{self.kind}={self.path}"


def destinations_of(
    values: Sequence[str], environment: Mapping[str, str], *, rehearsed: bool = False
) -> list[Destination]:
    """Return what is asked for, each place tried, and made free of what an earlier run left.

    What can be made free is, also where another place is refused: then too nothing is run.

    Args:
        values: What `--report` says.
        environment: The process environment.
        rehearsed: Whether nothing is to be run: places are understood then, and left alone.

    Raises:
        UsageError: a kind that there is not, a place that cannot be written to, a place that is asked for twice.
    """
    found: list[Destination] = []
    refused: list[UsageError] = []
    for value in values:
        try:
            destination = _read(value)
            _assert_first(destination, found)
            if not rehearsed:
                _try(destination, environment)
                _clear(destination)
        except UsageError as error:
            refused.append(error)
        else:
            found.append(destination)
    if refused:
        raise refused[0]
    return found


def _assert_first(destination: Destination, before: Sequence[Destination]) -> None:
    other = next((one for one in before if one.path == destination.path), None)
    if other is not None and destination.path is None:
        raise UsageError("--report github is given twice: once is enough")
    if other is not None:
        raise UsageError(f"--report {destination.shown}: {other.shown} is written there already; name another place")


def _clear(destination: Destination) -> None:
    path = destination.path
    if path is None or destination.kind not in FILES:
        return
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        with suppress(OSError):
            path.write_bytes(b"")
        why = f"what is there cannot be replaced: {error.strerror or error}; name a file in a folder"
        raise UsageError(f"--report {destination.shown}: {why}") from error


def _read(value: str) -> Destination:
    kind, equals, place = value.partition("=")
    if kind not in KINDS:
        hint = did_you_mean(kind, KINDS)
        raise UsageError(f'--report {value}: there is no report "{kind}"; {hint or "known: " + ", ".join(KINDS)}')
    if kind == "github":
        if equals:
            raise UsageError(f"--report {value}: github writes where GitHub Actions says; leave out ={place}")
        return Destination(kind)
    if not place:
        what = "a folder" if kind in FOLDERS else "a file"
        raise UsageError(f"--report {value}: name {what} to write to, such as --report {kind}={_example(kind)}")
    if place == "-" or place.startswith("~"):
        hint = "use -o json for standard output" if place == "-" else "the shell expands ~ only at the start of a word"
        raise UsageError(f"--report {value}: would be a file of the name {place}; {hint}, or write ./{place}")
    try:
        _assert_no_device(Path(place), value)
        # A link stays a link: what it leads to is written.
        return Destination(kind, Path(os.path.realpath(place)))
    except (OSError, ValueError) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or error
        raise UsageError(f"--report {value}: cannot be written: {why}") from error


def _example(kind: str) -> str:
    return {"junit": "report.xml", "html": "report.html", "json": "report.json"}.get(kind, "allure-results")


def _assert_no_device(path: Path, value: str) -> None:
    if path.exists() and not path.is_file() and not path.is_dir():
        raise UsageError(f"--report {value}: is a pipe or a device; name a regular file")


def _try(destination: Destination, environment: Mapping[str, str]) -> None:
    path = destination.path
    if path is None:
        _try_summary(environment.get("GITHUB_STEP_SUMMARY"))
        return
    folder = path if destination.kind in FOLDERS else path.parent
    try:
        if destination.kind in FILES:
            _assert_replaceable(path, destination)
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".testmesh-"):
            pass
    except OSError as error:
        raise UsageError(f"--report {destination.shown}: cannot be written: {error.strerror or error}") from error


def _assert_replaceable(path: Path, destination: Destination) -> None:
    if path.is_dir():
        raise UsageError(f"--report {destination.shown}: is a folder; name a file in it")
    if path.suffix.lower() not in SUFFIXES or not path.is_file():
        return
    with path.open("rb") as file:
        source = file.read(MAX_BYTES + 1)
    if source.strip() and (path.suffix.lower() != ".json" or not _is_report(source)):
        why = "is no report of an earlier run, and is not overwritten; name another file"
        raise UsageError(f"--report {destination.shown}: {why}")


def _is_report(source: bytes) -> bool:
    return _OF_JSON.match(source) is not None or source.lstrip().startswith(b"<")


def _try_summary(place: str | None) -> None:
    if not place:
        return
    try:
        with Path(place).open("ab"):
            pass
    except OSError as error:
        raise UsageError(f"--report github: GITHUB_STEP_SUMMARY={place}: {error.strerror or error}") from error
