"""Lines laid out for a width: long ones go on below, at words, where they are read as one."""

import re

from testmesh_cli.reporting.paper import Line, Span

_NARROW = 20
_FURTHER = 2
"""Columns by which a line that goes on stands further in than it began."""
_UNIT = re.compile(r" (?:ms|s|min)\b", re.ASCII)


def folded(line: Line, width: int) -> list[Line]:
    """Return a line as lines of at most `width` columns.

    What goes on stands below the span that it belongs to, or a little further in than the line where that would
    leave less than half of the width. A word that is longer than what is left is cut.
    """
    if sum(cells(text) for text, _ in line) <= width:
        return [line]
    lines: list[Line] = [[]]
    column = 0
    begins = margin_of(line) + _FURTHER
    for text, style in line:
        hang = column if begins < column <= width // 2 else min(begins, width // 2)
        for part, is_new in _parts(text, width - column, width - hang):
            if is_new:
                lines.append([Span(" " * hang)])
                column = hang
            lines[-1].append(Span(part, style))
            column += cells(part)
    return lines


def margin_of(line: Line) -> int:
    text = "".join(span.text for span in line)
    return len(text) - len(text.lstrip(" "))


def cells(text: str) -> int:
    """Return how many columns a text takes; many letters take two."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def cut(text: str, width: int) -> str:
    """Return a text, or its beginning and an ellipsis, in at most `width` columns."""
    return text if cells(text) <= width else _head(text, width - 1).rstrip() + "…"


def part_around(text: str, at: int, width: int | None) -> tuple[str, int]:
    """Return the part of a text round a place that fits a width, and how many columns of it stand before the place."""
    (part,), before = parts_around([text], at, width)
    return part, before


def parts_around(texts: list[str], at: int, width: int | None) -> tuple[list[str], int]:
    """Return of texts that are the same up to a place the parts round it, as `part_around` does of one.

    All are cut where the widest has to be, so that the place stands in the same column of each.
    """
    if width is None or width < _NARROW or max(map(cells, texts)) <= width:
        return texts, cells(texts[0][:at])
    begin = max(0, at - width // 3)
    shown = [f"…{text[begin + 1 :]}" if begin else text for text in texts]
    return [cut(text, width) for text in shown], cells(shown[0][: at - begin])


def _parts(text: str, first: int, further: int) -> list[tuple[str, bool]]:
    """Cut a text into parts: what still fits, then further lines; say of each whether it begins a line."""
    parts: list[tuple[str, bool]] = []
    left, is_new = first, False
    while cells(text) > left:
        head = _head(text, left)
        at = len(head) if text[len(head)] == " " else head.rfind(" ")
        if at > 0 and _UNIT.match(text, at) and text[at - 1].isdigit():
            # A number stays with its unit.
            at = head.rfind(" ", 0, at)
        if at > 0 and head[:at].strip():
            head = text[:at]
        elif not is_new and left < further:
            # Not even the first word fits behind what stands there: it is not cut where it fits below.
            head = ""
        elif not head:
            # A line takes one letter at least, or there would be no end.
            head = text[0]
        parts.append((head, is_new))
        text = text[len(head) :].lstrip(" ")
        left, is_new = further, True
    parts.append((text, is_new))
    return [(part, begins) for part, begins in parts if part or begins]


def _head(text: str, width: int) -> str:
    """Return as much of a text as takes at most `width` columns."""
    if text.isascii():
        return text[: max(width, 0)]
    taken = 0
    for at, letter in enumerate(text):
        taken += cells(letter)
        if taken > width:
            return text[:at]
    return text
