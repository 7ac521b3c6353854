"""In which order flows are run, and how often."""

import hashlib
from collections.abc import Callable, Sequence

from testmesh_cli.sources import FlowFile


def shuffled(files: Sequence[FlowFile], seed: int, key: Callable[[FlowFile], str]) -> list[FlowFile]:
    """Return the flows in an order that the seed alone says, on every machine and whatever order they come in."""

    def lot(file: FlowFile) -> tuple[bytes, str]:
        name = key(file)
        return hashlib.sha256(f"{seed}\n{name}".encode("utf-8", "surrogateescape")).digest(), name

    return sorted(files, key=lot)


def repeated(files: Sequence[FlowFile], times: int) -> list[FlowFile]:
    """Return each flow as often as it is to be run, one time behind the other."""
    if times == 1:
        return list(files)
    return [file._replace(repetition=(number, times)) for file in files for number in range(1, times + 1)]


def seed_of(file: FlowFile, seed: int) -> int:
    """Return the seed of one time that a flow is run: another for each, so that what it makes up is new."""
    return seed if file.repetition is None else seed + file.repetition[0] - 1
