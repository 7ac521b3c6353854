"""Which names stand for something that is not to be shown."""

import re

_CREDENTIAL = re.compile("pass|secret|token|key|credential|auth", re.IGNORECASE)


def looks_secret(name: str) -> bool:
    """Say whether the value of this name is one that only its owner should read."""
    return _CREDENTIAL.search(name) is not None
