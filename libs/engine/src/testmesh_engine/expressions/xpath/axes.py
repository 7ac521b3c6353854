"""The ways from a node to others, each in its own order; every node met costs a step."""

from collections.abc import Callable, Iterator

from testmesh_engine.expressions.frames import Frame
from testmesh_engine.expressions.xpath.documents import XmlNode


def _self(node: XmlNode, _: Frame) -> Iterator[XmlNode]:
    yield node


def _child(node: XmlNode, _: Frame) -> Iterator[XmlNode]:
    yield from node.children


def _attribute(node: XmlNode, _: Frame) -> Iterator[XmlNode]:
    yield from node.attributes


def _parent(node: XmlNode, _: Frame) -> Iterator[XmlNode]:
    if node.parent is not None:
        yield node.parent


def _ancestor(node: XmlNode, _: Frame) -> Iterator[XmlNode]:
    above = node.parent
    while above is not None:
        yield above
        above = above.parent


def _ancestor_or_self(node: XmlNode, frame: Frame) -> Iterator[XmlNode]:
    yield node
    yield from _ancestor(node, frame)


def _descendant(node: XmlNode, frame: Frame) -> Iterator[XmlNode]:
    yield from node.descendants(frame)


def _descendant_or_self(node: XmlNode, frame: Frame) -> Iterator[XmlNode]:
    yield node
    yield from node.descendants(frame)


def _siblings(node: XmlNode, frame: Frame) -> tuple[list[XmlNode], int]:
    if node.parent is None or node.kind == "attribute":
        return [], 0
    beside = node.parent.children
    frame.spend(1 + len(beside) // 16)
    return beside, next(place for place, other in enumerate(beside) if other is node)


def _following_sibling(node: XmlNode, frame: Frame) -> Iterator[XmlNode]:
    beside, place = _siblings(node, frame)
    yield from beside[place + 1 :]


def _preceding_sibling(node: XmlNode, frame: Frame) -> Iterator[XmlNode]:
    beside, place = _siblings(node, frame)
    yield from reversed(beside[:place])


def _following(node: XmlNode, frame: Frame) -> Iterator[XmlNode]:
    if node.kind == "attribute" and node.parent is not None:
        yield from node.parent.descendants(frame)
        node = node.parent
    for above in _ancestor_or_self(node, frame):
        for sibling in _following_sibling(above, frame):
            yield from _descendant_or_self(sibling, frame)


def _preceding(node: XmlNode, frame: Frame) -> Iterator[XmlNode]:
    if node.kind == "attribute" and node.parent is not None:
        node = node.parent
    for above in _ancestor_or_self(node, frame):
        for sibling in _preceding_sibling(above, frame):
            yield from reversed(list(_descendant_or_self(sibling, frame)))


AXES: dict[str, Callable[[XmlNode, Frame], Iterator[XmlNode]]] = {
    "self": _self,
    "child": _child,
    "attribute": _attribute,
    "parent": _parent,
    "ancestor": _ancestor,
    "ancestor-or-self": _ancestor_or_self,
    "descendant": _descendant,
    "descendant-or-self": _descendant_or_self,
    "following-sibling": _following_sibling,
    "preceding-sibling": _preceding_sibling,
    "following": _following,
    "preceding": _preceding,
}
