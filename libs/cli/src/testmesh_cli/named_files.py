"""What flow files name beside themselves, looked at where they stand: is it there, and does a call fit?"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from testmesh_cli.errors import CliError
from testmesh_cli.neighbours import Neighbours, sound_calls
from testmesh_cli.reach import content_of
from testmesh_cli.sources import FlowFile
from testmesh_engine.language.called_flows import check_call
from testmesh_engine.language.diagnostics import Faults, headline, in_order
from testmesh_engine.language.limits import MAX_CALLED, MAX_FILE_BYTES
from testmesh_engine.language.mentions import Mention, files_behind, is_path, is_proto, mentioned_files
from testmesh_engine.language.models import Step
from testmesh_engine.language.parse import Examined, examine_flow
from testmesh_engine.language.rows import RowsError, read_rows
from testmesh_engine.regular_files import read_regular
from testmesh_sdk import ActionError

_HINT = "paths are relative to the file of the flow that names them"


def with_named(files: Sequence[FlowFile]) -> list[FlowFile]:
    """Return the files with the faults and notes that only show where what they name is read too.

    A flow with faults is looked at as well, as far as it could be read. A flow that is called by a name which none
    of the files has is passed over: a server may know it.
    """
    looks = _Looks(Neighbours(files))
    return [looks.at(file) for file in files]


class _Looks:
    """Looks at each file once, and before it at those that it calls."""

    def __init__(self, neighbours: Neighbours) -> None:
        self._neighbours = neighbours
        self._done: dict[Path, FlowFile] = {}

    def at(self, file: FlowFile) -> FlowFile:
        if file.path not in self._done:
            self._done[file.path] = file if file.examined is None else self._looked_at(file, file.examined)
        return self._done[file.path]

    def _looked_at(self, file: FlowFile, examined: Examined) -> FlowFile:
        of_files = Faults(file.shown)
        _check_protos(file, examined, of_files)
        examined = _with_rows(file, examined, of_files)
        faults = Faults(file.shown, [*examined.faults, *of_files.found], examined.flow.notes)
        for step, reference in sound_calls(examined):
            self._at_call(_Call(file, examined, step, reference), faults)
        if self._neighbours.is_too_much(file):
            document = examined.document
            message = f"more than {MAX_CALLED} calls of other flows in one run"
            faults.add("TM454", message, document.node.place_of("steps"), f"{document.pointer}/steps")
        notes, found = in_order(faults.notes), in_order(faults.found)
        flow = None if found else replace(examined.flow, notes=notes)
        return file._replace(flow=flow, faults=found, examined=examined)

    def _at_call(self, call: "_Call", faults: Faults) -> None:
        try:
            called = self._neighbours.called(call.reference, call.file)
        except CliError as error:
            call.add("TM456", f'the flow "{call.reference}" cannot be had: {error}', faults, _HINT)
            return
        if called is None:
            return
        refused = self._neighbours.why_refused(call.file, called)
        if refused:
            call.add("TM454", refused, faults)
        else:
            # Only now: looking at what calls back would not end.
            called = self.at(called)
        if called.faults and is_path(call.reference):
            call.add("TM456", f'the flow "{call.reference}" is not valid: {headline(called.faults[0])}', faults)
        if called.examined is not None:
            check_call(call.step, called.examined, call.examined, faults)


@dataclass(frozen=True, slots=True)
class _Call:
    """A step that calls a flow, and where it stands."""

    file: FlowFile
    examined: Examined
    step: Step
    reference: str

    def add(self, code: str, message: str, faults: Faults, hint: str = "") -> None:
        pointer = f"{self.step.pointer}/config/flow"
        faults.add(code, message, self.examined.document.at(pointer).place, pointer, hint)


def _with_rows(file: FlowFile, examined: Examined, faults: Faults) -> Examined:
    """Return what is known of a flow where its file of rows is read too: the names of its columns are."""
    columns = set[str]()
    for mention in mentioned_files(examined.flow):
        if examined.is_sound(mention.pointer):
            data = _read(mention, file, examined, faults)
            try:
                columns.update(*(read_rows(mention.text, data) if data is not None and mention.is_rows else []))
            except RowsError as error:
                faults.add(error.code, error.message, examined.document.at(mention.pointer).place, mention.pointer)
    return examine_flow(file.source, file=file.shown, columns=frozenset(columns)) if columns else examined


def _read(mention: Mention, file: FlowFile, examined: Examined, faults: Faults) -> bytes | None:
    path = file.path.parent / mention.text
    try:
        return read_regular(path, MAX_FILE_BYTES)
    except OSError as error:
        message = f'the file "{mention.text}" cannot be read: {error.strerror or error} ({path})'
        faults.add("TM456", message, examined.document.at(mention.pointer).place, mention.pointer, _HINT)
        return None


def _check_protos(file: FlowFile, examined: Examined, faults: Faults) -> None:
    """Record what is wrong with the proto files that steps name: each step's are read as the step will read them."""
    for step in examined.flow.all_steps():
        named = [(pointer, path) for pointer, path in step.files if is_proto(path)]
        mentions = [Mention(path, step.line, step.column, f"{step.pointer}/config{pointer}") for pointer, path in named]
        if mentions and all(examined.is_sound(mention.pointer) for mention in mentions):
            _check_together(mentions, file, examined, faults)


def _check_together(mentions: Sequence[Mention], file: FlowFile, examined: Examined, faults: Faults) -> None:
    from testmesh_engine.grpc.schema import schema_of_files  # few flows have any

    found: dict[str, bytes] = {}
    for mention in mentions:
        data = content_of(file.path.parent / mention.text)
        if data is None:
            return  # that it is not there has been said
        found[mention.text] = data
    found |= files_behind(mentions, lambda path: found[path] if path in found else content_of(file.path.parent / path))
    try:
        schema_of_files(found, list(dict.fromkeys(mention.text for mention in mentions)))
    except ActionError as error:
        place = examined.document.at(mentions[0].pointer).place
        faults.add(error.code, error.message, place, mentions[0].pointer)
