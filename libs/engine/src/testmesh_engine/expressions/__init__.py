"""The flow language's expressions: safe, bounded, compiled once, and never silently false.

`compile_expression`, `compile_template` and `compile_selector` do all the reading; what they give back
is immutable and can be evaluated by many runs at once.

A *scope* is any mapping of names to values (maps with string keys, lists, strings, numbers, bools, None,
times, durations, UUIDs). Only keys and indexes of values are read, never attributes of Python objects.
A `ScopeFunction` among a scope's values can be called under its name (`random_int(1, 6)`) and not read;
no other callable in a scope can be called. `Generators` is a mapping that supplies those together with
`UUID`, `TIMESTAMP` and their kin, made anew at each read: put it behind the other layers of a ChainMap.
"""

from testmesh_engine.expressions.errors import (
    CalculationError,
    ExpressionError,
    ExpressionSyntaxError,
    InvalidArgumentError,
    LimitExceededError,
    MissingKeyError,
    NothingFoundError,
    TypeMismatchError,
    UnknownNameError,
)
from testmesh_engine.expressions.expression import Expression, compile_expression
from testmesh_engine.expressions.frames import Operand, ScopeFunction
from testmesh_engine.expressions.generators import Generators
from testmesh_engine.expressions.outcome import Outcome
from testmesh_engine.expressions.selectors import Selector, compile_selector
from testmesh_engine.expressions.templates import Template, compile_template, strip_braces
from testmesh_engine.expressions.values import shown

__all__ = [
    "CalculationError",
    "Expression",
    "ExpressionError",
    "ExpressionSyntaxError",
    "Generators",
    "InvalidArgumentError",
    "LimitExceededError",
    "MissingKeyError",
    "NothingFoundError",
    "Operand",
    "Outcome",
    "ScopeFunction",
    "Selector",
    "Template",
    "TypeMismatchError",
    "UnknownNameError",
    "compile_expression",
    "compile_selector",
    "compile_template",
    "shown",
    "strip_braces",
]
