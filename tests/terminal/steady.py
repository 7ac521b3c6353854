"""Words of a command without what differs from run to run, and its looks in letters."""

import re
from collections.abc import Mapping

from tests.docs.pages import steadied

_WORDS = (
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"),
     "01234567-89ab-7cde-8f01-23456789abcd"),
    (re.compile(r"\b00-[0-9a-f]{32}-[0-9a-f]{16}-01\b"), "00-TRACE-SPAN-01"),
    (re.compile(r"\b20\d\d-\d\d-\d\d(?=[ T])"), "YYYY-MM-DD"),
    (re.compile(r"\b\d\d:\d\d:\d\d(?:\.\d+)?(?=Z|\b)"), "HH:MM:SS"),
    (re.compile(r"(?<=127\.0\.0\.1:)\d{4,5}\b"), "PORT"),
    (re.compile(r"(?<=testmesh )\d+\.\d+\S*|(?<=\"version\": \")0[^\"]+"), "VERSION"),
    (re.compile(r"\d+(?= from the default, the cores)"), "N"),
    (re.compile(r" {2,}(?=(?:N ms|seconds)\b)"), "  "),
)  # fmt: skip
_MEMBERS = re.compile(r"(?m)(?:^ {18}body\.\w+: .*\n){2,}")
_STEERED = re.compile("\x1b\\[([0-9;]*)m")
_COLOURS = {"31": "red", "32": "green", "33": "yellow", "34": "blue", "35": "magenta", "36": "cyan"}
_PIECES = re.compile(r"\s+|\S+")
_WEIGHTS = {"1": "bold", "2": "dim"}


def steady(words: str, names: Mapping[str, str], addresses: Mapping[str, str]) -> str:
    """Return what is the same each time that a command says it."""
    for found, name in names.items():
        words = words.replace(found, name)
    for found, port in addresses.items():
        words = words.replace(found, f"http://127.0.0.1:{port}")
    words = steadied(words)
    for pattern, instead in _WORDS:
        words = pattern.sub(instead, words)
    return _MEMBERS.sub(_sorted, words)


def _sorted(lines: re.Match[str]) -> str:
    """Sort what is told of a body: a live event has it in the answer's order, the database in its own."""
    return "".join(sorted(lines[0].splitlines(keepends=True)))


def in_letters(words: str) -> str:
    """Return words with their looks written out: `⟨bold red⟩no⟨⟩`; blanks have none that anybody sees."""
    weights: set[str] = set()
    colour = shown = ""
    told: list[str] = []
    for at, part in enumerate(_STEERED.split(words)):
        if at % 2:
            for one in part.split(";"):
                weights = set() if one in ("", "0") else weights | {_WEIGHTS[one]} if one in _WEIGHTS else weights
                colour = "" if one in ("", "0", "39") else _COLOURS.get(one, colour)
            continue
        for piece in _PIECES.findall(part):
            looks = " ".join([*sorted(weights), *([colour] if colour else [])])
            if looks != shown and not piece.isspace():
                told.append(f"⟨{looks}⟩")
                shown = looks
            if shown and piece.isspace() and "\n" in piece:
                told.append("⟨⟩")
                shown = ""
            told.append(piece)
    return "".join(told)
