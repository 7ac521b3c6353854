"""Processes of the bench's own, which end with it."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from testmesh_cli.local import tether

ROOT = Path(__file__).parents[2]
END_S = 10


class BenchError(Exception):
    """The bench could not measure: what it needs did not come about."""

    code = "bench_failed"


class Child:
    """A running module of ours; it says JSON, a line an answer, on its stdout."""

    def __init__(self, module: str, process: "subprocess.Popen[bytes]") -> None:
        self.module = module
        self.pid = process.pid
        self._process = process

    def tell(self, value: Any) -> None:
        """Give it its task, as one line on its stdin."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(value).encode() + b"\n")
        self._process.stdin.flush()

    async def answer(self, within_s: float = 30) -> Any:
        """Return what it says next."""
        assert self._process.stdout is not None
        try:
            async with asyncio.timeout(within_s):
                line = await asyncio.to_thread(self._process.stdout.readline)
        except TimeoutError as error:
            raise BenchError(f"Waiting for {self.module}: no answer in {within_s:g} s. Is the machine busy?") from error
        if not line:
            raise BenchError(
                f"Waiting for {self.module}: it ended with {self._process.wait(END_S)}; its error is above"
            )
        return json.loads(line)

    @property
    def ended(self) -> bool:
        return self._process.poll() is not None


@contextmanager
def child(
    module: str, *, environment: Mapping[str, str] | None = None, log: IO[bytes] | None = None
) -> Iterator[Child]:
    """Run a module of the bench; what it writes goes to `log` where one is given, and is then no answer."""
    process = subprocess.Popen(
        [sys.executable, tether.__file__, str(os.getpid()), sys.executable, "-m", module],
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE if log is None else log,
        stderr=log,
    )
    try:
        yield Child(module, process)
    finally:
        process.terminate()
        try:
            process.wait(END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
