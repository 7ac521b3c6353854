"""What a supervisor looks after: processes of ours, and the embedded databases."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from testmesh_cli.local import tether
from testmesh_cli.local.embedded import EmbeddedServer
from testmesh_cli.local.errors import ProcessFailedError
from testmesh_cli.local.logs import opened_log, tail
from testmesh_cli.local.ports import listens
from testmesh_cli.local.processes import ended
from testmesh_cli.local.readiness import http_status

LOOK_EVERY = 0.1
LAST_WAIT = 10.0
READY = 200


class Member(Protocol):
    """Something that runs, can die, and can be started again."""

    @property
    def name(self) -> str: ...
    @property
    def service(self) -> str:
        """Members of one service stand for each other, and are stopped together."""

    @property
    def pid(self) -> int | None: ...
    @property
    def health(self) -> str | None: ...
    @property
    def log(self) -> Path: ...
    async def start(self) -> None:
        """Return when it is ready; raise LocalServerError when it will not be."""

    async def ended(self) -> str:
        """Return when it has died, with how it did."""

    async def stop(self) -> None: ...
    def hurry(self) -> None:
        """Make it end now, without waiting for it."""


@dataclass(frozen=True)
class ProcessSpec:
    """A process as data. It is ready when it answers 200 on `health_url`."""

    name: str
    service: str
    argv: tuple[str, ...]
    health_url: str
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    ready_seconds: float = 60.0
    grace_seconds: float = 15.0


class ProcessMember:
    """A process in a session of its own, which dies with us, and whose log is a file."""

    def __init__(self, spec: ProcessSpec, log: Path) -> None:
        self.spec = spec
        self.log = log
        self._process: asyncio.subprocess.Process | None = None

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def service(self) -> str:
        return self.spec.service

    @property
    def health(self) -> str | None:
        return self.spec.health_url

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process and self._process.returncode is None else None

    async def start(self) -> None:
        with opened_log(self.log, f"{self.name} starts") as output:
            # The kernel ties a child to the thread that made it: this is the loop's, not a worker's.
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", tether.__file__, str(os.getpid())),
                *self.spec.argv,
                env=dict(self.spec.env),
                cwd=self.spec.cwd,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        try:
            await self._await_ready(self._process)
        except ProcessFailedError:
            await self._kill(self._process)
            raise

    async def ended(self) -> str:
        if self._process is None:
            return "was never started"
        code = await self._process.wait()
        self._end_group(self._process)
        return _words(code)

    async def stop(self) -> None:
        """Ask it to end, and wait for its grace; what it leaves behind is killed."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        try:
            async with asyncio.timeout(self.spec.grace_seconds):
                await self._process.wait()
        except TimeoutError:
            await self._kill(self._process)
        self._end_group(self._process)

    def hurry(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._end_group(self._process)

    async def _await_ready(self, process: asyncio.subprocess.Process) -> None:
        dead = asyncio.ensure_future(process.wait())
        try:
            async with asyncio.timeout(self.spec.ready_seconds):
                while not await self._is_ready(process.pid):
                    await asyncio.wait({dead}, timeout=LOOK_EVERY)
                    if dead.done():
                        raise self._failed(_words(dead.result()))
        except TimeoutError as error:
            happened = f"was not ready on {self.spec.health_url} within {self.spec.ready_seconds:g} s"
            raise self._failed(happened) from error
        finally:
            dead.cancel()

    async def _is_ready(self, pid: int) -> bool:
        status = await http_status(self.spec.health_url, seconds=5.0)
        # The port may be a stranger's, whose health says nothing of ours.
        return status == READY and listens(pid, urlsplit(self.spec.health_url).port or 80)

    async def _kill(self, process: asyncio.subprocess.Process) -> None:
        self._end_group(process)
        async with asyncio.timeout(LAST_WAIT):
            await process.wait()

    def _end_group(self, process: asyncio.subprocess.Process) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)

    def _failed(self, happened: str) -> ProcessFailedError:
        return ProcessFailedError(self.name, happened, self.log, tail(self.log))


class EmbeddedMember:
    """An embedded database under supervision. It outlives us if we are killed; the next server adopts it."""

    def __init__(self, server: EmbeddedServer) -> None:
        self.server = server
        self.health: str | None = None
        self.name = server.name
        self.service = server.name
        self.log = server.log

    @property
    def pid(self) -> int | None:
        return self.server.pid if self.server.running else None

    async def start(self) -> None:
        await asyncio.to_thread(self.server.start)

    async def ended(self) -> str:
        await ended(self.server.pid)
        code = self.server.exit_code
        return "ended" if code is None else _words(code)

    async def stop(self) -> None:
        await asyncio.to_thread(self.server.stop)

    def hurry(self) -> None:
        self.server.hurry()


def _words(code: int) -> str:
    return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
