"""Traces: carried over the streams between services as a W3C traceparent, sent where the OTEL_* variables say.

The variables are OpenTelemetry's own, see its "Environment Variable Specification": without an endpoint, or with
`OTEL_TRACES_EXPORTER=none` or `OTEL_SDK_DISABLED=true`, nothing is sent.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import context, trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import Span, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_propagator = TraceContextTextMapPropagator()


_ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")


def set_up_tracing(service: str) -> None:
    """Make this process speak as `testmesh-<service>`, and send its spans where the OTEL_* variables say."""
    provider = TracerProvider(resource=Resource.create({"service.name": f"testmesh-{service}"}))
    if traces_are_sent():
        # half a second of imports that a process without an endpoint does without
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)


def traces_are_sent() -> bool:
    if os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return False
    wanted = os.environ.get("OTEL_TRACES_EXPORTER", "otlp") == "otlp"
    return wanted and any(os.environ.get(name) for name in _ENDPOINTS)


def end_tracing() -> None:
    """Send what is still to be sent. It waits for the network: call it in a thread, at the end of the process."""
    provider = trace.get_tracer_provider()
    if isinstance(provider, TracerProvider):
        provider.shutdown()


def current_trace() -> str | None:
    """Return the traceparent of the span under way, if there is one."""
    carrier: dict[str, str] = {}
    _propagator.inject(carrier)
    return carrier.get("traceparent")


class RecordedSpan:
    """A span of an execution, as the engine asks for it."""

    def __init__(self, span: Span) -> None:
        self._span = span

    @classmethod
    def continuing(cls, traceparent: str | None, name: str, attributes: dict[str, str | int]) -> "RecordedSpan":
        """Begin a span that continues the trace of an entry; without one, a trace."""
        parent = _propagator.extract({"traceparent": traceparent}) if traceparent else context.Context()
        return cls(trace.get_tracer("testmesh").start_span(name, context=parent, attributes=attributes))

    @property
    def traceparent(self) -> str:
        carrier: dict[str, str] = {}
        _propagator.inject(carrier, trace.set_span_in_context(self._span, context.Context()))
        return carrier["traceparent"]

    def child(self, name: str, attributes: dict[str, str | int]) -> "RecordedSpan":
        around = trace.set_span_in_context(self._span, context.Context())
        return RecordedSpan(trace.get_tracer("testmesh").start_span(name, context=around, attributes=attributes))

    def ends(self, status: str, message: str | None) -> None:
        self._span.set_attribute("status", status)
        if status in ("failed", "error"):
            self._span.set_status(Status(StatusCode.ERROR, message))
        self._span.end()


@contextmanager
def continued_trace(traceparent: str | None, name: str) -> Iterator[None]:
    """Work within a span that continues the trace of an entry."""
    parent = _propagator.extract({"traceparent": traceparent}) if traceparent else context.get_current()
    with trace.get_tracer("testmesh").start_as_current_span(name, context=parent):
        yield
