"""Cookies that targets set, kept over the steps of one execution and sent where they belong."""

import re
from collections.abc import Mapping

import aiohttp
from yarl import URL

from testmesh_engine.http.asked import Asked
from testmesh_sdk import ActionContext, ActionError

KEY = "http cookies"
_NO_COOKIE = re.compile(r"[;\x00-\x1f\x7f]")
_ROW = re.compile(r"[^/\[]*\[(\d+)\]")


class KeptCookies:
    """A jar for each row of the flow's data: what one row signed in as is nothing to the next."""

    def __init__(self) -> None:
        self._jars: dict[str, aiohttp.CookieJar] = {}

    def keep(self, path: str, url: URL, written: list[str]) -> None:
        """Keep what a response says in its Set-Cookie headers."""
        row = _row(path)
        jar = self._jars.get(row)
        if jar is None:
            # Hosts of tested systems are often addresses, and values are sent back as they came.
            jar = self._jars[row] = aiohttp.CookieJar(unsafe=True, quote_cookie=False)
        jar.update_cookies_from_headers(written, url)

    def for_request(self, path: str, url: URL) -> dict[str, str]:
        """Return the cookies that belong to an address."""
        jar = self._jars.get(_row(path))
        return {} if jar is None else {name: morsel.value for name, morsel in jar.filter_cookies(url).items()}


def with_cookies(asked: Asked, own: Mapping[str, str], context: ActionContext) -> dict[str, str]:
    """Return the headers of a request with its cookies: those written in a header, the step's own, those kept.

    Raises:
        ActionError: a name or a value is none that a cookie can have.
    """
    headers = {name: value for name, value in asked.headers.items() if name.lower() != "cookie"}
    written = [value for name, value in asked.headers.items() if name.lower() == "cookie"]
    named = {part.partition("=")[0].strip() for value in written for part in value.split(";")}
    kept: KeptCookies | None = context.execution.find(KEY)
    found = {**(kept.for_request(context.path, asked.url) if kept else {}), **own}
    for name, value in found.items():
        if _NO_COOKIE.search(name + value) or "=" in name:
            raise ActionError(
                "TM439", f"{context.activity}: the cookie {name!r} cannot be sent; percent-encode its value"
            )
        if name not in named:
            written.append(f"{name}={value}")
    return {**headers, "Cookie": "; ".join(written)} if written else headers


async def keep_cookies(context: ActionContext, url: URL, written: list[str]) -> None:
    """Keep a response's cookies for the steps that follow."""
    kept = await context.execution.get(KEY, _open, _close)
    kept.keep(context.path, url, written)


def cookies_set(written: list[str]) -> dict[str, str]:
    """Return the names and values of Set-Cookie headers, as they are sent back; one that is none is passed over."""
    pairs = [each.partition(";")[0].partition("=") for each in written]
    return {name.strip(): value.strip() for name, equals, value in pairs if name.strip() and equals}


async def _open() -> KeptCookies:
    return KeptCookies()


async def _close(_: KeptCookies) -> None:
    """Nothing is open: they are in memory alone."""


def _row(path: str) -> str:
    found = _ROW.match(path)
    return "" if found is None else found[1]
