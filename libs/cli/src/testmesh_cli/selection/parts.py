"""A part of a flow: the steps that are run, where not all are; setup and teardown always are."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from testmesh_engine.language.models import Flow, Step

Chain = tuple[Step, ...]
"""A step that holds no others, behind all that it is inside of, the outermost first."""


class Part(NamedTuple):
    """Which steps of one flow are left out of a run, and why."""

    why: str
    """The options that chose."""
    chosen: int
    total: int
    """Steps that hold no others: those that are run, and all."""
    out: frozenset[int]
    """The identities of the steps that are left out; the flow keeps them alive."""

    def left_out(self, flow: Flow, step: Step) -> str | None:  # noqa: ARG002 - the engine's question names both
        return f"not selected: {self.why}" if id(step) in self.out else None


def chains(flow: Flow) -> Iterator[Chain]:
    """Yield what a flow's `steps` come to; what `on_error` does belongs to its step."""
    yield from _chains(flow.steps, ())


def _chains(steps: Sequence[Step], around: Chain) -> Iterator[Chain]:
    for step in steps:
        chain = (*around, step)
        blocks = [] if step.control is None else list(step.control.blocks())
        if not any(blocks):
            yield chain
        for block in blocks:
            yield from _chains(block, chain)


def part_of(flow: Flow, wants: Callable[[Chain], bool], why: str) -> Part | None:
    """Return the part of a flow that is wanted: a step that holds others is run where one of them is."""
    everything = list(chains(flow))
    wanted = [chain for chain in everything if wants(chain)]
    if not wanted:
        return None
    run = {id(step) for chain in wanted for step in chain}
    out = frozenset(id(step) for chain in everything for step in chain) - run
    return Part(why, len(wanted), len(everything), out)


def path_of(chain: Sequence[Step]) -> str:
    return "/".join(step.id for step in chain)
