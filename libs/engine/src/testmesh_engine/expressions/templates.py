"""Values with references in their texts, compiled once and rendered for each run."""

from collections.abc import Collection, Mapping

from testmesh_engine.expressions.compiler import compile_node
from testmesh_engine.expressions.errors import TOO_LARGE, ExpressionError, ExpressionSyntaxError
from testmesh_engine.expressions.expression import run
from testmesh_engine.expressions.frames import Closure, Frame
from testmesh_engine.expressions.limits import MAX_RENDER_STEPS, MAX_VALUE_DEPTH
from testmesh_engine.expressions.parser import parse_text
from testmesh_engine.expressions.references import has_reference
from testmesh_engine.expressions.strictness import strict_equations
from testmesh_engine.expressions.syntax import defaulted_names, free_names
from testmesh_engine.expressions.tokens import tokenize


class Template:
    """A value whose references are filled in by `render`; a constant one is given back unchanged.

    What stands at a pointer in `kept` is given back as it is.
    """

    def __init__(self, value: object, kept: Collection[str] = ()) -> None:
        self._kept = kept
        self._names: set[str] = set()
        self._optional_names: set[str] = set()
        self._value = value
        self._closure = self._compile(value, "", 0)

    @property
    def names(self) -> frozenset[str]:
        """The names that must be in scope."""
        return frozenset(self._names)

    @property
    def optional_names(self) -> frozenset[str]:
        """The names that are read only where they are in scope."""
        return frozenset(self._optional_names - self._names)

    @property
    def is_constant(self) -> bool:
        return self._closure is None

    def render(self, scope: Mapping[str, object]) -> object:
        """Return the value with every reference filled in; an ExpressionError names the text's `pointer`."""
        if self._closure is None:
            return self._value
        return run(self._closure, Frame(scope), MAX_RENDER_STEPS)

    def _compile(self, value: object, pointer: str, depth: int) -> Closure | None:
        """Return a closure, or None where nothing depends on a scope."""
        if depth > MAX_VALUE_DEPTH:
            raise ExpressionSyntaxError(TOO_LARGE, f"nested more than {MAX_VALUE_DEPTH} deep", 0, pointer)
        if pointer in self._kept:
            return None
        if isinstance(value, str):
            return self._compile_text(value, pointer) if has_reference(value) else None
        if isinstance(value, dict):
            return self._compile_map(value, pointer, depth)
        if isinstance(value, list):
            return self._compile_list(value, pointer, depth)
        return None

    def _compile_text(self, text: str, pointer: str) -> Closure:
        try:
            node = parse_text(text)
            closure = compile_node(node, strict_equations(node))
        except ExpressionSyntaxError as error:
            error.pointer = pointer
            raise
        self._names |= free_names(node)
        self._optional_names |= defaulted_names(node)

        def fill(frame: Frame) -> object:
            try:
                return closure(frame)
            except ExpressionError as error:
                error.pointer = pointer
                raise

        return fill

    def _compile_map(self, value: dict[object, object], pointer: str, depth: int) -> Closure | None:
        parts = [(key, item, self._compile(item, f"{pointer}/{_step(key)}", depth + 1)) for key, item in value.items()]
        if all(closure is None for _, _, closure in parts):
            return None
        return lambda frame: {key: item if fill is None else fill(frame) for key, item, fill in parts}

    def _compile_list(self, value: list[object], pointer: str, depth: int) -> Closure | None:
        parts = [(item, self._compile(item, f"{pointer}/{place}", depth + 1)) for place, item in enumerate(value)]
        if all(closure is None for _, closure in parts):
            return None
        return lambda frame: [item if fill is None else fill(frame) for item, fill in parts]


def compile_template(value: object, kept: Collection[str] = ()) -> Template:
    """Compile every reference in a value; a fault is an ExpressionSyntaxError with its `pointer` and offset."""
    return Template(value, kept)


def strip_braces(text: str) -> str:
    """The expression inside a text that is one reference alone; any other text as it is."""
    inner = text.strip()
    opening, closing = ("${", "}") if inner.startswith("${") else ("{{", "}}")
    if not inner.startswith(opening) or not inner.endswith(closing):
        return text
    try:
        tokens = tokenize(inner, until_closed=True)
    except ExpressionSyntaxError:
        return text
    if tokens[0].kind == "default" or tokens[-1].offset != len(inner):
        return text
    return inner[len(opening) : -len(closing)].strip()


def _step(key: object) -> str:
    return str(key).replace("~", "~0").replace("/", "~1")
