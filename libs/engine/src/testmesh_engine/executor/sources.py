"""What a flow refers to beside itself: other flows, and files with rows."""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from testmesh_engine.actions.registry import ActionRegistry
from testmesh_engine.language.diagnostics import did_you_mean
from testmesh_engine.language.limits import MAX_BYTES, MAX_FILE_BYTES
from testmesh_engine.language.mentions import is_path
from testmesh_engine.language.models import Flow
from testmesh_engine.language.parse import parse_flow
from testmesh_engine.regular_files import read_regular


class SourceError(Exception):
    """A flow or a file that another flow names and that cannot be had; the message says why, and what to do."""

    code = "TM456"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Sources(Protocol):
    """Finds what flows name; asked before the first step, once for each reference.

    On a server both look only at what was sent along with the flow's version: no path is ever opened.
    """

    async def flow(self, reference: str, caller: Flow) -> Flow:
        """Return the flow that a `run_flow` of the caller names by name, id or relative path.

        Raises:
            SourceError: there is none, or it may not be called.
            FlowInvalidError: it has faults.
        """

    async def file(self, path: str, owner: Flow) -> bytes:
        """Return the content of a file that a flow names, such as its rows.

        Raises:
            SourceError: it cannot be read.
        """


class NoSources:
    """Where a flow stands alone: whatever it names beside itself cannot be had."""

    async def flow(self, reference: str, caller: Flow) -> Flow:
        raise SourceError(f'the flow "{reference}", which "{caller.name}" runs, is not known here')

    async def file(self, path: str, owner: Flow) -> bytes:
        raise SourceError(f'the file "{path}", which "{owner.name}" names, is not known here')


class FolderSources:
    """Finds flows and files relative to the file of the flow that names them, and the flows given by their names."""

    def __init__(self, registry: ActionRegistry, flows: Iterable[Flow] = ()) -> None:
        self._registry = registry
        self._named: dict[str, dict[str, Flow]] = {}
        for flow in flows:
            # The same file may be run several times.
            self._named.setdefault(flow.name, {})[flow.file] = flow

    async def flow(self, reference: str, caller: Flow) -> Flow:
        """Return a flow by its path, relative to the caller's file, or else by its name."""
        if not is_path(reference):
            return self._by_name(reference, caller)
        path = Path(caller.file).parent / reference
        source = await asyncio.to_thread(_read, path, f'the flow "{reference}", which {caller.file} runs,', MAX_BYTES)
        return parse_flow(source, file=str(path), registry=self._registry)

    def _by_name(self, name: str, caller: Flow) -> Flow:
        found = self._named.get(name)
        if found is None:
            hint = f"{did_you_mean(name, self._named)}; ".replace("?; ", "? Else ") if self._named else ""
            raise SourceError(f'no flow is called "{name}"; {hint}name its file, relative to {caller.file}')
        if len(found) > 1:
            files = ", ".join(sorted(found))
            message = f'several files have a flow that is called "{name}": {files}; name the file that is meant'
            raise SourceError(f"{message}, relative to {caller.file}")
        return next(iter(found.values()))

    async def file(self, path: str, owner: Flow) -> bytes:
        found = Path(owner.file).parent / path
        return await asyncio.to_thread(_read, found, f'the file "{path}", which {owner.file} names,', MAX_FILE_BYTES)


def _read(path: Path, what: str, most: int) -> bytes:
    try:
        return read_regular(path, most)
    except OSError as error:
        raise SourceError(f"{what} cannot be read: {error.strerror or error} ({path})") from error
