"""What one evaluation carries along, and what a scope may hold beside values."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from testmesh_engine.expressions.errors import LimitExceededError
from testmesh_engine.expressions.limits import MAX_ITEMS, MAX_STEPS, MAX_TEXT, TEXT_PER_STEP

MAX_TOLD = 50


@dataclass(frozen=True, slots=True)
class ScopeFunction:
    """A function that a scope supplies under its name; the only thing in a scope that can be called."""

    name: str
    call: Callable[..., object]


class Operand(NamedTuple):
    """A part of an expression with the value that it had."""

    text: str
    value: object


class Compared(NamedTuple):
    """Both sides of an `==` whose truth decides the assertion."""

    left: object
    right: object
    left_text: str
    right_text: str
    right_is_expected: bool


class Frame:
    """One evaluation: where names are read, the element a predicate is at, the steps left, what was seen.

    An assertion is watched: then `operands` and `compared` say what was read, `told` why something does not hold,
    and `doubts` what held (False) without anything that could have contradicted.
    """

    __slots__ = ("allowed", "compared", "doubts", "element", "operands", "scope", "steps", "told", "watching")

    def __init__(self, scope: Mapping[str, object], steps: int = MAX_STEPS) -> None:
        self.scope = scope
        self.steps = self.allowed = steps
        self.element: object = None
        self.operands: list[Operand] = []
        self.compared: list[Compared] = []
        self.told: list[str] = []
        self.doubts: dict[str, tuple[str, bool]] = {}
        self.watching = False

    def tell(self, lines: Iterable[str]) -> None:
        """Keep lines for the outcome of an assertion that does not hold."""
        if self.watching and len(self.told) < MAX_TOLD:
            self.told.extend(lines)

    def doubt(self, key: str, said: str, *, dispelled: bool) -> None:
        """Keep a reason to doubt an assertion that holds, until one evaluation of the same part dispels it."""
        first, already = self.doubts.get(key, (said, False))
        self.doubts[key] = first, already or dispelled

    def warnings(self) -> list[str]:
        """The reasons that nothing dispelled."""
        return [said for said, dispelled in self.doubts.values() if not dispelled][:MAX_TOLD]

    def spend(self, steps: int) -> None:
        self.steps -= steps
        if self.steps < 0:
            message = (
                f"the expression takes more than the {self.allowed} steps allowed: narrow the list that it looks at"
            )
            raise LimitExceededError(message)

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
