"""The tree of an XPath."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a path."""


@dataclass(frozen=True, slots=True)
class Constant(Part):
    """A text or a number."""

    value: str | float


@dataclass(frozen=True, slots=True)
class Operation(Part):
    """An operator between two parts; `|` joins node sets."""

    operator: str
    left: Part
    right: Part


@dataclass(frozen=True, slots=True)
class Negative(Part):
    """`-x`."""

    operand: Part


@dataclass(frozen=True, slots=True)
class FunctionCall(Part):
    """A function of the core library."""

    name: str
    arguments: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Test(Part):
    """What an axis' nodes must be: a kind (`node` for any), and a name (`*` for any) with its prefix."""

    kind: str
    prefix: str = ""
    name: str = "*"


@dataclass(frozen=True, slots=True)
class Step(Part):
    """`axis::test[predicate]…`."""

    axis: str
    test: Test
    predicates: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Path(Part):
    """Steps from the root (`absolute`), from what `start` gives, or from the node at hand."""

    steps: tuple[Step, ...]
    absolute: bool = False
    start: Part | None = None


@dataclass(frozen=True, slots=True)
class Filtered(Part):
    """`(start)[predicate]…`."""

    start: Part
    predicates: tuple[Part, ...]
