"""Control flow as it is carried out: what the steps are that hold other steps."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from testmesh_engine.actions.registry import CONTROL_ACTIONS
from testmesh_engine.expressions import Expression, Template

if TYPE_CHECKING:
    from testmesh_engine.language.models import Step

Steps = tuple["Step", ...]


class Group(NamedTuple):
    """Steps in order, as one step."""

    steps: Steps

    def blocks(self) -> Iterator[Steps]:
        yield self.steps


class Parallel(NamedTuple):
    """Branches side by side, each a group with variables of its own."""

    branches: Steps
    max_concurrent: int
    fail_fast: bool

    def blocks(self) -> Iterator[Steps]:
        yield self.branches


class ForEach(NamedTuple):
    """Steps once for each item; `items` or `span` says over what."""

    items: Template | None
    span: Template | None
    item_name: str
    index_name: str
    steps: Steps
    at_once: int
    continue_on_error: bool
    least: int
    most: int

    def blocks(self) -> Iterator[Steps]:
        yield self.steps


class Condition(NamedTuple):
    """One of two lists of steps."""

    test: Expression
    then: Steps
    otherwise: Steps

    def blocks(self) -> Iterator[Steps]:
        yield self.then
        yield self.otherwise


class RepeatUntil(NamedTuple):
    """Steps again and again until an expression is true."""

    until: Expression
    steps: Steps
    every: float
    within: float

    def blocks(self) -> Iterator[Steps]:
        yield self.steps


class RunFlow(NamedTuple):
    """Another flow, inside this one's execution."""

    flow: str
    inputs: Template

    def blocks(self) -> Iterator[Steps]:
        yield from ()


Control = Group | Parallel | ForEach | Condition | RepeatUntil | RunFlow
BRANCH = "branch"
ON_ERROR = "on_error"
"""Actions, as recorded, of the steps that stand for a branch and for what `on_error` does."""

__all__ = [
    "BRANCH",
    "CONTROL_ACTIONS",
    "ON_ERROR",
    "Condition",
    "Control",
    "ForEach",
    "Group",
    "Parallel",
    "RepeatUntil",
    "RunFlow",
    "Steps",
]
