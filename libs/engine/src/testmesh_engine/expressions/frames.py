"""What one evaluation carries along, and what a scope may hold beside values."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from testmesh_engine.expressions.errors import LimitExceededError
from testmesh_engine.expressions.limits import MAX_ITEMS, MAX_STEPS, MAX_TEXT, TEXT_PER_STEP


@dataclass(frozen=True, slots=True)
class ScopeFunction:
    """A function that a scope supplies under its name; the only thing in a scope that can be called."""

    name: str
    least: int
    most: int
    call: Callable[..., object]


@dataclass(frozen=True, slots=True)
class Operand:
    """A part of an expression with the value that it had."""

    text: str
    value: object


@dataclass(frozen=True, slots=True)
class Compared:
    """Both sides of an `==` whose truth decides the assertion."""

    left: object
    right: object
    left_text: str
    right_text: str
    right_is_expected: bool


class Frame:
    """One evaluation: where names are read, the element a predicate is at, the steps left, what was seen."""

    __slots__ = ("compared", "element", "operands", "scope", "steps")

    def __init__(self, scope: Mapping[str, object], steps: int = MAX_STEPS) -> None:
        self.scope = scope
        self.steps = steps
        self.element: object = None
        self.operands: list[Operand] = []
        self.compared: list[Compared] = []

    def spend(self, steps: int) -> None:
        self.steps -= steps
        if self.steps < 0:
            raise LimitExceededError("the expression takes too many steps: narrow the list that it looks at")

    def admit_text(self, length: int) -> None:
        """Refuse a text before it is made, if it would be too long."""
        if length > MAX_TEXT:
            raise LimitExceededError(f"a text of {length} characters is more than the {MAX_TEXT} allowed")
        self.spend(1 + length // TEXT_PER_STEP)

    def pass_over(self, left: object, right: object) -> None:
        """Pay for two texts that are compared: a few characters cost nothing, a whole body many times a lot."""
        if isinstance(left, str) and isinstance(right, str):
            self.spend(min(len(left), len(right)) // TEXT_PER_STEP)

    def admit_items(self, count: int) -> None:
        """Refuse a list before it is made, if it would be too long."""
        if count > MAX_ITEMS:
            raise LimitExceededError(f"a list of {count} items is more than the {MAX_ITEMS} allowed")
        self.spend(1 + count)


Closure = Callable[[Frame], object]
