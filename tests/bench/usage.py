"""CPU time and memory of all processes that take part, by kind; and what strangers used meanwhile."""

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import psutil

Kinds = Mapping[str, Iterable[int]]
POSTGRES = "postgres"


@dataclass(frozen=True)
class Cost:
    """What a measurement took: seconds, CPU seconds and megabytes by kind of process, cores in use."""

    elapsed_s: float
    cpu_s: Mapping[str, float]
    memory_mb: Mapping[str, float]
    cores: float
    """How many cores all kinds together kept busy."""
    strangers: float
    """How many cores were kept busy by what is not of the bench: noise."""

    def each_ms(self, count: int) -> dict[str, float]:
        """CPU milliseconds a piece, by kind."""
        return {kind: used * 1000 / count for kind, used in self.cpu_s.items()}


class Meter:
    """Measures from `start` to `stop`. `probe` is the database's backend that serves the bench's own questions:
    its CPU counts as load, not as the database's.
    """

    def __init__(self, kinds: Callable[[], Kinds], probe: int) -> None:
        self._kinds = kinds
        self._probe = probe
        self._before: dict[str, float] = {}
        self._machine = 0.0
        self._started = 0.0

    def start(self) -> None:
        self._before, self._machine, self._started = self._cpu(), _machine(), time.perf_counter()

    def stop(self) -> Cost:
        """Return what was used since `start`. A kind that came since counts from its own start."""
        elapsed, machine, after = time.perf_counter() - self._started, _machine() - self._machine, self._cpu()
        used = {kind: max(0.0, after[kind] - self._before.get(kind, 0.0)) for kind in after}
        memory = {kind: _memory(kind, pids) / 1e6 for kind, pids in self._kinds().items()}
        cores = sum(used.values()) / elapsed
        return Cost(elapsed, used, memory, cores, max(0.0, machine / elapsed - cores))

    def _cpu(self) -> dict[str, float]:
        used = {kind: sum(map(_cpu_of, _processes(kind, pids))) for kind, pids in self._kinds().items()}
        probed = sum(map(_cpu_of, _processes("load", [self._probe])))
        used[POSTGRES] -= probed
        used["load"] += probed
        return used


def _processes(kind: str, pids: Iterable[int]) -> Iterator[psutil.Process]:
    """All processes of a kind. Only Postgres has children that are its own: all others are named one by one."""
    for pid in pids:
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(pid)
            yield process
            if kind == POSTGRES:
                yield from process.children(recursive=True)


def _cpu_of(process: psutil.Process) -> float:
    """CPU seconds of a process; of the postmaster also those of its backends that have ended."""
    with contextlib.suppress(psutil.NoSuchProcess):  # a backend may end between two calls
        times = process.cpu_times()
        ended = times.children_user + times.children_system if process.name() == POSTGRES else 0.0
        return float(times.user + times.system + ended)
    return 0.0


def _memory(kind: str, pids: Iterable[int]) -> float:
    """Proportional set size: what processes share is counted once. Resident, where the system keeps it from us."""
    total = 0.0
    for process in _processes(kind, pids):
        with contextlib.suppress(psutil.NoSuchProcess):
            try:
                total += process.memory_full_info().pss
            except (psutil.AccessDenied, AttributeError):
                total += process.memory_info().rss
    return total


def _machine() -> float:
    times = psutil.cpu_times()
    return float(times.user + times.system + times.nice + getattr(times, "irq", 0) + getattr(times, "softirq", 0))
