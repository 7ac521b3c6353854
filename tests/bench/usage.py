"""CPU time and memory of the processes of a running house, by service."""

import contextlib
from dataclasses import dataclass

import psutil

from tests.house.running import House


@dataclass(frozen=True)
class Usage:
    """CPU seconds since the process started, resident bytes now; children counted in."""

    cpu_s: float
    rss: int


def usage_by_service(house: House) -> dict[str, Usage]:
    """Return what each service has used so far."""
    return {service: _sum(pids) for service, pids in house.record["pids"].items()}


def _sum(pids: list[int]) -> Usage:
    cpu_s, rss = 0.0, 0
    for pid in pids:
        parent = psutil.Process(pid)
        for process in (parent, *parent.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess):  # a backend of Postgres may end between the two calls
                times = process.cpu_times()
                cpu_s += times.user + times.system + times.children_user + times.children_system
                rss += process.memory_info().rss
    return Usage(cpu_s, rss)
