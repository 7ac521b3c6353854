"""What is asked and what is answered, however many times one step has to ask."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from yarl import URL

MOVED = frozenset((301, 302, 303, 307, 308))
"""Statuses that lead elsewhere."""


@dataclass(slots=True)
class Asked:
    """One request as it goes out."""

    method: str
    url: URL
    headers: dict[str, str]
    data: bytes | None
    is_trusted: bool = True
    """Whether it goes where the flow's author said; what a redirect leads to elsewhere is told no credentials."""


@dataclass(slots=True)
class Answer:
    """One response, read whole; `raw` are its headers in their order."""

    status: int
    raw: list[list[str]]
    data: bytes
    url: URL
    version: str
    content_type: str
    charset: str | None
    sent_method: str
    sent_url: URL
    sent_headers: Mapping[str, str]
    cookies: dict[str, str] = field(default_factory=dict)

    def all_of(self, name: str) -> list[str]:
        """Return the values of a header, by its name in lower case."""
        return [value for key, value in self.raw if key.lower() == name]


Ask = Callable[[Asked], Awaitable[Answer]]
