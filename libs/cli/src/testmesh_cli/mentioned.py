"""What flow files name beside themselves, read from here to travel with them to a server."""

import base64
import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from testmesh_cli.errors import CliError
from testmesh_cli.exit_codes import ExitCode
from testmesh_cli.named_flows import NamedFlows
from testmesh_cli.sources import FlowFile, read_flow, whereabouts
from testmesh_contracts.flows import MOST_FILE_BYTES, version_digest
from testmesh_engine.language import render_diagnostic
from testmesh_engine.language.mentions import (
    Mention,
    files_behind,
    is_absolute,
    is_path,
    mentioned_files,
    mentioned_flows,
    place_of,
)
from testmesh_engine.regular_files import TooManyBytesError, read_regular


class NotPackedError(CliError):
    """A flow cannot travel: what it names cannot go with it."""

    def __init__(self, file: FlowFile, message: str) -> None:
        self.file = file
        super().__init__(message)


class MentionedMissingError(NotPackedError):
    """A flow names a file that cannot be sent along, or a flow that is none."""

    code = "TM456"
    exit_code = ExitCode.ERROR

    def __init__(self, file: FlowFile, mention: Mention, reason: str) -> None:
        super().__init__(file, f'{file.shown}:{mention.line}:{mention.column}: "{mention.text}": {reason}')


class CircleError(NotPackedError):
    """Flows call one another and never end."""

    code = "TM454"
    exit_code = ExitCode.ERROR

    def __init__(self, chain: Sequence[FlowFile]) -> None:
        names = " → ".join(file.checked.name for file in chain)
        super().__init__(chain[0], f"{chain[0].shown}: flows that call one another never end: {names}")


class FilesTooLargeError(NotPackedError):
    """What a flow names is too large to travel with it."""

    code = "files_too_large"
    exit_code = ExitCode.INVALID

    def __init__(self, file: FlowFile) -> None:
        super().__init__(
            file,
            f"{file.shown}: the files that it names are larger, all together, than the {MOST_FILE_BYTES} bytes that a "
            "server takes with a flow; send fewer rows, or split the flow",
        )


def found_file(mention: Mention, caller: FlowFile) -> bytes:
    """Return the content of a file that a flow names."""
    path = _path(mention, caller)
    try:
        return read_regular(path, MOST_FILE_BYTES)
    except TooManyBytesError as error:
        raise FilesTooLargeError(caller) from error
    except OSError as error:
        raise MentionedMissingError(caller, mention, f"cannot be read: {error.strerror or error} ({path})") from error


def found_files(caller: FlowFile) -> dict[str, bytes]:
    """Return the content of all files that a flow names, and of those that these name, by path."""
    mentions = mentioned_files(caller.checked)
    found = {mention.text: found_file(mention, caller) for mention in mentions}
    return found | files_behind(mentions, lambda path: found[path] if path in found else file_there(path, caller))


def file_there(path: str, caller: FlowFile) -> bytes | None:
    """Return the content of a file as a flow would name it; None where it is not there: it may be elsewhere."""
    try:
        return read_regular(caller.path.parent / path, MOST_FILE_BYTES)
    except TooManyBytesError as error:
        raise FilesTooLargeError(caller) from error
    except OSError:
        return None


def found_flow(mention: Mention, caller: FlowFile, named: NamedFlows) -> FlowFile | None:
    """Return the file of a flow that a flow calls; none for a name that no file here has: the server may know it."""
    path = _path(mention, caller) if is_path(mention.text) else None
    try:
        if path is None:
            return named.get(mention.text)
        file = read_flow(path)
    except CliError as error:
        raise MentionedMissingError(caller, mention, str(error)) from error
    if file.flow is None:
        source = file.source.decode(errors="replace")
        told = "\n".join(render_diagnostic(fault, source) for fault in file.faults)
        raise MentionedMissingError(caller, mention, f"is no valid flow:\n{told}")
    return file


def called_by_name(file: FlowFile, named: NamedFlows) -> list[FlowFile]:
    """Return the files that a run has to be given beside a flow's own, so that what it calls by name is found."""
    known, waiting = {whereabouts(file.path)}, [file]
    found: dict[Path, FlowFile] = {}
    while waiting:
        caller = waiting.pop()
        for mention in mentioned_flows(caller.checked):
            try:
                called = found_flow(mention, caller, named)
            except CliError:  # it is told where the call stands
                continue
            if called is None:
                continue
            place = whereabouts(called.path)
            if not is_path(mention.text):
                found[place] = called
            if place not in known:
                known.add(place)
                waiting.append(called)
    found.pop(whereabouts(file.path), None)
    return list(found.values())


def assert_no_circle(chain: Sequence[FlowFile], called: FlowFile) -> None:
    place = whereabouts(called.path)
    if any(whereabouts(file.path) == place for file in chain):
        raise CircleError([*chain, called])


def encoded(files: Mapping[str, bytes]) -> dict[str, str]:
    return {path: base64.b64encode(data).decode() for path, data in files.items()}


