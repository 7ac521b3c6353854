"""A flow put together with what came along: each file that it names, each flow that it calls, found or a fault."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from testmesh_api.attachments import escaped
from testmesh_api.errors import MOST_FAULTS, Fault, FlowIncompleteError, faults_of
from testmesh_api.flow_sources import Source
from testmesh_contracts.executions import MOST_CALLED
from testmesh_engine.language import Flow, FlowInvalidError, parse_flow
from testmesh_engine.language.mentions import (
    Mention,
    files_behind,
    is_absolute,
    is_path,
    mentioned_files,
    mentioned_flows,
    place_of,
)

NOT_FOUND, CIRCLE = "TM456", "TM454"


@dataclass(slots=True)
class Part:
    """One flow that was sent: the files that it may read, and what it calls, both by how it names them.

    A call means a flow of the project, by name or id, or the place of another part.
    """

    flow: Flow
    path: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    calls: dict[str, str | int] = field(default_factory=dict)


class Assembly:
    """The flow of a source, its part 0, and the flows that came along with it, which it calls."""

    def __init__(self, flow: Flow, source: Source) -> None:
        self.parts: list[Part] = []
        self.called: dict[str, Fault] = {}
        """What is called in the project, by name or id, with a fault at that place, should it not be there."""
        self._root = flow
        self._source = source
        self._sent = source.attachments
        self._faults: list[Fault] = []
        self._places: dict[str, int | None] = {}
        """The number of each part that was read; None where it is no flow, or is being put together."""
        self._used: set[str] = set()

    async def put_together(self) -> "Assembly":
        """Find all that is named.

        Raises:
            FlowIncompleteError: with every fault.
        """
        await self._add(Part(self._root), ("",))
        if faults := self._faults or list(self._unused()):
            raise FlowIncompleteError(faults[:MOST_FAULTS])
        return self

    def _unused(self) -> Iterator[Fault]:
        """Yield what came along and nothing names: whoever sent it meant something by it."""
        for path in sorted(self._sent.files.keys() - self._used):
            detail = f"nothing names the file {path!r}; leave it out, or correct the path"
            yield Fault(self._sent.pointer(path), detail, "file_unused")
        for call in sorted(self._sent.calls.keys() - self._used):
            detail = f"nothing calls {call!r}; leave it out, or correct it"
            yield Fault(f"{self._sent.within}/calls/{escaped(call)}", detail, "call_unused")

    async def _add(self, part: Part, chain: tuple[str, ...]) -> int:
        number = len(self.parts)
        self.parts.append(part)
        mentions = mentioned_files(part.flow)
        for mention in mentions:
            place = place_of(mention.text, part.path)
            if self._has(mention, part, place):
                part.files[mention.text] = self._sent.files[place]
        for path, data in files_behind(mentions, lambda path: self._sent.files.get(place_of(path, part.path))).items():
            self._used.add(place_of(path, part.path))
            part.files[path] = data
        for mention in mentioned_flows(part.flow):
            found = await self._called(mention, part, chain)
            if found is not None:
                part.calls[mention.text] = found
        return number

    async def _called(self, mention: Mention, part: Part, chain: tuple[str, ...]) -> str | int | None:
        place = place_of(mention.text, part.path) if is_path(mention.text) else mention.text
        self._used.add(place)
        target = self._sent.calls.get(place, place)
        if not is_path(target):
            self.called.setdefault(target, self._fault_at(mention, part, f'the flow "{target}" is not in this project'))
            return target
        target = place_of(target)
        if target in chain:
            way = " → ".join([*(path or self._root.name for path in chain), target])
            self._fault(mention, part, f"flows that call one another never end: {way}", CIRCLE)
            return None
        if target in self._places:
            return self._places[target]
        if not self._has(mention, part, target):
            return None
        if len(self._places) >= MOST_CALLED:
            self._fault(mention, part, f"more than {MOST_CALLED} flows are called", CIRCLE)
            return None
        self._places[target] = None
        flow = await self._read(target)
        if flow is None:
            return None
        number = await self._add(Part(flow, target), (*chain, target))
        self._places[target] = number
        return number

    async def _read(self, path: str) -> Flow | None:
        try:
            return await asyncio.to_thread(parse_flow, self._sent.files[path], file=path)
        except FlowInvalidError as error:
            pointer = self._sent.pointer(path)
            self._faults += [
                Fault(pointer, f"{path}: {fault.detail}", fault.code, fault.line, fault.column, fault.hint)
                for fault in faults_of(error.diagnostics)
            ]
            return None

    def _has(self, mention: Mention, part: Part, place: str) -> bool:
        self._used.add(place)
        if is_absolute(mention.text):
            detail = f'"{mention.text}" is a place of one machine, and no server reads it'
            self._fault(mention, part, detail, NOT_FOUND, "name it relative to the flow")
        elif place not in self._sent.files:
            detail = f'the flow names "{mention.text}", and no such file came along'
            self._fault(mention, part, detail, NOT_FOUND, "`testmesh push` and `run --remote` send it with the flow")
        else:
            return True
        return False

    def _fault(self, mention: Mention, part: Part, detail: str, code: str, hint: str | None = None) -> None:
        self._faults.append(replace(self._fault_at(mention, part, detail), code=code, hint=hint))

    def _fault_at(self, mention: Mention, part: Part, detail: str) -> Fault:
        pointer = self._sent.pointer(part.path) if part.path else self._source.pointer(mention.pointer)
        told = f"{part.path}: {detail}" if part.path else detail
        return Fault(pointer, told, None, mention.line, mention.column)


def alone(assembly: Assembly, source: Source) -> tuple[Mapping[str, bytes], dict[str, str]]:
    """Return the files and calls of a flow that is to be kept: what it calls is kept as flows of their own.

    Raises:
        FlowIncompleteError: it calls a flow by a path, and nothing says which flow of the project is meant.
    """
    first = assembly.parts[0]
    calls = {call: target for call, target in first.calls.items() if isinstance(target, str)}
    if len(calls) == len(first.calls):
        return first.files, calls
    sent = next(call for call in first.calls if call not in calls)
    detail = f'"{sent}" came along as a file; keep it as a flow of its own, and say in `calls` what it is called here'
    pointer = source.attachments.within + f"/files/{escaped(sent)}"
    raise FlowIncompleteError([Fault(pointer, detail, "called_flow_not_kept")])
