"""Names under which browsers save files: from data that anybody may have given (RFC 6266, RFC 8187)."""

import re
from urllib.parse import quote

_SEPARATORS = re.compile(r"[/\\]")
_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"|?*%]')
_LONGEST = 150
_ATTRIBUTE_CHARACTERS = "!#$&+-.^_`|~"


def attachment(name: str) -> str:
    """Return the Content-Disposition that saves a file under a name, and never shows it."""
    safe = saved_as(name)
    plain = safe.encode("ascii", "replace").decode().replace("?", "_")
    coded = quote(safe.encode("utf-8", "replace"), safe=_ATTRIBUTE_CHARACTERS)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{coded}"


def saved_as(name: str) -> str:
    """Return the last part of a name, if it was a path, with nothing in it that means more than itself."""
    last = _UNSAFE.sub("_", _SEPARATORS.split(name)[-1]).strip(" .")
    if len(last) > _LONGEST:
        stem, dot, suffix = last.rpartition(".")
        kept = dot + suffix if stem and len(suffix) <= 10 else ""
        last = last[: _LONGEST - len(kept)] + kept
    return last or "artifact"