def assert_small(file: FlowFile, files: Mapping[str, bytes]) -> None:
    if sum(map(len, files.values())) > MOST_FILE_BYTES:
        raise FilesTooLargeError(file)


def _path(mention: Mention, caller: FlowFile) -> Path:
    if is_absolute(mention.text):
        raise MentionedMissingError(caller, mention, "is a place of this machine alone; name it relative to the flow")
    return caller.path.parent / mention.text


@dataclass(slots=True)
class Parcel:
    """A flow as it is kept by a server: the files that it names, and the names of the flows that it calls by path."""

    file: FlowFile
    files: dict[str, bytes] = field(default_factory=dict)
    calls: dict[str, str] = field(default_factory=dict)
    needs: list[FlowFile] = field(default_factory=list)
    """The flows that it calls, as far as they are pushed too."""

    @property
    def digest(self) -> str:
        """Return the digest that the server gives to a version like this one."""
        flow = self.file.checked
        files = {path: hashlib.sha256(data).hexdigest() for path, data in self.files.items()}
        calls = {mention.text: self.calls.get(mention.text, mention.text) for mention in mentioned_flows(flow)}
        return version_digest(flow.digest, files, calls)

    def body(self) -> dict[str, Any] | None:
        """Return what is sent beside the source; none where the flow stands alone."""
        if not self.files and not self.calls:
            return None
        return {"source": self.file.source.decode(), "files": encoded(self.files), "calls": self.calls}


@dataclass(frozen=True, slots=True)
class Refusal:
    """A flow that is not packed, and why."""

    file: FlowFile
    error: NotPackedError

    def __str__(self) -> str:
        if self.error.file is self.file:
            return f"{self.error}  [{self.error.code}]"
        return f"{self.file.shown}: not pushed, since a flow that it runs cannot be: {self.error}  [{self.error.code}]"


def parcels_of(files: Sequence[FlowFile]) -> tuple[list[Parcel], list[Refusal]]:
    """Return the flows to push, and those of the files that cannot be.

    To push are these and those that they call by path, a called one before who calls it.
    """
    packing = _Packing(NamedFlows(files))
    refused: list[Refusal] = []
    for file in files:
        before = dict(packing.packed)
        try:
            packing.pack(file, [])
        except NotPackedError as error:
            # What was packed for this one's sake alone stays here.
            packing.packed = before
            refused.append(Refusal(file, error))
    return list(packing.packed.values()), refused


class _Packing:
    def __init__(self, named: NamedFlows) -> None:
        self._named = named
        self.packed: dict[Path, Parcel] = {}

    def pack(self, file: FlowFile, chain: list[FlowFile]) -> None:
        assert_no_circle(chain, file)
        place = whereabouts(file.path)
        if place in self.packed:
            return
        parcel = Parcel(file)
        for mention in mentioned_flows(file.checked):
            called = found_flow(mention, file, self._named)
            if called is not None:
                self.pack(called, [*chain, file])
                parcel.needs.append(called)
            if called is not None and is_path(mention.text):
                parcel.calls[mention.text] = called.checked.name
        parcel.files = found_files(file)
        assert_small(file, parcel.files)
        self.packed[place] = parcel


def along(file: FlowFile, named: NamedFlows) -> dict[str, Any]:
    """Return what travels with a flow that a server runs and does not keep: files, and the flows that it calls.

    A name means the flow of that name among those that are run together, as in a local run; else the server's.

    Raises:
        MentionedMissingError: something that a flow names cannot be read.
        CircleError: flows call one another.
        FilesTooLargeError: all together is too large.
    """
    luggage = _Luggage(file, named)
    luggage.add(file, "", [])
    assert_small(file, luggage.files)
    found: dict[str, Any] = {"files": encoded(luggage.files)} if luggage.files else {}
    return found | ({"calls": luggage.calls} if luggage.calls else {})


class _Luggage:
    """All that one flow names, by path as seen from its folder."""

    def __init__(self, first: FlowFile, named: NamedFlows) -> None:
        self._folder = first.path.parent
        self._named = named
        self.files: dict[str, bytes] = {}
        self.calls: dict[str, str] = {}

    def add(self, file: FlowFile, place: str, chain: list[FlowFile]) -> None:
        for path, data in found_files(file).items():
            self.files[place_of(path, place)] = data
        for mention in mentioned_flows(file.checked):
            called = found_flow(mention, file, self._named)
            if called is None:
                continue
            inner = place_of(mention.text, place) if is_path(mention.text) else self._place_of(called)
            if not is_path(mention.text):
                self.calls[mention.text] = inner
            assert_no_circle([*chain, file], called)
            if inner not in self.files:
                self.files[inner] = called.source
                self.add(called, inner, [*chain, file])

    def _place_of(self, called: FlowFile) -> str:
        place = Path(os.path.relpath(called.path, self._folder)).as_posix()
        return place if is_path(place) else f"{place}.yaml"
