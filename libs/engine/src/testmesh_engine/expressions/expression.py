"""An expression ready to be evaluated, any number of times."""

from collections.abc import Mapping
from functools import cached_property, lru_cache

from testmesh_engine.expressions.compiler import compile_node, compile_observed
from testmesh_engine.expressions.errors import ExpressionError, LimitExceededError
from testmesh_engine.expressions.frames import Closure, Frame
from testmesh_engine.expressions.limits import MAX_STEPS
from testmesh_engine.expressions.outcome import Outcome, judged
from testmesh_engine.expressions.parser import parse
from testmesh_engine.expressions.same_sides import compared_with_themselves
from testmesh_engine.expressions.strictness import all_equations, strict_equations
from testmesh_engine.expressions.syntax import Binary, Node, defaulted_names, free_names

_LONGEST_KEPT = 100
"""Characters of a text whose meaning is kept; with the number that is kept, a bound on the memory for it."""


class _Meaning:
    """What a text means, the same for all expressions of this text: tree, names, closures. It holds no state."""

    def __init__(self, text: str, *, strict: bool) -> None:
        self.node = parse(text)
        self.names = free_names(self.node)
        self.optional_names = defaulted_names(self.node) - self.names
        self._strict = (all_equations if strict else strict_equations)(self.node)
        self.closure = compile_node(self.node, self._strict)

    @cached_property
    def observed(self) -> Closure:
        return compile_observed(self.node, self._strict)

    @cached_property
    def compared_with_themselves(self) -> tuple[Binary, ...]:
        return tuple(compared_with_themselves(self.node))


@lru_cache(maxsize=256)
def _kept_meaning(text: str, *, strict: bool) -> _Meaning:
    """Flows say `status == 200` again and again: it is read once."""
    return _Meaning(text, strict=strict)


class Expression:
    """A compiled expression: `evaluate` gives its value, `check` judges it as an assertion."""

    def __init__(self, text: str, meaning: _Meaning) -> None:
        self.text = text
        self._meaning = meaning

    @property
    def node(self) -> Node:
        return self._meaning.node

    @property
    def names(self) -> frozenset[str]:
        """The names that must be in scope."""
        return self._meaning.names

    @property
    def optional_names(self) -> frozenset[str]:
        """The names that are read only where they are in scope."""
        return self._meaning.optional_names

    @property
    def compared_with_themselves(self) -> tuple[Binary, ...]:
        """The comparisons in it whose two sides are the same."""
        return self._meaning.compared_with_themselves

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"

    def evaluate(self, scope: Mapping[str, object]) -> object:
        """Return the value; raises an ExpressionError where there is none."""
        return run(self._meaning.closure, Frame(scope))

    def check(self, scope: Mapping[str, object]) -> Outcome:
        """Judge an assertion: it holds only if it is true; an error is explained and does not hold."""
        frame = Frame(scope)
        frame.watching = True
        try:
            value = run(self._meaning.observed, frame)
        except ExpressionError as error:
            return judged(self.text, frame, error=error)
        return judged(self.text, frame, value=value)


def run(closure: Closure, frame: Frame, steps: int = MAX_STEPS) -> object:
    """Evaluate a closure; values nested beyond Python's own depth are a limit too."""
    frame.steps = frame.allowed = steps
    try:
        return closure(frame)
    except RecursionError:
        raise LimitExceededError("the values are nested too deep for an expression") from None


def compile_expression(text: str, *, strict: bool = False) -> Expression:
    """Return the expression; raises ExpressionSyntaxError with the place of the fault.

    In a `strict` one each equation of values of different kinds is an error, also where it would be a plain false.
    """
    read = _kept_meaning if len(text) <= _LONGEST_KEPT else _Meaning
    return Expression(text, read(text, strict=strict))
