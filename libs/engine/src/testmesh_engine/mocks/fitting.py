"""Whether a request is one of those that a pattern means, and what keeps it from it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from testmesh_engine.actions.mock_requests import RequestPattern
from testmesh_engine.expressions import shown
from testmesh_engine.expressions.frames import Frame
from testmesh_engine.expressions.values import equal
from testmesh_engine.matching import Judged, Log, Match
from testmesh_engine.mocks.paths import PathPattern
from testmesh_engine.mocks.seen import Seen

_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Fit:
    """What the path's names stand for, and the verdict."""

    params: dict[str, str]
    judged: Judged


class Pattern:
    """A request's pattern, compiled."""

    def __init__(self, config: RequestPattern, names: Mapping[str, Any], log: Log | None = None) -> None:
        self._config = config
        self._path = None if config.path is None else PathPattern(config.path)
        self._match = None if config.match is None else Match(config.match, names, log)
        self._judges_body = "body" in config.model_fields_set

    def __str__(self) -> str:
        parts = [self._config.method or "", self._config.path or "", f"({self._match.text})" if self._match else ""]
        return " ".join(part for part in parts if part) or "any request"

    @property
    def names(self) -> frozenset[str]:
        """The names of the flow that must be there."""
        return self._match.names - {"request"} if self._match else frozenset()

    def fit(self, seen: Seen) -> Fit:
        """Judge a request; the further down what is wrong stands, the nearer it came."""
        params = {} if self._path is None else self._path.match(seen.path)
        if params is None:
            near = 0 if self._config.method not in (None, seen.method) else 1
            return Fit({}, Judged(False, f"the path is not {self._config.path}", near))
        near = 10
        for wrong in self._wrong(seen):
            if wrong is not None:
                return Fit(params, Judged(False, wrong, near))
            near += 10
        if self._match is not None:
            judged = self._match.judge({"request": seen.read_as(params)})
            return Fit(params, Judged(judged.holds, judged.why, near + judged.near))
        return Fit(params, Judged(holds=True))

    def _wrong(self, seen: Seen) -> Iterator[str | None]:
        """Yield what is wrong with each part that is judged, None where nothing is."""
        config = self._config
        yield None if config.method in (None, seen.method) else f"the method is not {config.method}"
        for name, value in config.headers.items():
            sent = seen.headers.get(name)
            # What was sent may prove who asked: it is not told.
            yield None if sent == _text(value) else f"the header {name} is {'another' if sent else 'not there'}"
        for name, wanted in config.query.items():
            given = seen.query.get(name)
            texts = [_text(one) for one in wanted] if isinstance(wanted, list) else _text(wanted)
            yield None if given == texts else f"{name} in the query is {shown(given, _SHOWN)}, not {shown(texts)}"
        if self._judges_body:
            yield not_contained(config.body, seen.body, "body")


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def not_contained(wanted: Any, given: Any, name: str) -> str | None:
    """Say what of a value is not in another: a map needs these keys, a list these elements and no others."""
    if isinstance(wanted, dict) and isinstance(given, dict):
        for key, value in wanted.items():
            if key not in given:
                return f"{name} has no {key}"
            if (wrong := not_contained(value, given[key], f"{name}.{key}")) is not None:
                return wrong
        return None
    if isinstance(wanted, list) and isinstance(given, list) and len(wanted) == len(given):
        found = (not_contained(one, given[at], f"{name}[{at}]") for at, one in enumerate(wanted))
        return next((wrong for wrong in found if wrong is not None), None)
    return None if equal(wanted, given, Frame({})) else f"{name} is {shown(given, _SHOWN)}, not {shown(wanted, _SHOWN)}"
