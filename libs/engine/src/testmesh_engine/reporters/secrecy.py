"""Values of a request whose names say that they are secrets, though no flow declared them so."""

import json
import re
from typing import Any

MASKED = "***"
_SECRET = re.compile(r"passw|passphrase|pwd|secret|token|api[-_ ]?key|private[-_ ]?key|credential", re.IGNORECASE)
_OPENS_JSON = ("{", "[")


def names_a_secret(name: str) -> bool:
    """Say whether the value of this name is most likely a secret."""
    return _SECRET.search(name) is not None


def without_secrets(value: Any) -> Any:
    """Return a value as failures may show it: members named like a password, a token or a key are masked.

    What is recorded is not changed by this: there alone counts what the flow declares.
    """
    if isinstance(value, dict):
        return {name: _member(str(name), member) for name, member in value.items()}
    if isinstance(value, list):
        return [without_secrets(member) for member in value]
    if isinstance(value, str) and value.lstrip().startswith(_OPENS_JSON) and _SECRET.search(value):
        return _of_json(value)
    return value


def _member(name: str, value: Any) -> Any:
    says_nothing = value is None or isinstance(value, bool) or value in ("", [], {})
    return MASKED if names_a_secret(name) and not says_nothing else without_secrets(value)


def _of_json(text: str) -> str:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return json.dumps(without_secrets(value), ensure_ascii=False)
