"""Runs the migrations: a process each, all at the same time, each to its end."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from testmesh_cli.local import tether
from testmesh_cli.local.at_once import all_at_once
from testmesh_cli.local.errors import ProcessFailedError
from testmesh_cli.local.logs import log_file, opened_log, tail
from testmesh_cli.local.members import ProcessSpec


async def migrate(specs: Sequence[ProcessSpec], data: Path, say: Callable[[str], None]) -> None:
    """Return when all have ended well; raise at the first that has not, with its last words, and end the others."""
    for spec in specs:
        say(spec.name)
    await all_at_once(_run(spec, log_file(data, spec.name)) for spec in specs)


async def _run(spec: ProcessSpec, log: Path) -> None:
    with opened_log(log, f"{spec.name} starts") as output:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", tether.__file__, str(os.getpid())),
            *spec.argv,
            env=dict(spec.env),
            cwd=spec.cwd,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        async with asyncio.timeout(spec.ready_seconds):
            code = await process.wait()
    except TimeoutError as error:
        happened = f"was not done within {spec.ready_seconds:g} s"
        raise ProcessFailedError(spec.name, happened, log, tail(log)) from error
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
    if code != 0:
        raise ProcessFailedError(spec.name, f"ended with exit code {code}", log, tail(log))
