"""One statement with its parameters, in the form that a driver takes: values go beside the text, never into it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from testmesh_engine.database.dsn import Kind
from testmesh_engine.database.tokens import PARAMETERS, Token, tokens_of
from testmesh_sdk import ActionError

CHANGES = frozenset(("insert", "update", "delete", "merge", "replace"))
READS = frozenset(("select", "values", "table", "show", "explain", "describe", "desc"))
_OF_TRANSACTIONS = frozenset(("begin", "start", "commit", "rollback", "savepoint", "release", "end", "abort"))
_WITH_A_BODY = frozenset(("procedure", "function", "trigger", "event"))
_ASIDE = frozenset(("space", "comment"))


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement as it is sent. `verb` is what it does, such as select; `shifts` tell how the text was changed."""

    query: str
    text: str
    values: tuple[Any, ...]
    verb: str
    shifts: tuple[tuple[int, int], ...] = ()
    """Where a piece begins in the text as sent, and where in the query, for each that a parameter stands before."""

    def place(self, sent: int) -> int:
        """Return where in the query stands what stands there in the text as sent."""
        came = 0
        for in_text, in_query in self.shifts:
            if in_text > sent:
                break
            came = in_query - in_text
        return min(sent + came, len(self.query))

    @property
    def leaves_no_trace(self) -> bool:
        """Whether the session of its connection is as it was, so that others may have it."""
        return self.verb in CHANGES or self.verb in READS


def read_statement(query: str, params: Sequence[Any] | Mapping[str, Any] | None, kind: Kind) -> Statement:
    """Return a query as the statement that its database takes.

    Raises:
        ActionError: it holds none or several, or its parameters do not fit.
    """
    tokens = list(tokens_of(query, kind))
    verb = _only_verb(tokens)
    if params is None:
        return Statement(query, query, (), verb)
    if isinstance(params, Mapping):
        return _filled(query, verb, tokens, "named", dict(params), kind)
    style = "numbered" if any(token.kind == "numbered" for token in tokens) else "question"
    return _filled(query, verb, tokens, style, dict(enumerate(params, start=1)), kind)


def _only_verb(tokens: list[Token]) -> str:
    words = [token.text.lower() for token in tokens if token.kind == "word"]
    said = [token for token in tokens if token.kind not in _ASIDE]
    if not any(token.text != ";" for token in said):
        raise ActionError("TM502", "the query holds no statement; write one")
    first = words[0] if words else ""
    has_body = first in ("create", "alter") and not _WITH_A_BODY.isdisjoint(words[:8])
    ends = [at for at, token in enumerate(said) if token.text == ";"]
    if ends and not has_body and any(token.text != ";" for token in said[ends[0] :]):
        message = "the query holds several statements; a step carries out one: write a step for each"
        raise ActionError("TM502", message)
    if first in _OF_TRANSACTIONS:
        message = "it would begin or end a transaction; each step has one of its own: see its key transaction"
        raise ActionError("TM502", f"the query begins with {first.upper()}: {message}")
    return _main_verb(tokens) if first == "with" else first


def _main_verb(tokens: list[Token]) -> str:
    """Return what a statement does that begins with WITH: its first such word outside of all brackets."""
    depth = 0
    for token in tokens:
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        word = token.text.lower()
        if depth == 0 and token.kind == "word" and (word in CHANGES or word in READS):
            return word
    return "with"


def _filled(query: str, verb: str, tokens: list[Token], style: str, given: dict[Any, Any], kind: Kind) -> Statement:
    parts: list[str] = []
    values: list[Any] = []
    shifts: list[tuple[int, int]] = []
    places: dict[Any, int] = {}
    length = asked = 0
    for token in tokens:
        written = token.text
        if token.kind == style:
            asked += 1
            key = _key(token, asked)
            if key not in given:
                raise ActionError("TM501", _not_given(token, style, given))
            if key not in places or kind == "mysql":
                values.append(given[key])
                places[key] = len(values)
            written = "?" if kind == "mysql" else f"{'$' if kind == 'postgresql' else '?'}{places[key]}"
        elif token.kind == "doubled" and style == "question":
            written = "?"
        elif token.kind in PARAMETERS and _is_of_another_style(token, style, kind):
            raise ActionError("TM501", f"the query has {token.text}, and params {_WANTED[style]}")
        parts.append(written)
        length += len(written)
        if written != token.text:
            shifts.append((length, token.start + len(token.text)))
    if unused := [str(key) for key in given if key not in places]:
        raise ActionError("TM501", f"the query has no place for {_named(unused, style)}; take it out of params")
    return Statement(query, "".join(parts), tuple(values), verb, tuple(shifts))


_WANTED = {
    "named": "is a map, which :name takes; write :name, or make params a list",
    "numbered": "is a list that $1 takes; write $1 everywhere",
    "question": "is a list, which ? or $1 takes; write one of these, or make params a map",
}


def _key(token: Token, asked: int) -> str | int:
    if token.kind == "named":
        return token.text[1:]
    return int(token.text[1:]) if token.kind == "numbered" else asked


def _is_of_another_style(token: Token, style: str, kind: Kind) -> bool:
    """Say whether a place waits for a parameter that cannot come; `?` and `a[1:b]` are operators of PostgreSQL."""
    if kind == "postgresql":
        return token.kind == "numbered" and style != "numbered"
    return token.kind != style


def _not_given(token: Token, style: str, given: Mapping[Any, Any]) -> str:
    if style == "named":
        names = ", ".join(given) or "nothing"
        return f"the query asks for {token.text}, and params holds {names}; add it to params"
    which = token.text if style == "numbered" else f"more than {len(given)} times for ?"
    return (
        f"the query asks {'for ' if style == 'numbered' else ''}{which}, and params holds {len(given)}; add to params"
    )


def _named(unused: list[str], style: str) -> str:
    if style == "named":
        return ", ".join(f":{name}" for name in unused)
    return "the parameter " + ", ".join(f"{'$' if style == 'numbered' else 'number '}{name}" for name in unused)
