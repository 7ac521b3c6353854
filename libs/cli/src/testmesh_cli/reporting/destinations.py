"""Where `--report` puts results: understood, and tried, before anything runs.

A report that cannot be written after an hour's run is a lost result; one of an earlier run that is still there would
stand for this one. So places are tried by writing there, and what an earlier run left is taken away.
"""

import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from testmesh_cli.errors import UsageError
from testmesh_cli.other_documents import is_another_document
from testmesh_cli.sources import SUFFIXES
from testmesh_engine.language.diagnostics import did_you_mean
from testmesh_engine.language.limits import MAX_BYTES

FILES = ("junit", "html", "json")
FOLDERS = ("allure",)
KINDS = (*FILES, *FOLDERS, "github")


@dataclass(frozen=True, slots=True)
class Destination:
    """A kind of report, and its file or folder; `github` has none of its own."""

    kind: str
    path: Path | None = None

    @property
    def shown(self) -> str:
        return self.kind if self.path is None else f"{self.kind}={self.path}"


def destinations_of(values: Sequence[str], environment: Mapping[str, str]) -> list[Destination]:
    """Return what is asked for, each place tried, and made free of what an earlier run left.

    Raises:
        UsageError: a kind that there is not, a place that cannot be written to, a place that is asked for twice.
    """
    found = [_read(value) for value in values]
    taken: dict[Path, Destination] = {}
    for destination in found:
        if destination.path in taken:
            other = taken[destination.path].shown
            raise UsageError(f"--report {destination.shown}: {other} is written there already; name another place")
        if destination.path is not None:
            taken[destination.path] = destination
    if len([one for one in found if one.path is None]) > 1:
        raise UsageError("--report github is given twice: once is enough")
    for destination in found:
        _try(destination, environment)
    for destination in found:
        if destination.kind in FILES and destination.path is not None:
            destination.path.unlink(missing_ok=True)
    return found


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
    _assert_no_device(Path(place), value)
    # A link stays a link: what it leads to is written.
    return Destination(kind, Path(os.path.realpath(place)))


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
    if path.suffix.lower() in SUFFIXES and path.is_file():
        with path.open("rb") as file:
            source = file.read(MAX_BYTES + 1)
        if len(source) <= MAX_BYTES and not is_another_document(source):
            raise UsageError(f"--report {destination.shown}: looks like a flow, and is not overwritten")


def _try_summary(place: str | None) -> None:
    if not place:
        return
    try:
        with Path(place).open("ab"):
            pass
    except OSError as error:
        raise UsageError(f"--report github: GITHUB_STEP_SUMMARY={place}: {error.strerror or error}") from error
