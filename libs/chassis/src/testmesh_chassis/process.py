"""The life of a service's process: start the parts in order, serve, stop them in reverse on SIGTERM."""

import asyncio
import contextlib
import gc
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Protocol

import structlog
import uvicorn
import uvloop
from fastapi import FastAPI

from testmesh_chassis.health import Health, health_routes
from testmesh_chassis.logs import set_up_logs
from testmesh_chassis.settings import ServiceSettings
from testmesh_chassis.telemetry import end_tracing, set_up_tracing

BEYOND_GRACE_S = 60
"""What parts have beyond the grace to give back what is left and to close."""
WEBSOCKET_MESSAGE_BYTES = 64 * 1024
"""What a client of a WebSocket may send at once."""

_log = structlog.get_logger(__name__)


class Part(Protocol):
    """Something that is started and stopped with the process."""

    async def start(self) -> None: ...
    async def stop(self) -> None: ...


class _Server(uvicorn.Server):
    """uvicorn without signal handlers of its own: the process decides when to stop."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Process:
    """Parts, their health, and the app that shows it (for the api: the app is the service)."""

    def __init__(
        self,
        settings: ServiceSettings,
        parts: Sequence[Part],
        health: Health,
        *,
        app: FastAPI | None = None,
        port: int,
        on_drain: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._settings = settings
        self._parts = parts
        self._health = health
        self._port = port
        self._app = app or FastAPI(openapi_url=None)
        self._serves_people = app is not None
        self._on_drain = on_drain
        self._app.include_router(health_routes(health))
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Run until SIGTERM or SIGINT; a second one ends the process at once."""
        self._catch_signals()
        config = uvicorn.Config(
            self._app,
            host=self._settings.host,
            port=self._port,
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=5,
            ws_max_size=WEBSOCKET_MESSAGE_BYTES,
            ws_per_message_deflate=False,  # costs a window of memory a client, and CPU a message
        )
        server = _Server(config)
        serving = asyncio.create_task(server.serve())
        started: list[Part] = []
        try:
            await self._start(started)
            stopping = asyncio.create_task(self._stop.wait())
            await asyncio.wait({stopping, serving}, return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
        finally:
            await self._shut_down(started, server, serving)

    async def _start(self, started: list[Part]) -> None:
        for part in self._parts:
            starting = asyncio.create_task(part.start())
            stopping = asyncio.create_task(self._stop.wait())
            await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
            if not starting.done():
                starting.cancel()
                return
            await starting
            started.append(part)
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 50)
        self._health.started = True
        _log.info("service ready", instance=self._settings.instance)

    async def _shut_down(self, started: Sequence[Part], server: uvicorn.Server, serving: "asyncio.Task[None]") -> None:
        """Let those go who wait, stop an app that serves people while its parts still work, then stop the parts."""
        self._health.draining = True
        if self._on_drain is not None:
            await self._on_drain()
        if self._serves_people:
            server.should_exit = True
            await serving
        try:
            async with asyncio.timeout(self._settings.shutdown_grace_s + BEYOND_GRACE_S):
                for part in reversed(started):
                    await _stop(part)
        except TimeoutError:
            _log.error("parts did not stop in time, ending anyway")
        server.should_exit = True
        await serving
        _log.info("service stopped")

    def _catch_signals(self) -> None:
        loop = asyncio.get_running_loop()

        def stop() -> None:
            if self._stop.is_set():
                sys.exit(130)
            self._stop.set()

        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop)


async def _stop(part: Part) -> None:
    """Stop a part; one that fails keeps no other from ending its work."""
    try:
        await part.stop()
    except Exception:
        _log.exception("part not stopped cleanly", part=type(part).__name__)


def run_process(
    settings: ServiceSettings,
    create: Callable[[], Process],
    new_loop: Callable[[], uvloop.Loop] = uvloop.new_event_loop,
) -> None:
    """Set up logs, traces and the event loop, then run the process made by `create` inside the loop."""
    set_up_logs(settings.service, settings.log_format, settings.log_level)
    set_up_tracing(settings.service)

    async def run() -> None:
        await create().run()

    try:
        uvloop.run(run(), loop_factory=new_loop)
    finally:
        end_tracing()
