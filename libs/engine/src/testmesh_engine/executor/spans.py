"""The trace of a run: a span for the execution, one for each step, one for each of its attempts."""

import random
from typing import Protocol
from uuid import UUID

from testmesh_contracts.message import StepStatus


class Span(Protocol):
    """One piece of work with a beginning and an end, as OpenTelemetry means it."""

    @property
    def traceparent(self) -> str:
        """What the tested system is told, as W3C Trace Context writes it, so that its spans continue this one."""
        ...

    def child(self, name: str, attributes: dict[str, str | int]) -> "Span":
        """Begin a piece of this work."""
        ...

    def ends(self, status: StepStatus, message: str | None) -> None: ...


class UnrecordedSpan:
    """A span that is sent nowhere: the tested system is told of a trace all the same, and may record its part.

    Where nothing was traced before, the trace has the execution's id, by which a person finds it.
    """

    __slots__ = ("_trace_id",)

    def __init__(self, trace_id: UUID) -> None:
        self._trace_id = trace_id.hex

    @property
    def traceparent(self) -> str:
        span_id = random.getrandbits(64) or 1
        return f"00-{self._trace_id}-{span_id:016x}-01"

    def child(self, name: str, attributes: dict[str, str | int]) -> "UnrecordedSpan":  # noqa: ARG002 - the protocol's
        return self

    def ends(self, status: StepStatus, message: str | None) -> None:
        pass
