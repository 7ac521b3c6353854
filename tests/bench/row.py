"""A row of the bench: its figures, each beside its baseline and its goal, and what was wrong with the work."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from tests.bench.percentiles import Spread
from tests.bench.usage import Cost

KINDS = ("api", "scheduler", "runner", "storage", "supervisor", "postgres", "valkey", "target", "load")


@dataclass(frozen=True)
class Figure:
    """One measured quantity. `better` tells in which direction its goal and its ratio look."""

    what: str
    ours: float
    unit: str
    baseline: float | None = None
    goal: float | None = None
    better: Literal["more", "less"] = "more"

    @property
    def ratio(self) -> float | None:
        """How many times better than the baseline."""
        if self.baseline is None or not self.ours or not self.baseline:
            return None
        return self.ours / self.baseline if self.better == "more" else self.baseline / self.ours

    @property
    def met(self) -> bool | None:
        if self.goal is None:
            return None
        return self.ours >= self.goal if self.better == "more" else self.ours < self.goal

    def record(self) -> dict[str, Any]:
        """Return it as it is kept."""
        return {**asdict(self), "ratio": self.ratio, "met": self.met}


@dataclass(frozen=True)
class Row:
    """A row of PERFORMANCE.md's table. `load` says under which load the figures hold."""

    letter: str
    title: str
    load: Sequence[str]
    figures: Sequence[Figure]
    faults: Sequence[str] = ()

    def record(self) -> dict[str, Any]:
        """Return it as it is kept."""
        return {**asdict(self), "figures": [figure.record() for figure in self.figures]}


def cost_figures(
    cost: Cost, count: int, piece: str, baseline: Cost | None = None, baseline_count: int = 0
) -> list[Figure]:
    """CPU a piece, over all and by kind; memory by kind."""
    ours = cost.each_ms(count)
    theirs = {} if baseline is None else baseline.each_ms(baseline_count)
    memory = {} if baseline is None else baseline.memory_mb
    total = sum(theirs.values()) if theirs else None
    figures = [Figure(f"CPU a {piece}", sum(ours.values()), "ms", total, better="less")]
    figures += [
        Figure(f"CPU a {piece}: {kind}", ours[kind], "ms", theirs.get(kind), better="less") for kind in _present(ours)
    ]
    figures += [
        Figure(f"memory: {kind}", cost.memory_mb[kind], "MB", memory.get(kind), better="less")
        for kind in _present(cost.memory_mb)
    ]
    return figures


def latency_figures(what: str, spread: Spread, goal_ms: float | None) -> list[Figure]:
    """Median and p99 of a latency; the goal is for the p99."""
    return [
        Figure(f"{what}: p50", spread.p50, "ms", better="less"),
        Figure(f"{what}: p99", spread.p99, "ms", goal=goal_ms, better="less"),
        Figure(f"{what}: longest", spread.largest, "ms", better="less"),
    ]


def noise(cost: Cost) -> str:
    """How busy the machine was, and with what."""
    return f"{cost.cores:.2f} cores busy with it, {cost.strangers:.2f} with other things"


def _present(values: Mapping[str, float]) -> list[str]:
    return [kind for kind in KINDS if kind in values] + sorted(set(values) - set(KINDS))
