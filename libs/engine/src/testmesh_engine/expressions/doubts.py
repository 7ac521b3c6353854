"""What held without anything that could have contradicted: a test that is green for that alone tests nothing."""

from collections.abc import Callable, Mapping

from testmesh_engine.expressions.errors import nearest
from testmesh_engine.expressions.frames import Frame
from testmesh_engine.expressions.predicates import Walk
from testmesh_engine.expressions.syntax import Binary, Node, Predicate, render
from testmesh_engine.expressions.unequal_kinds import comparable
from testmesh_engine.expressions.values import kind

DOUBTED = frozenset(("any", "none", "one", "filter", "find", "count"))
"""Predicates whose answer may be that nothing is equal."""
_JUDGING = DOUBTED | {"all"}


def emptiness_doubt(node: Predicate) -> Callable[[Walk], None] | None:
    """Doubt a predicate that looked at no element, however often it was asked."""
    if node.name not in _JUDGING:
        return None
    text = render(node)

    def doubt(each: Walk) -> None:
        each.frame.doubt(text, f"`{text}` looked at no element: the list is empty", dispelled=bool(each.found))

    return doubt


def doubting(node: Binary) -> Callable[[Frame, object, object], None]:
    """Doubt an equation inside a predicate that meets values of different kinds alone: it could not be true."""
    text = render(node)

    def watch(frame: Frame, one: object, other: object) -> None:
        if one is None or other is None:
            return
        kinds = f"{kind(one)} with {kind(other)}"
        said = f"`{text}` compared values of different kinds alone ({kinds}): they are never equal"
        frame.doubt(text, said, dispelled=comparable(one, other))

    return watch


def doubt_absence(frame: Frame, node: Binary, left: object, right: object) -> None:
    """Doubt a `not in` and a `not contains` that looked into nothing."""
    container = right if node.operator == "in" else left if node.operator == "contains" else None
    if isinstance(container, str | list | tuple | Mapping) and not container:
        text = render(node)
        frame.doubt(text, f"`not ({text})` looked into an empty {kind(container)}", dispelled=False)


def doubt_missing(frame: Frame, base: object, key: str, origin: Node) -> None:
    """Doubt that a key equals nil because it is missing, where one of nearly that name is there."""
    hint = nearest(key, base) if isinstance(base, Mapping) else ""
    if hint:
        text = f"{render(origin)}.{key}"
        frame.doubt(text, f"`{text}` is missing, and equals nil for that.{hint}", dispelled=False)
