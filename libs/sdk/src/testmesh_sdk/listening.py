"""Where servers listen that an action opens for the tested system, and how that system finds them."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Listening:
    """A setting of whoever runs flows; no flow decides to whom a port of this machine is open."""

    bind: str = "127.0.0.1"
    """The address that is listened at."""
    host: str = "127.0.0.1"
    """The name under which the tested system reaches that address."""


ON_LOOPBACK: Final = Listening()
