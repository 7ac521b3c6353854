"""The data folder of a server: whose it is now, and what it tells others."""

import fcntl
import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from testmesh_cli.local.errors import DataFolderError, ServerRunningError
from testmesh_cli.local.members import Member
from testmesh_cli.local.placement import make_data_folder
from testmesh_cli.local.records import write_record


@contextmanager
def claimed(data: Path) -> Iterator[Path]:
    """The folder for one server at a time; the kernel gives the lock back when its holder dies."""
    make_data_folder(data)
    path = data / "lock"
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise DataFolderError(data, str(error), "Choose another folder with --data.") from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(descriptor, 32).strip()
            raise ServerRunningError(data, int(holder) if holder.isdigit() else None) from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield data
    finally:
        os.close(descriptor)


class ServerFile:
    """server.json: how scripts and tests find a server that is up, its processes and their health."""

    def __init__(self, data: Path, url: str, postgres_url: str, redis_url: str) -> None:
        self._path = data / "server.json"
        self._addresses = {"url": url, "api_key": None, "postgres_url": postgres_url, "redis_url": redis_url}

    def write(self, members: Sequence[Member]) -> None:
        pids: dict[str, list[int]] = defaultdict(list)
        health: dict[str, list[str]] = defaultdict(list)
        for member in members:
            known = pids[member.service]
            if member.pid is not None:
                known.append(member.pid)
            if member.health is not None:
                health[member.service].append(member.health)
        write_record(self._path, {**self._addresses, "pids": pids, "health": health})

    def remove(self) -> None:
        self._path.unlink(missing_ok=True)
