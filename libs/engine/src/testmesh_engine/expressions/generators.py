"""Built-in names and functions whose values differ from run to run, unless the seed says otherwise."""

import random
import string
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from difflib import get_close_matches
from functools import cached_property
from uuid import UUID

from testmesh_engine.expressions.errors import MistakenArgumentError, TypeMismatchError
from testmesh_engine.expressions.fakes import Fakes
from testmesh_engine.expressions.frames import ScopeFunction
from testmesh_engine.expressions.values import described

_CHARACTERS = string.ascii_letters + string.digits
_LONGEST = 10_000


class Generators(Mapping[str, object]):
    """A scope of `UUID`, `TIMESTAMP`, `random_int` and their kin; each read makes a new value.

    Chance comes from the seed and time from the clock alone, so that a run can be repeated.
    """

    def __init__(self, seed: int, clock: Callable[[], datetime]) -> None:
        self._seed = seed
        self._clock = clock

    @contextmanager
    def unmoved(self) -> Iterator[None]:
        """Make values within the block, and go on behind it as if none had been made: a look changes nothing."""
        state = self.chance.getstate()
        try:
            with self.fakes.unmoved():
                yield
        finally:
            self.chance.setstate(state)

    def __getitem__(self, name: str) -> object:
        return _MAKERS[name](self)

    def __contains__(self, name: object) -> bool:
        return name in _MAKERS

    def __iter__(self) -> Iterator[str]:
        return iter(_MAKERS)

    def __len__(self) -> int:
        return len(_MAKERS)

    @cached_property
    def chance(self) -> random.Random:
        """Made for the first who asks: most runs never do."""
        return random.Random(self._seed)  # noqa: S311  # repeatable on purpose, never a secret

    @cached_property
    def fakes(self) -> Fakes:
        return Fakes(self._seed)

    def now(self) -> datetime:
        return self._clock().astimezone(UTC)

    def random_int(self, least: object, most: object) -> object:
        for end in (least, most):
            if not isinstance(end, int) or isinstance(end, bool):
                raise TypeMismatchError(f"random_int() takes two whole numbers, not {described(end)}")
        assert isinstance(least, int)
        assert isinstance(most, int)
        if least > most:
            raise MistakenArgumentError(f"random_int() has no number from {least} to {most}")
        return self.chance.randint(least, most)

    def random_string(self, length: object) -> object:
        if not isinstance(length, int) or isinstance(length, bool):
            raise TypeMismatchError(f"random_string() takes a whole number, not {described(length)}")
        if not 0 <= length <= _LONGEST:
            raise MistakenArgumentError(f"random_string() makes 0 to {_LONGEST} characters, not {length}")
        return "".join(self.chance.choices(_CHARACTERS, k=length))


_MAKERS: Mapping[str, Callable[[Generators], object]] = {
    "UUID": lambda its: str(UUID(int=its.chance.getrandbits(128), version=4)),
    "RANDOM_ID": lambda its: "".join(its.chance.choices(_CHARACTERS, k=12)),
    "TIMESTAMP": lambda its: int(its.now().timestamp()),
    "ISO_TIMESTAMP": lambda its: its.now().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    "DATE": lambda its: its.now().strftime("%Y-%m-%d"),
    "TIME": lambda its: its.now().strftime("%H:%M:%S"),
    "DATETIME": lambda its: its.now().strftime("%Y-%m-%d %H:%M:%S"),
    "YEAR": lambda its: its.now().year,
    "MONTH": lambda its: its.now().month,
    "DAY": lambda its: its.now().day,
    "HOUR": lambda its: its.now().hour,
    "MINUTE": lambda its: its.now().minute,
    "SECOND": lambda its: its.now().second,
    "random_int": lambda its: ScopeFunction("random_int", its.random_int),
    "random_string": lambda its: ScopeFunction("random_string", its.random_string),
    "fake": lambda its: ScopeFunction("fake", its.fakes),
    "now": lambda its: ScopeFunction("now", its.now),
}
"""What each name is at this moment; made once, as a run that held its own would be a cycle of references."""

ALWAYS_THERE = frozenset(("flow", "execution", "secrets", "env", *Generators(0, lambda: datetime.now(UTC))))
"""Names that every scope has, so that they are the last that an author looks for."""


def in_order_of_use(wrong: str, known: Iterable[str]) -> list[str]:
    """Return names for a message: what the wrong one looks like, then the flow's own, then what is always there."""
    names = sorted(known)
    close = get_close_matches(wrong, names, n=3)
    return sorted(names, key=lambda name: (name not in close, name in ALWAYS_THERE))
