"""Texts with references in them: where a reference opens, and what the pieces make."""

from testmesh_engine.expressions.syntax import Interpolation, Literal, Node


def has_reference(text: str) -> bool:
    """Tell whether a text must be parsed at all."""
    return "${" in text or "{{" in text


def next_reference(text: str, position: int) -> int:
    """Where the next reference opens, or -1."""
    found = [start for start in (text.find("${", position), text.find("{{", position)) if start >= 0]
    return min(found, default=-1)


def joined(pieces: list[str | Node]) -> Node:
    """The pieces as one tree; texts that stand beside one another become one."""
    merged: list[str | Node] = []
    only = [piece for piece in pieces if piece != ""]
    if len(only) == 1 and isinstance(only[0], Node):
        return only[0]
    for piece in only:
        plain = piece.value if isinstance(piece, Literal) and isinstance(piece.value, str) else piece
        if isinstance(plain, str) and merged and isinstance(merged[-1], str):
            merged[-1] += plain
        else:
            merged.append(plain)
    if all(isinstance(piece, str) for piece in merged):
        return Literal("".join(str(piece) for piece in merged))
    return Interpolation(tuple(merged))
