"""Steps as a tree, in the order of their starts."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from testmesh_contracts.events import StepFinished


@dataclass(frozen=True, slots=True)
class Placed:
    """A step, how deep it is, and what is directly inside it."""

    step: StepFinished
    depth: int
    inner: "Sequence[Placed]"


def tree(steps: Sequence[StepFinished]) -> list[Placed]:
    """Return the outermost steps; one whose container is not told of stands outermost, and is never left out."""
    known = {step.path for step in steps}
    inside: dict[str | None, list[StepFinished]] = defaultdict(list)
    for step in sorted(steps, key=lambda found: found.number):
        inside[step.parent_path if step.parent_path in known else None].append(step)

    def placed(parent: str | None, depth: int) -> list[Placed]:
        return [Placed(step, depth, placed(step.path, depth + 1)) for step in inside.get(parent, ())]

    return placed(None, 0)


def in_order(placed: Sequence[Placed]) -> Iterator[Placed]:
    """Yield all of a tree, a container before what is in it."""
    for one in placed:
        yield one
        yield from in_order(one.inner)
