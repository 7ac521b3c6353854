"""Settings as `testmesh config` shows them: secrets masked, each with its origin and what it overrode."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from testmesh_cli.configuration.keys import BY_NAME, FIXED, SERVER, Key, known_key
from testmesh_cli.configuration.origins import Found, Origin
from testmesh_cli.configuration.precedence import Configuration
from testmesh_cli.errors import UsageError
from testmesh_cli.reporting.paper import Line, Span, visible
from testmesh_cli.secrecy import MASKED, looks_secret, without_passwords


@dataclass(frozen=True, slots=True)
class Shown:
    """A setting that has a value: the one that counts, and those below it."""

    name: str
    counts: Found
    overridden: tuple[Found, ...]

    def as_json(self) -> dict[str, Any]:
        below = [{"value": masked(found), **_origin(found)} for found in self.overridden]
        return {"key": self.name, "value": masked(self.counts), **_origin(self.counts), "overrides": below}


def settings(configuration: Configuration) -> list[Shown]:
    """Return every setting that has a value, in the order of the files' keys."""
    return [shown for key in _keys(configuration) if (shown := setting(configuration, key)) is not None]


def setting(configuration: Configuration, key: Key) -> Shown | None:
    """Return one setting; None where nothing gives it a value."""
    found = configuration.candidates(key)
    if not found and key is SERVER:
        address = configuration.server()
        found = [Found(key.name, address.url, Origin("default", address.source.removeprefix("from ")))]
    return Shown(key.name, found[0], tuple(found[1:])) if found else None


def meaningless(configuration: Configuration, shown: Iterable[Shown]) -> Iterator[str]:
    """Say of which settings the value that counts means nothing: a command that needs one refuses it."""
    for one in shown:
        if one.name in BY_NAME and not one.counts.missing:
            try:
                configuration.value(one.name)
            except UsageError as error:
                yield str(error)


def _keys(configuration: Configuration) -> Iterator[Key]:
    yield from (key for key in FIXED if key.name not in ("plugins", "env_allow"))
    yield SERVER
    names = [name for document in configuration.documents for name in document.found if name not in BY_NAME]
    for name in dict.fromkeys(names):
        key = known_key(name)
        if key is not None:
            yield key
    yield from (BY_NAME["plugins"], BY_NAME["env_allow"])


def masked(found: Found) -> Any:
    """Return a value as it may be shown; one whose text refers to what is not set has none."""
    if found.missing:
        return None
    last = found.key.rpartition(".")[2]
    hidden = found.secret or (found.key.startswith("environments.") and looks_secret(last))
    return MASKED if hidden else _masked(found.value)


def _masked(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: MASKED if looks_secret(name) else _masked(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(item) for item in value]
    return without_passwords(value) if isinstance(value, str) else value


def in_words(found: Found) -> str:
    """Return a value on one line."""
    if found.missing:
        return f"(not set: {found.missing[0].message})"
    return plain_words(masked(found))


def explained(shown: Shown) -> list[Line]:
    """Return the lines that say where a value comes from, and what it overrides."""
    value = [Span(shown.name, "bold"), Span(f" = {visible(in_words(shown.counts))}")]
    below = [f"    over {visible(in_words(found))} from {_place(found)}" for found in shown.overridden]
    return [value, [Span(f"    from {_place(shown.counts)}", "cyan")], *([Span(line, "dim")] for line in below)]


def _place(found: Found) -> str:
    words = {"flag": "the flag ", "environment": "the process environment, ", "default": "the default, "}
    return words.get(found.origin.source, "") + visible(found.origin.place)


def plain_words(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _origin(found: Found) -> dict[str, Any]:
    more = {"missing": [fault.message for fault in found.missing]} if found.missing else {}
    return {"source": found.origin.source, "place": found.origin.place, **more}
