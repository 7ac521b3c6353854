"""What is wrong with a flow, where, and what to do about it."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import NamedTuple

from testmesh_engine.language.limits import MAX_FAULTS

_WIDEST = 118


class Diagnostic(NamedTuple):
    """One fault, or one note; `line` and `column` count from 1, `pointer` is a JSON Pointer into the flow.

    The code is stable: TM1xx syntax, TM2xx schema, TM3xx meaning.
    """

    code: str
    message: str
    file: str
    line: int
    column: int
    pointer: str = ""
    hint: str = ""


class FlowInvalidError(Exception):
    """A source that is no flow; it carries every fault that was found, in the order of the source."""

    code = "flow_invalid"

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = in_order(diagnostics)
        first = self.diagnostics[0]
        more = f" (and {len(self.diagnostics) - 1} more)" if len(self.diagnostics) > 1 else ""
        super().__init__(f"{headline(first)}{more}")


class Faults:
    """Collects the faults of one source, those that are known already among them, up to a hundred."""

    def __init__(self, file: str, found: Iterable[Diagnostic] = (), notes: Iterable[Diagnostic] = ()) -> None:
        self.file = file
        self.found = list(found)[:MAX_FAULTS]
        self.notes = list(notes)[:MAX_FAULTS]

    def add(self, code: str, message: str, place: tuple[int, int], pointer: str = "", hint: str = "") -> None:
        if len(self.found) < MAX_FAULTS:
            self.found.append(Diagnostic(code, message, self.file, *place, pointer, hint))

    def note(self, code: str, message: str, place: tuple[int, int], pointer: str = "", hint: str = "") -> None:
        if len(self.notes) < MAX_FAULTS:
            self.notes.append(Diagnostic(code, message, self.file, *place, pointer, hint))

    def stop_if_any(self) -> None:
        """Raise all that was found.

        Raises:
            FlowInvalidError: there were faults.
        """
        if self.found:
            raise FlowInvalidError(self.found)


def in_order(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Return diagnostics as they follow one another in the source."""
    return tuple(sorted(diagnostics, key=lambda found: (found.line, found.column)))


def headline(diagnostic: Diagnostic) -> str:
    hint = f"; {diagnostic.hint}" if diagnostic.hint else ""
    place = f"{diagnostic.file}:{diagnostic.line}:{diagnostic.column}"
    return f"{place}: {diagnostic.code} {diagnostic.message}{hint}"


def render_diagnostic(diagnostic: Diagnostic, source: str | bytes) -> str:
    """Write a diagnostic for a person: one line that says it, the line of the source, a caret below it."""
    text = source.decode("utf-8", "replace") if isinstance(source, bytes) else source
    lines = text.splitlines()
    if not 1 <= diagnostic.line <= len(lines):
        return headline(diagnostic)
    line = lines[diagnostic.line - 1]
    line, before = _clipped(line, diagnostic.column - 1)
    indent = "".join("\t" if sign == "\t" else " " for sign in line[:before])
    margin = f"{diagnostic.line} | "
    blank = " " * (len(margin) - 2) + "| "
    return f"{headline(diagnostic)}\n  {margin}{line}\n  {blank}{indent}^"


def _clipped(line: str, at: int) -> tuple[str, int]:
    """The part of a long line around a place, and where the place is in it."""
    if len(line) <= _WIDEST:
        return line, at
    start = max(0, min(at - _WIDEST // 2, len(line) - _WIDEST))
    head, tail = "…" if start else "", "…" if start + _WIDEST < len(line) else ""
    return f"{head}{line[start : start + _WIDEST]}{tail}", at - start + len(head)


def did_you_mean(wrong: str, known: Iterable[str]) -> str:
    """Name the nearest known word, or list them when there are few, or say nothing."""
    words = sorted(known)
    close = get_close_matches(wrong, words, n=1, cutoff=0.6)
    if close:
        return f'did you mean "{close[0]}"?'
    return f"known here: {', '.join(words)}" if len(words) <= 30 else ""


def pointer_to(parent: str, key: str | int) -> str:
    """Return the JSON Pointer of a member."""
    return f"{parent}/{str(key).replace('~', '~0').replace('/', '~1')}"
