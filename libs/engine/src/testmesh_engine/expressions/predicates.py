"""`all any none one filter map find count sum min max sort_by group_by`: a body evaluated for each element."""

from collections.abc import Callable, Iterator

from testmesh_engine.expressions.arguments import descending, items
from testmesh_engine.expressions.errors import ExpressionError, LimitExceededError, TypeMismatchError
from testmesh_engine.expressions.frames import Closure, Frame
from testmesh_engine.expressions.on_lists import extreme, ordered, total
from testmesh_engine.expressions.values import described, fingerprint, is_number, to_text

_MOST_HELD = 10


class Walk:
    """A list with the body to be evaluated for each of its elements; restores the outer element."""

    __slots__ = ("body", "found", "frame", "held", "name", "order", "place", "weight")

    def __init__(self, name: str, frame: Frame, value: object, body: Closure | None, weight: int) -> None:
        self.name = name
        self.frame = frame
        self.found = items(value, name)
        self.body = body
        self.weight = weight
        self.order: object = "asc"
        self.place = 0
        self.held: list[int] = []

    def results(self) -> Iterator[tuple[object, object]]:
        """Yield each element with what the body says of it."""
        frame, body = self.frame, self.body
        outer = frame.element
        try:
            for place, item in enumerate(self.found):
                self.place = place
                frame.spend(self.weight)
                frame.element = item
                result = item if body is None else body(frame)
                frame.element = outer
                yield item, result
        except ExpressionError as error:
            if not isinstance(error, LimitExceededError):
                error.message += f" (at element [{self.place}] of {self.name}())"
            raise
        finally:
            frame.element = outer

    def verdicts(self) -> Iterator[tuple[object, bool]]:
        """The same, where each answer must be true or false."""
        for item, result in self.results():
            if not isinstance(result, bool):
                raise TypeMismatchError(
                    f"the predicate of {self.name}() gives {described(result)}, not true or false"
                    f" (at element [{self.place}])"
                )
            if result and len(self.held) < _MOST_HELD:
                self.held.append(self.place)
            yield item, result


def _all(walk: Walk) -> object:
    return all(holds for _, holds in walk.verdicts())


def _any(walk: Walk) -> object:
    return any(holds for _, holds in walk.verdicts())


def _none(walk: Walk) -> object:
    return not any(holds for _, holds in walk.verdicts())


def _one(walk: Walk) -> object:
    return sum(holds for _, holds in walk.verdicts()) == 1


def _filter(walk: Walk) -> object:
    return [item for item, holds in walk.verdicts() if holds]


def _find(walk: Walk) -> object:
    return next((item for item, holds in walk.verdicts() if holds), None)


def _count(walk: Walk) -> object:
    return sum(holds for _, holds in walk.verdicts())


def _map(walk: Walk) -> object:
    return [result for _, result in walk.results()]


def _sum(walk: Walk) -> object:
    results = [result for _, result in walk.results()]
    for result in results:
        if not is_number(result):
            raise TypeMismatchError(f"sum() adds numbers, not {described(result)}")
    return total(walk.frame, results)


def _min(walk: Walk) -> object:
    return extreme(walk.frame, "min", [result for _, result in walk.results()])


def _max(walk: Walk) -> object:
    return extreme(walk.frame, "max", [result for _, result in walk.results()])


def _sort_by(walk: Walk) -> object:
    ranks = [result for _, result in walk.results()]
    return ordered(walk.frame, walk.found, ranks, backwards=descending(walk.order))


def _group_by(walk: Walk) -> object:
    groups: dict[str, list[object]] = {}
    written: dict[str, object] = {}
    spelled: dict[object, str] = {}
    for item, result in walk.results():
        if not isinstance(result, str | bool) and not is_number(result):
            raise TypeMismatchError(f"group_by() needs a string, a number or a bool as key, not {described(result)}")
        key = spelled.setdefault(fingerprint(result, walk.frame), to_text(result, walk.frame))
        if isinstance(written.setdefault(key, result), str) != isinstance(result, str):
            raise TypeMismatchError(f"group_by() meets the key {key} as a string and as something else")
        groups.setdefault(key, []).append(item)
    return groups


PREDICATES: dict[str, Callable[[Walk], object]] = {
    "all": _all,
    "any": _any,
    "none": _none,
    "one": _one,
    "filter": _filter,
    "find": _find,
    "count": _count,
    "map": _map,
    "sum": _sum,
    "min": _min,
    "max": _max,
    "sort_by": _sort_by,
    "group_by": _group_by,
}
BODY_OPTIONAL = frozenset({"count", "sum", "min", "max"})
"""These also take the elements themselves."""
ARGUMENT_OR_BODY = frozenset({"min", "max"})
"""These also take several values: `min(a, b)`."""
