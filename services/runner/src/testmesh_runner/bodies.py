"""Flows and files by their digest: flows compiled once a process, from the request or from the artifact store."""

import asyncio
import hashlib
import re
from pathlib import Path

from testmesh_contracts.executions import FlowBody
from testmesh_engine.actions.registry import ActionRegistry
from testmesh_engine.language import Flow
from testmesh_engine.plans import CompiledFlows
from testmesh_runner.errors import FlowBodyChangedError, FlowBodyMissingError

QUICK_BYTES = 16 * 1024
"""A source up to this size is compiled at once; a larger one in a thread, beside the other runs."""
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)


class Bodies:
    """Gives the compiled flows of a request, and the files that they name."""

    def __init__(self, folder: Path, files: Path, registry: ActionRegistry) -> None:
        self._folder = folder
        self._files = files
        self._flows = CompiledFlows(registry)
        self._under_way: dict[str, asyncio.Task[Flow]] = {}

    async def flow(self, body: FlowBody, name: str) -> Flow:
        """Return the flow.

        Raises:
            FlowInvalidError: the source is no flow.
            RunnerError: the source cannot be had.
        """
        found = self._find(body.digest)
        if found is not None:
            return found
        if body.source is not None and len(body.source) <= QUICK_BYTES:
            return self._flows.compile(body.source, file=f"{name}.yaml")
        return await self._compiled_once(body, f"{name}.yaml")

    async def file(self, digest: str) -> bytes:
        """Return the content of a file.

        Raises:
            RunnerError: it cannot be had.
        """
        return await asyncio.to_thread(_read, self._files, digest)

    def _find(self, digest: str) -> Flow | None:
        try:
            return self._flows.find(digest)
        except KeyError:  # a thread that compiles another flow put it out in this very moment
            return None

    async def _compiled_once(self, body: FlowBody, file: str) -> Flow:
        """Compile in a thread; whoever asks for the same flow meanwhile waits for that one."""
        under_way = self._under_way.get(body.digest)
        if under_way is None:
            under_way = asyncio.create_task(asyncio.to_thread(self._compile, body, file))
            self._under_way[body.digest] = under_way
            under_way.add_done_callback(lambda done: self._done(body.digest, done))
        return await asyncio.shield(under_way)

    def _done(self, digest: str, done: "asyncio.Task[Flow]") -> None:
        del self._under_way[digest]
        if not done.cancelled():
            done.exception()  # told to those who wait; nobody may be left

    def _compile(self, body: FlowBody, file: str) -> Flow:
        source = _read(self._folder, body.digest) if body.source is None else body.source
        return self._flows.compile(source, file=file)


def _read(folder: Path, digest: str) -> bytes:
    if not _DIGEST.fullmatch(digest):
        raise FlowBodyMissingError(digest[:80], folder, "that is no SHA-256 in hexadecimal")
    try:
        data = (folder / digest).read_bytes()
    except OSError as error:
        raise FlowBodyMissingError(digest, folder, error.strerror or str(error)) from error
    found = hashlib.sha256(data).hexdigest()
    if found != digest:
        raise FlowBodyChangedError(digest, found)
    return data
