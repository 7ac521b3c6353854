"""What the command line says of what is to be run."""

import re
from dataclasses import dataclass
from typing import Literal, NamedTuple

from testmesh_cli.errors import UsageError
from testmesh_cli.selection.logic import Expression, parse, written

Order = Literal["given", "random"]
MOST_SHARDS = 10_000
_SHARD = re.compile(r"(?P<number>[0-9]{1,6})/(?P<count>[0-9]{1,6})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Shard:
    """One of several parts that a set of flows is divided into, counted from 1."""

    number: int
    count: int

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"


class Choice(NamedTuple):
    """Filters in the order in which they are applied, then order and repetitions."""

    tags: Expression | None = None
    words: Expression | None = None
    steps: tuple[str, ...] = ()
    shard: Shard | None = None
    last_failed: bool = False
    order: Order = "given"
    repeat: int = 1
    seed: int = 0
    whole_flows: bool = False
    """Whether a server runs the flows: it knows no parts of them."""

    @property
    def step_options(self) -> str:
        """Return the options that chose among the steps of flows."""
        tags = [] if self.tags is None else [f"-t {written(self.tags)}"]
        return " ".join([*tags, *(f"--step {step}" for step in self.steps)])


def expression(text: str | None, option: str) -> Expression | None:
    """Read an option that may be absent.

    Raises:
        UsageError: it is none.
    """
    return None if text is None else parse(text, option)


def shard(text: str | None) -> Shard | None:
    """Read I/N.

    Raises:
        UsageError: it is none.
    """
    if text is None:
        return None
    found = _SHARD.fullmatch(text)
    number, count = (int(found["number"]), int(found["count"])) if found else (0, 0)
    if not 1 <= number <= count <= MOST_SHARDS:
        raise UsageError(f"--shard {text[:40]}: write it as I/N, from 1/N to N/N, such as --shard 1/4")
    return Shard(number, count)
