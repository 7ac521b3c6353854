"""What comes along with a flow: the files that it names, and what its calls mean here.

Paths are names for what was sent, as seen from the flow's folder. None of them is ever opened.
"""

import binascii
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field

from testmesh_api.bodies import Body
from testmesh_api.errors import Fault, FilesTooLargeError, RequestInvalidError
from testmesh_contracts.flows import MOST_FILE_BYTES
from testmesh_engine.language.mentions import is_absolute, is_path, place_of

MOST_FILES = 1_000
Path = Annotated[str, Field(min_length=1, max_length=1_000)]


class Accompanied(Body):
    """A flow with what it names beside itself."""

    files: dict[Path, str] = Field(
        default_factory=dict,
        max_length=MOST_FILES,
        description="Content in base64 of each file that the flow names, by its path relative to the flow; 16 MiB",
    )
    calls: dict[Path, Annotated[str, Field(min_length=1, max_length=1_000)]] = Field(
        default_factory=dict,
        max_length=MOST_FILES,
        description="What a path or name of `run_flow` means: a flow's name or id here, or a path among the files",
    )


@dataclass(frozen=True, slots=True)
class Attachments:
    """Contents and meanings, by place: a path as seen from the flow's folder, or a name."""

    files: Mapping[str, bytes] = field(default_factory=dict)
    calls: Mapping[str, str] = field(default_factory=dict)
    within: str = ""
    """Where in the body both stand."""

    def pointer(self, place: str) -> str:
        return f"{self.within}/files/{escaped(place)}"


def read_attachments(body: Accompanied, within: str = "") -> Attachments:
    """Return what came along.

    Raises:
        RequestInvalidError: a content is no base64, a path means a place of one machine, or two paths are the same.
        FilesTooLargeError: the contents together are too large.
    """
    if not body.files and not body.calls:
        return Attachments(within=within)
    faults: list[Fault] = []
    files: dict[str, bytes] = {}
    for path, text in body.files.items():
        pointer = f"{within}/files/{escaped(path)}"
        if fault := _path_fault(path, files, pointer):
            faults.append(fault)
            continue
        try:
            files[place_of(path)] = b64decode(text, validate=True)
        except (binascii.Error, ValueError) as error:
            faults.append(Fault(pointer, f"the content is no base64: {error}", "base64_invalid"))
    calls = _calls_of(body, within, faults)
    if faults:
        raise RequestInvalidError(faults)
    size = sum(map(len, files.values()))
    if size > MOST_FILE_BYTES:
        raise FilesTooLargeError(size, MOST_FILE_BYTES, f"{within}/files")
    return Attachments(files, calls, within)


def _calls_of(body: Accompanied, within: str, faults: list[Fault]) -> dict[str, str]:
    calls: dict[str, str] = {}
    for call, target in body.calls.items():
        place = place_of(call) if is_path(call) else call
        if place in calls:
            faults.append(_twice(call, f"{within}/calls/{escaped(call)}"))
        calls[place] = target
    return calls


def escaped(name: str) -> str:
    """Return a key as a part of a JSON Pointer."""
    return name.replace("~", "~0").replace("/", "~1")


def _path_fault(path: str, known: Mapping[str, bytes], pointer: str) -> Fault | None:
    if is_absolute(path):
        detail = f"{path!r} is a place of one machine; name the file by its path relative to the flow"
        return Fault(pointer, detail, "path_absolute")
    if place_of(path) in known:
        return _twice(path, pointer)
    return None


def _twice(path: str, pointer: str) -> Fault:
    return Fault(pointer, f"{path!r} is there twice, written in two ways", "path_twice")
