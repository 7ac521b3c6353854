"""What one execution may read beside its flow: the flows and files that were pinned when it was accepted."""

import dataclasses
from collections.abc import Sequence

from testmesh_contracts.executions import CalledFlow, ExecutionRequested
from testmesh_contracts.flows import FileBody
from testmesh_engine.executor import SourceError
from testmesh_engine.language import Flow
from testmesh_runner.bodies import Bodies
from testmesh_runner.errors import RunnerError


class PinnedSources:
    """Finds what flows name in the request and by digest in the artifact store; a path is only a name for it.

    The compiled form of a source is shared. Each flow of the execution is told apart by the file that it is
    said to come from, so that two of one source still read what each of them names.
    """

    def __init__(self, request: ExecutionRequested, flow: Flow, bodies: Bodies) -> None:
        self._bodies = bodies
        self._called = request.called
        self._files = _distinct([flow.file, *(_file_of(called) for called in request.called)])
        own = CalledFlow(name=flow.name, body=request.body, files=request.files, calls=request.calls)
        self._by_file = dict(zip(self._files, [own, *request.called], strict=True))

    async def flow(self, reference: str, caller: Flow) -> Flow:
        """Return a flow in the version that was pinned."""
        place = self._by_file[caller.file].calls.get(reference)
        if place is None or not 0 <= place < len(self._called):
            raise SourceError(
                f'the flow "{reference}", which "{caller.name}" runs, was not pinned when the execution was accepted; '
                f'save "{caller.name}" again, then run it again'
            )
        called = self._called[place]
        try:
            flow = await self._bodies.flow(called.body, called.name)
        except RunnerError as error:
            raise SourceError(f'the flow "{reference}", which "{caller.name}" runs: {error}') from error
        return dataclasses.replace(flow, file=self._files[place + 1])

    async def file(self, path: str, owner: Flow) -> bytes:
        """Return the content of a file that came along with the flow that names it."""
        body: FileBody | None = self._by_file[owner.file].files.get(path)
        if body is None:
            raise SourceError(
                f'the file "{path}", which "{owner.name}" names, did not come along with the flow; '
                "`testmesh push` and `testmesh run --remote` send it"
            )
        try:
            return await self._bodies.file(body.digest)
        except RunnerError as error:
            raise SourceError(f'the file "{path}", which "{owner.name}" names: {error}') from error


def _file_of(called: CalledFlow) -> str:
    return called.file or f"{called.name}.yaml"


def _distinct(names: Sequence[str]) -> list[str]:
    """Return the names, those that were there already with a number."""
    found: dict[str, None] = {}
    for name in names:
        told, number = name, 1
        while told in found:
            number += 1
            told = f"{name} ({number})"
        found[told] = None
    return list(found)
