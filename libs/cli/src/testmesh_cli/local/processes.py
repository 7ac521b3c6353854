"""Processes that are not (any more) our children: found by what they work in, awaited, ended."""

import asyncio
import contextlib
import os
import select
import time
from pathlib import Path

import psutil


def processes_in(folder: Path, program: str) -> list[psutil.Process]:
    """All processes of this program that work in the folder, the parents of the others first.

    A record may be lost or old and a pid used again; the folder that a server works in tells no lies.
    """
    found: list[psutil.Process] = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            lives = process.name().startswith(program) and process.status() != psutil.STATUS_ZOMBIE
            if lives and Path(process.cwd()) == folder.resolve():
                found.append(process)
    pids = {process.pid for process in found}
    return sorted(found, key=lambda process: _parent(process) in pids)


def started_at(pid: int) -> float | None:
    try:
        return psutil.Process(pid).create_time()
    except psutil.Error:
        return None


def is_running(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def wait_for_end(pid: int, seconds: float) -> bool:
    """Whether the process, child or not, ended in time. Nobody has to have reaped it."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        waiting = select.poll()
        waiting.register(descriptor, select.POLLIN)
        return bool(waiting.poll(max(seconds, 0) * 1000))
    finally:
        os.close(descriptor)


def end_all(processes: list[psutil.Process], seconds: float) -> None:
    """Wait for them to end by themselves; kill what is left when time is up."""
    until = time.monotonic() + seconds
    for process in processes:
        if not wait_for_end(process.pid, until - time.monotonic()):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
            wait_for_end(process.pid, seconds)


async def ended(pid: int) -> None:
    """Return when the process has ended; the kernel tells, nobody asks again and again."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    loop = asyncio.get_running_loop()
    gone = loop.create_future()

    def tell() -> None:
        if not gone.done():
            gone.set_result(None)

    loop.add_reader(descriptor, tell)
    try:
        await gone
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)


def _parent(process: psutil.Process) -> int | None:
    try:
        return process.ppid()
    except psutil.Error:
        return None
