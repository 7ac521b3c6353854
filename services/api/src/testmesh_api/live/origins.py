"""Whether a page may open a WebSocket here: browsers send cookies along whichever page asks."""

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers


def is_allowed(headers: Headers, allowed: Collection[str]) -> bool:
    """Tell whether the origin is the server's own, or allowed, or absent because no browser asks."""
    origin = headers.get("origin")
    if origin is None or origin in allowed:
        return True
    try:
        return urlsplit(origin).netloc == headers.get("host")
    except ValueError:
        return False
