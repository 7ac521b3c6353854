"""A span for each request, continuing the caller's trace; its id is in every problem."""

from uuid import uuid4

from opentelemetry import trace
from starlette.types import ASGIApp, Receive, Scope, Send

from testmesh_chassis.telemetry import continued_trace


class TraceRequests:
    """Works each request within a span, and leaves the trace's id in its scope."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with continued_trace(_traceparent(scope), f"{scope['method']} request"):
            found = trace.get_current_span().get_span_context()
            scope["testmesh.trace_id"] = f"{found.trace_id:032x}" if found.is_valid else uuid4().hex
            await self._app(scope, receive, send)


def _traceparent(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == b"traceparent":
            return str(value.decode("latin-1"))
    return None
