"""Trace context: carried over the streams between services as a W3C traceparent."""

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import context, trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_propagator = TraceContextTextMapPropagator()


def set_up_tracing(service: str) -> None:
    """Make this process speak as `testmesh-<service>`; exporters come by the standard OTEL_* variables."""
    trace.set_tracer_provider(TracerProvider(resource=Resource.create({"service.name": f"testmesh-{service}"})))


def current_trace() -> str | None:
    """Return the traceparent of the span under way, if there is one."""
    carrier: dict[str, str] = {}
    _propagator.inject(carrier)
    return carrier.get("traceparent")


@contextmanager
def continued_trace(traceparent: str | None, name: str) -> Iterator[None]:
    """Work within a span that continues the trace of an entry."""
    parent = _propagator.extract({"traceparent": traceparent}) if traceparent else context.get_current()
    with trace.get_tracer("testmesh").start_as_current_span(name, context=parent):
        yield
