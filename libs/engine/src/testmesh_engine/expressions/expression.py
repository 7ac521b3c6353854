"""An expression ready to be evaluated, any number of times."""

from collections.abc import Mapping
from functools import cached_property

from testmesh_engine.expressions.compiler import compile_node, compile_observed
from testmesh_engine.expressions.errors import ExpressionError, LimitExceededError
from testmesh_engine.expressions.frames import Closure, Frame
from testmesh_engine.expressions.limits import MAX_STEPS
from testmesh_engine.expressions.outcome import Outcome, judged
from testmesh_engine.expressions.parser import parse
from testmesh_engine.expressions.strictness import all_equations, strict_equations
from testmesh_engine.expressions.syntax import Node, defaulted_names, free_names


class Expression:
    """A compiled expression: `evaluate` gives its value, `check` judges it as an assertion."""

    def __init__(self, text: str, node: Node, *, strict: bool = False) -> None:
        self.text = text
        self.node = node
        self.names = free_names(node)
        self.optional_names = defaulted_names(node) - self.names
        self._strict = (all_equations if strict else strict_equations)(node)
        self._closure = compile_node(node, self._strict)

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"

    def evaluate(self, scope: Mapping[str, object]) -> object:
        """Return the value; raises an ExpressionError where there is none."""
        return run(self._closure, Frame(scope))

    def check(self, scope: Mapping[str, object]) -> Outcome:
        """Judge an assertion: it holds only if it is true; an error is explained and does not hold."""
        frame = Frame(scope)
        frame.watching = True
        try:
            value = run(self._observed, frame)
        except ExpressionError as error:
            return judged(self.text, frame, error=error)
        return judged(self.text, frame, value=value)

    @cached_property
    def _observed(self) -> Closure:
        return compile_observed(self.node, self._strict)


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
    return Expression(text, parse(text), strict=strict)
