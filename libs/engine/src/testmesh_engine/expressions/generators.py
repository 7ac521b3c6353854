"""Built-in names and functions whose values differ from run to run, unless the seed says otherwise."""

import random
import string
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from difflib import get_close_matches
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
        self._random = random.Random(seed)  # noqa: S311  # repeatable on purpose, never a secret
        self._clock = clock
        self._fakes = Fakes(seed)
        self._functions = {
            "random_int": ScopeFunction("random_int", self._random_int),
            "random_string": ScopeFunction("random_string", self._random_string),
            "fake": ScopeFunction("fake", self._fakes),
            "now": ScopeFunction("now", self._now),
        }
        self._makers: dict[str, Callable[[], object]] = {
            "UUID": lambda: str(UUID(int=self._random.getrandbits(128), version=4)),
            "RANDOM_ID": lambda: "".join(self._random.choices(_CHARACTERS, k=12)),
            "TIMESTAMP": lambda: int(self._now().timestamp()),
            "ISO_TIMESTAMP": lambda: self._now().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "DATE": lambda: self._now().strftime("%Y-%m-%d"),
            "TIME": lambda: self._now().strftime("%H:%M:%S"),
            "DATETIME": lambda: self._now().strftime("%Y-%m-%d %H:%M:%S"),
            "YEAR": lambda: self._now().year,
            "MONTH": lambda: self._now().month,
            "DAY": lambda: self._now().day,
            "HOUR": lambda: self._now().hour,
            "MINUTE": lambda: self._now().minute,
            "SECOND": lambda: self._now().second,
        }

    @contextmanager
    def unmoved(self) -> Iterator[None]:
        """Make values within the block, and go on behind it as if none had been made: a look changes nothing."""
        state = self._random.getstate()
        try:
            with self._fakes.unmoved():
                yield
        finally:
            self._random.setstate(state)

    def __getitem__(self, name: str) -> object:
        maker = self._makers.get(name)
        return self._functions[name] if maker is None else maker()

    def __contains__(self, name: object) -> bool:
        return name in self._makers or name in self._functions

    def __iter__(self) -> Iterator[str]:
        yield from self._makers
        yield from self._functions

    def __len__(self) -> int:
        return len(self._makers) + len(self._functions)

    def _now(self) -> datetime:
        return self._clock().astimezone(UTC)

    def _random_int(self, least: object, most: object) -> object:
        for end in (least, most):
            if not isinstance(end, int) or isinstance(end, bool):
                raise TypeMismatchError(f"random_int() takes two whole numbers, not {described(end)}")
        assert isinstance(least, int)
        assert isinstance(most, int)
        if least > most:
            raise MistakenArgumentError(f"random_int() has no number from {least} to {most}")
        return self._random.randint(least, most)

    def _random_string(self, length: object) -> object:
        if not isinstance(length, int) or isinstance(length, bool):
            raise TypeMismatchError(f"random_string() takes a whole number, not {described(length)}")
        if not 0 <= length <= _LONGEST:
            raise MistakenArgumentError(f"random_string() makes 0 to {_LONGEST} characters, not {length}")
        return "".join(self._random.choices(_CHARACTERS, k=length))


ALWAYS_THERE = frozenset(("flow", "execution", "secrets", "env", *Generators(0, lambda: datetime.now(UTC))))
"""Names that every scope has, so that they are the last that an author looks for."""


def in_order_of_use(wrong: str, known: Iterable[str]) -> list[str]:
    """Return names for a message: what the wrong one looks like, then the flow's own, then what is always there."""
    names = sorted(known)
    close = get_close_matches(wrong, names, n=3)
    return sorted(names, key=lambda name: (name not in close, name in ALWAYS_THERE))
