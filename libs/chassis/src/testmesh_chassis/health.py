"""Health and metrics of a process: is it alive, can it work, what has it counted."""

from collections.abc import Awaitable, Callable, Mapping

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

Check = Callable[[], Awaitable[None]]


class Health:
    """Ready when every check passes and the process is not draining."""

    def __init__(self, checks: Mapping[str, Check]) -> None:
        self._checks = checks
        self.started = False
        self.draining = False

    async def failures(self) -> dict[str, str]:
        """Return what keeps the process from working, by the check's name."""
        if self.draining:
            return {"process": "draining"}
        if not self.started:
            return {"process": "starting"}
        found = {}
        for name, check in self._checks.items():
            try:
                await check()
            except Exception as error:
                found[name] = f"{type(error).__name__}: {error}"
        return found


def health_routes(health: Health) -> APIRouter:
    """Return the routes that probes and Prometheus read."""
    router = APIRouter(include_in_schema=False)

    @router.get("/health/live")
    async def live() -> dict[str, str]:
        return {"status": "alive"}

    @router.get("/health/ready")
    async def ready() -> JSONResponse:
        failures = await health.failures()
        status = "ready" if not failures else "not ready"
        return JSONResponse({"status": status, "failures": failures}, 503 if failures else 200)

    @router.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router
