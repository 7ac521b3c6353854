"""What flow files name beside themselves, looked at where they stand: is it there, and does a call fit?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from testmesh_cli.errors import CliError
from testmesh_cli.sources import FlowFile, read_flow
from testmesh_engine.language.called_flows import Source, check_call
from testmesh_engine.language.controls import RunFlow
from testmesh_engine.language.diagnostics import Faults, headline
from testmesh_engine.language.mentions import is_path, mentioned_files
from testmesh_engine.language.models import Flow, Step


def with_named(files: Sequence[FlowFile]) -> list[FlowFile]:
    """Return the files with the faults and notes that only show where what they name is read too.

    A flow that is called by a name which none of the files has is passed over: a server may know it.
    """
    named = {file.flow.name: file.flow for file in files if file.flow is not None}
    return [file if file.flow is None else _looked_at(file, file.flow, named) for file in files]


def _looked_at(file: FlowFile, flow: Flow, named: Mapping[str, Flow]) -> FlowFile:
    if not flow.calls and not mentioned_files(flow):
        return file
    faults = Faults(file.shown)
    look = _Look(file, Source.of(file.source, faults), named, faults)
    look.at_files(flow)
    for step in flow.calls:
        look.at_call(step)
    notes = sorted((*flow.notes, *faults.notes), key=lambda note: (note.line, note.column))
    found = tuple(sorted(faults.found, key=lambda fault: (fault.line, fault.column)))
    return replace(file, flow=None if found else replace(flow, notes=tuple(notes)), faults=found)


@dataclass(frozen=True, slots=True)
class _Look:
    file: FlowFile
    source: Source
    named: Mapping[str, Flow]
    faults: Faults

    def at_files(self, flow: Flow) -> None:
        for mention in mentioned_files(flow):
            path = self.file.path.parent / mention.text
            try:
                with path.open("rb"):
                    pass
            except OSError as error:
                said = f'the file "{mention.text}" cannot be read: {error.strerror or error} ({path})'
                self._missing(said, mention.pointer)

    def at_call(self, step: Step) -> None:
        assert isinstance(step.control, RunFlow)
        called = self._called(step.control.flow, f"{step.pointer}/config/flow")
        if called is not None:
            check_call(step, called, self.source, self.faults)

    def _called(self, reference: str, pointer: str) -> Flow | None:
        if not is_path(reference):
            return self.named.get(reference)
        path: Path = self.file.path.parent / reference
        try:
            read = read_flow(path)
        except CliError as error:
            self._missing(f'the flow "{reference}" cannot be had: {error}', pointer)
            return None
        if read.flow is None:
            self._missing(f'the flow "{reference}" is not valid: {headline(read.faults[0])}', pointer)
        return read.flow

    def _missing(self, message: str, pointer: str) -> None:
        hint = "paths are relative to the file of the flow that names them"
        self.faults.add("TM456", message, self.source.root.at(pointer).place, pointer, hint)
