"""What steps attached, and values too large for a record, kept as files under names that a person can read."""

import os
import re
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from uuid import UUID

from testmesh_cli.errors import NotRunnableError
from testmesh_cli.sources import FlowFile
from testmesh_contracts.events import ArtifactStored

LONGEST_NAME = 80
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+", re.ASCII)


def assert_keepable(folder: Path) -> None:
    """Try a folder as a run would, and leave nothing of it behind.

    Raises:
        NotRunnableError: files cannot be kept there.
    """
    missing = [place for place in (folder, *folder.parents) if not os.path.lexists(place)]
    try:
        KeptArtifacts(folder)
    finally:
        for place in missing:
            with suppress(OSError):
                place.rmdir()


class KeptArtifacts:
    """Keeps artifacts as FOLDER/FLOW/STEP/NAME. Nothing is deleted there; a file of an earlier run is replaced."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._named = Places()
        self._places: dict[UUID, Path] = {}
        self.failed = False
        try:
            folder.mkdir(parents=True, exist_ok=True)
            probe = folder / ".testmesh-probe"
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise NotRunnableError(f"--artifacts {folder}: files cannot be kept there: {error.strerror}") from error

    def keep(self, file: FlowFile, stored: Sequence[ArtifactStored], store: Path) -> list[str]:
        """Copy a flow's artifacts out of the run's store; return what went wrong."""
        if not stored:
            return []
        flow = self._named.take(self._folder, safe_name(file.shown), file.shown)
        wrong = []
        for artifact in stored:
            try:
                step = flow / safe_name(artifact.path or "flow")
                target = self._named.take(step, safe_name(artifact.name), artifact.sha256)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(store / artifact.storage_path, target)
                self._places[artifact.artifact_id] = target
            except OSError as error:
                self.failed = True
                wrong.append(f"the artifact {artifact.name} of step {artifact.path} was not kept: {error}")
        return wrong

    @property
    def count(self) -> int:
        return len(self._places)

    def place_of(self, artifact: ArtifactStored) -> Path | None:
        """Return where an artifact is kept; None for one that is not."""
        return self._places.get(artifact.artifact_id)


class Places:
    """Paths for files and folders that shall have a name, each given to one alone."""

    def __init__(self) -> None:
        self._taken: dict[Path, str] = {}
        """Who has a place: flows by name, files by the digest of what is in them."""

    def take(self, folder: Path, name: str, who: str) -> Path:
        """Return a path that nobody else has: names that only differ in unsafe signs get a number."""
        stem, dot, suffix = name.rpartition(".")
        for number in range(1, 100_000):
            numbered = name if number == 1 else f"{stem}-{number}.{suffix}" if dot and stem else f"{name}-{number}"
            place = folder / numbered
            # Where a file system does not tell large from small letters, these would be one file.
            if self._taken.setdefault(Path(str(place).lower()), who) == who:
                return place
        raise FileExistsError(f"too many artifacts are called {name}")


def safe_name(name: str) -> str:
    """Return a name for one file or folder: names come from flows and from tested systems, and are data."""
    plain = _UNSAFE.sub("-", name).strip("-.") or "unnamed"
    if len(plain) <= LONGEST_NAME:
        return plain
    half = LONGEST_NAME // 2 - 1
    return f"{plain[:half]}--{plain[-half:]}"
