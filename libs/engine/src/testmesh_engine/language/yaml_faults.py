"""What to change where a source is no YAML: the parser knows the place, not what its author meant."""

import re
from typing import Any

from testmesh_engine.language.nodes import Place

_QUOTED_START = re.compile(r"""^\s*(-|[\w-]+:)\s+("[^"]*"|'[^']*')\s+[^\s#]""")
_OPEN_QUOTE = re.compile(r"""^\s*(?:- +)*(?:[\w-]+: +)?(?:"[^"]*|'[^']*)$""")
_COLON_IN_TEXT = re.compile(r"""^\s*(?:- +)*[\w-]+: +([^"'{\[|>&*!%#@`\s].*: .*\S)\s*$""")
_DASHES = re.compile(r" *(?:- +)*")
_IN_BRACES = 'a bracket or a comma is missing before this, or quotes: inside { } write {first: "items[0].id"}'
_LONGEST = 60


def fault_of(error: Any, text: str) -> tuple[Place, str]:
    """Return where a source is to be changed, and how; nothing on that where it is not certain."""
    mark = error.problem_mark or error.context_mark
    place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    lines = text.splitlines()
    quote = _open_quote(error, place, lines)
    if quote is not None:
        return quote, f"the quote that is opened in line {quote[0]} is not closed"
    return place, _remedy(error, place, lines)


def _open_quote(error: Any, place: Place, lines: list[str]) -> Place | None:
    """Return where the quote stands that was not closed, or was closed by the one that opens another text."""
    context = error.context or ""
    if "quoted scalar" in context and "end of stream" in (error.problem or ""):
        return error.context_mark.line + 1, error.context_mark.column + 1
    if "did not find expected" not in (error.problem or "") or _begins_line(place, lines):
        return None
    for number, line in enumerate(lines[: place[0] - 1], 1):
        if _OPEN_QUOTE.match(line):
            return number, 1 + min(line.find(sign) for sign in "\"'" if sign in line)
    return None


def _remedy(error: Any, place: Place, lines: list[str]) -> str:
    line = lines[place[0] - 1] if place[0] <= len(lines) else ""
    context, problem = error.context or "", error.problem or ""
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return "indent with spaces: YAML takes no tabs"
    if "flow mapping" in context or "flow sequence" in context:
        return _IN_BRACES
    brace = re.search(r"[:\-]\s+[{$]", line)
    if brace is not None and place[1] > brace.end() and "${" not in line:
        return 'a value that begins with "{" needs quotes'
    if _QUOTED_START.search(line):
        return "put the whole expression in quotes, as in - '\"x\" not in body.items'"
    if "cannot start any token" in problem:
        return f'a text that begins with "{line[place[1] - 1 : place[1]]}" needs quotes'
    if "escape character" in problem:
        return "in double quotes a backslash is written twice; in single quotes it stands for itself"
    if "expected ':'" in problem and error.context_mark is not None and error.context_mark.line < len(lines):
        return f'":" is missing after "{lines[error.context_mark.line].strip()[:_LONGEST]}"'
    return _of_block(problem, place, lines, line)


def _of_block(problem: str, place: Place, lines: list[str], line: str) -> str:
    """Look at what a line says and where it begins."""
    colon = _COLON_IN_TEXT.match(line)
    if "mapping values" in problem and colon is not None:
        return f'a text that has ": " in it needs quotes: "{colon[1][:_LONGEST]}"'
    if "mapping values" not in problem and not _begins_line(place, lines):
        return ""
    begins = _column(line)
    open_columns = _open_columns(lines[: place[0] - 1])
    near = [max((at for at in open_columns if at < begins), default=0)]
    near.append(min((at for at in open_columns if at > begins), default=0))
    wanted = " or ".join(str(at) for at in near if at)
    if begins in open_columns or not wanted:
        return ""
    return f"the line begins in column {begins}; begin it in column {wanted}, as what it belongs to"


def _open_columns(lines: list[str]) -> set[int]:
    """Return where the maps and lists begin that the last of some lines stands in."""
    columns: set[int] = set()
    least = 0
    for line in reversed(lines):
        if not line.strip() or line.lstrip().startswith("#") or (least and _column(line) >= least):
            continue
        least = _column(line)
        dashes = _DASHES.match(line)
        columns |= {least} if dashes is None else {least, dashes.end() + 1}
        columns |= {at + 1 for at in range(least - 1, dashes.end() if dashes else 0) if line[at] == "-"}
    return columns


def _begins_line(place: Place, lines: list[str]) -> bool:
    return place[0] <= len(lines) and _column(lines[place[0] - 1]) == place[1]


def _column(line: str) -> int:
    return len(line) - len(line.lstrip()) + 1
