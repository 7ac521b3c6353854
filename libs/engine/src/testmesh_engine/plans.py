"""Compiled flows, so that a version of a flow is read, checked and compiled once a process."""

import hashlib
from collections import OrderedDict

from testmesh_engine.actions.registry import ActionRegistry
from testmesh_engine.language import Flow, parse_flow

MAX_BYTES = 64 * 1024 * 1024
BYTES_PER_SOURCE_BYTE = 65
"""What a compiled flow takes in memory for each byte of its source, measured: 52 to 65 on flows of 1 to 1,000 steps."""
LEAST_BYTES = 8 * 1024


class CompiledFlows:
    """The flows compiled last, by digest of their source, bounded by the memory that they take."""

    def __init__(self, registry: ActionRegistry | None = None, max_bytes: int = MAX_BYTES) -> None:
        self._registry = registry
        self._max_bytes = max_bytes
        self._flows: OrderedDict[str, Flow] = OrderedDict()
        self._bytes = 0

    def find(self, digest: str) -> Flow | None:
        """Return the flow of a digest where it is still compiled; its source need not be fetched then."""
        flow = self._flows.get(digest)
        if flow is not None:
            self._flows.move_to_end(digest)
        return flow

    def compile(self, source: str | bytes, *, file: str = "flow.yaml") -> Flow:
        """Return the compiled flow of a source.

        Raises:
            FlowInvalidError: the source is no flow; nothing is kept of it.
        """
        data = source.encode("utf-8", "surrogatepass") if isinstance(source, str) else source
        found = self.find(hashlib.sha256(data).hexdigest())
        return found or self._keep(parse_flow(source, file=file, registry=self._registry))

    def _keep(self, flow: Flow) -> Flow:
        self._flows[flow.digest] = flow
        self._bytes += _weight(flow)
        while self._bytes > self._max_bytes and len(self._flows) > 1:
            _, oldest = self._flows.popitem(last=False)
            self._bytes -= _weight(oldest)
        return flow

    def __len__(self) -> int:
        return len(self._flows)


def _weight(flow: Flow) -> int:
    return max(flow.size_bytes * BYTES_PER_SOURCE_BYTE, LEAST_BYTES)
