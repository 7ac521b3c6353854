"""Expressions that the person types: read, and explained where they cannot be."""

from testmesh_cli.errors import CliError, UsageError
from testmesh_engine.expressions import (
    Expression,
    ExpressionError,
    ExpressionSyntaxError,
    UnknownNameError,
    compile_expression,
    strip_braces,
)
from testmesh_engine.names import is_name, name_hint


def read_expression(text: str) -> Expression:
    """Return what a text says, with its braces or without."""
    if not text:
        raise UsageError("an expression is missing, as in: print body.items[0].id")
    return compile_expression(strip_braces(text))


def assignment(text: str) -> tuple[str, Expression]:
    """Return name and value of NAME=EXPR; JSON is read as JSON."""
    name, equals, written = (part.strip() for part in text.partition("="))
    if not equals or not written:
        raise UsageError('write it as: set NAME=VALUE, as in set total=59.98 or set name="Bob"')
    if not is_name(name):
        raise UsageError(f'"{name}" cannot name a variable; {name_hint(name)}')
    return name, read_expression(written)


def explained(error: CliError | ExpressionError | ExpressionSyntaxError, words: str) -> str:
    """Say what is wrong with what was typed; of an expression, also where."""
    if isinstance(error, CliError):
        return str(error)
    assigned = words.startswith("set") and "=" in words
    text = strip_braces(words.partition("=" if assigned else " ")[2].strip())
    said = f"{error.code} {error.message}"
    if assigned and isinstance(error, UnknownNameError):
        said += ' A text stands in quotes, as in set name="Bob".'
    return f"  {text}\n  {' ' * error.offset}^\n{said}" if 0 <= error.offset <= len(text) else said
