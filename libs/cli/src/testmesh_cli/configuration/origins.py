"""Where one value of a setting was found."""

from typing import Any, Literal, NamedTuple

from testmesh_engine.language.diagnostics import Diagnostic

Source = Literal["flag", "environment", "dotenv", "project", "user", "default"]
HIGHEST_FIRST: tuple[Source, ...] = ("flag", "environment", "dotenv", "project", "user", "default")


class Origin(NamedTuple):
    """A source, and the place in it: `-j`, `TESTMESH_JOBS`, `/home/a/shop/.testmesh.yaml:7`."""

    source: Source
    place: str


class Found(NamedTuple):
    """A setting's value as one source has it, references filled in."""

    key: str
    value: Any
    origin: Origin
    missing: tuple[Diagnostic, ...] = ()
    """Names that its references mean and that nothing sets; a fault where the value is used."""
    secret: bool = False
    """Whether a reference in it has the name of a secret."""
    secrets: tuple[str, ...] = ()
    """The values of such references: what is masked wherever it is told."""
