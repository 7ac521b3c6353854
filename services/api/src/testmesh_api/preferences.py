"""The header `Prefer` (RFC 7240): how long a client wants its request to wait for the result."""

import re

_WAIT = re.compile(r"wait\s*=\s*\"?([0-9]{1,9})\"?", re.ASCII | re.IGNORECASE)


def preferred_wait_s(header: str | None, longest_s: float) -> float | None:
    """Return the seconds of `wait=N`, None where it is absent or not readable: a preference is no demand."""
    for preference in (header or "").split(","):
        if found := _WAIT.fullmatch(preference.split(";")[0].strip()):
            return min(float(found[1]), longest_s)
    return None
