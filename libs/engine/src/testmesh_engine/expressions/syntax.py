"""The tree of an expression, and its one way of being printed."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_REFERENCE = re.compile(r"\$\{|\{\{")


@dataclass(slots=True, kw_only=True)
class Node:
    """A part of an expression and where it begins. Nobody changes one once it is made."""

    offset: int = field(default=0, compare=False, repr=False)


@dataclass(slots=True)
class Literal(Node):
    """A number, text, truth value or nil as written."""

    value: str | int | float | bool | None


@dataclass(slots=True)
class Name(Node):
    """A name read from the scope."""

    name: str


@dataclass(slots=True)
class Defaulted(Node):
    """`${NAME:-text}`: a name, or the text where the name is not in scope, nil or empty, as in a shell."""

    name: str
    fallback: str


@dataclass(slots=True)
class Element(Node):
    """`#`: the element that a predicate looks at."""


@dataclass(slots=True)
class ListOf(Node):
    """`[a, b]`."""

    items: tuple[Node, ...]


@dataclass(slots=True)
class MapOf(Node):
    """`{a: 1}`."""

    entries: tuple[tuple[str, Node], ...]


@dataclass(slots=True)
class Interpolation(Node):
    """A text with references in it."""

    pieces: tuple[str | Node, ...]


@dataclass(slots=True)
class Member(Node):
    """`.key`, or `?.key` where optional."""

    base: Node
    key: str
    optional: bool = False


@dataclass(slots=True)
class Index(Node):
    """`[index]`, or `?.[index]` where optional."""

    base: Node
    index: Node
    optional: bool = False


@dataclass(slots=True)
class Slice(Node):
    """`[start:stop]`."""

    base: Node
    start: Node | None
    stop: Node | None


@dataclass(slots=True)
class Unary(Node):
    """`not`, `-` or `+` before an operand."""

    operator: str
    operand: Node


@dataclass(slots=True)
class Binary(Node):
    """An operator between two operands, in its first spelling (`and`, not `&&`)."""

    operator: str
    left: Node
    right: Node


@dataclass(slots=True)
class Conditional(Node):
    """`test ? then : otherwise`."""

    test: Node
    then: Node
    otherwise: Node


@dataclass(slots=True)
class Call(Node):
    """A function of the table, or of the scope, with its arguments; a pipe is one too."""

    name: str
    arguments: tuple[Node, ...]


@dataclass(slots=True)
class Predicate(Node):
    """`all(items, { body })` and its kin."""

    name: str
    items: Node
    body: Node | None
    order: Node | None = None


def children(node: Node) -> list[Node]:
    """The parts of a node, in the order in which they are written."""
    match node:
        case ListOf(items=items):
            return list(items)
        case MapOf(entries=entries):
            return [value for _, value in entries]
        case Interpolation(pieces=pieces):
            return [piece for piece in pieces if isinstance(piece, Node)]
        case Member(base=base):
            return [base]
        case Index(base=base, index=index):
            return [base, index]
        case Slice(base=base, start=start, stop=stop):
            return [part for part in (base, start, stop) if part is not None]
        case Unary(operand=operand):
            return [operand]
        case Binary(left=left, right=right):
            return [left, right]
        case Conditional(test=test, then=then, otherwise=otherwise):
            return [test, then, otherwise]
        case Call(arguments=arguments):
            return list(arguments)
        case Predicate(items=items, body=body, order=order):
            return [part for part in (items, body, order) if part is not None]
    return []


def walk(root: Node) -> Iterator[tuple[Node, int]]:
    """Yield every node with its depth, without recursion."""
    pending = [(root, 1)]
    while pending:
        node, depth = pending.pop()
        yield node, depth
        pending.extend((child, depth + 1) for child in children(node))


def free_names(root: Node) -> frozenset[str]:
    """The names that must be in scope."""
    return frozenset(node.name for node, _ in walk(root) if isinstance(node, Name))


def defaulted_names(root: Node) -> frozenset[str]:
    """The names that are read if they are in scope."""
    return frozenset(node.name for node, _ in walk(root) if isinstance(node, Defaulted))


def render(node: Node) -> str:
    """Print a node so that parsing gives it back."""
    match node:
        case Literal(value=value):
            return _literal(value)
        case Name(name=name):
            return name
        case Element():
            return "#"
        case ListOf(items=items):
            return "[" + ", ".join(map(render, items)) + "]"
        case MapOf(entries=entries):
            # A blank after the brace: `{{` would open a reference.
            return "{" + ", ".join(f"{_quoted(key)}: {render(value)}" for key, value in entries) + "}"
        case Unary(operator=operator, operand=operand):
            return f"{operator} {_part(operand)}" if operator == "not" else operator + _part(operand)
        case Binary(operator=operator, left=left, right=right):
            return f"{_part(left)} {operator} {_part(right)}"
        case Conditional(test=test, then=then, otherwise=otherwise):
            return f"{_part(test)} ? {_part(then)} : {_part(otherwise)}"
        case Call(name=name, arguments=arguments):
            return f"{name}({', '.join(map(render, arguments))})"
    return _render_rest(node)


def _render_rest(node: Node) -> str:
    match node:
        case Defaulted(name=name, fallback=fallback):
            return f"${{{name}:-{fallback}}}"
        case Interpolation(pieces=pieces):
            return json.dumps("".join(map(_piece, pieces)), ensure_ascii=False)
        case Member(base=base, key=key, optional=optional):
            root = "" if isinstance(base, Element) and not optional else _base(base)
            return f"{root}{'?.' if optional else '.'}{key}"
        case Index(base=base, index=index, optional=optional):
            return f"{_base(base)}{'?.' if optional else ''}[{render(index)}]"
        case Slice(base=base, start=start, stop=stop):
            first, last = (render(start) if start else ""), (render(stop) if stop else "")
            return f"{_base(base)}[{first}:{last}]"
        case Predicate(name=name, items=items, body=body, order=order):
            parts = [render(items)]
            parts += [f"{{ {render(body)} }}"] if body is not None else []
            parts += [render(order)] if order is not None else []
            return f"{name}({', '.join(parts)})"
    raise AssertionError(f"a node without a print: {type(node).__name__}")


def _part(node: Node) -> str:
    text = render(node)
    return f"({text})" if isinstance(node, Unary | Binary | Conditional) else text


def _base(node: Node) -> str:
    text = render(node)
    bare = isinstance(node, Name | Element | Member | Index | Slice | Call | Predicate)
    return text if bare else f"({text})"


def _literal(value: object) -> str:
    if value is None:
        return "nil"
    if isinstance(value, bool):
        return "true" if value else "false"
    return _quoted(value) if isinstance(value, str) else repr(value)


def _quoted(text: str) -> str:
    return json.dumps(_plain(text), ensure_ascii=False)


def _plain(text: str) -> str:
    """Write what would open a reference so that it does not."""
    return _REFERENCE.sub(lambda match: "$${" if match.group() == "${" else "${`{{`}", text)


def _piece(piece: str | Node) -> str:
    if isinstance(piece, str):
        return _plain(piece)
    return render(piece) if isinstance(piece, Defaulted) else f"${{ {render(piece)} }}"
