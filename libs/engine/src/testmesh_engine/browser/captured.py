"""What a page says on its console and asks of the network, bounded: what failed is kept before what did not."""

from dataclasses import dataclass, field
from typing import Any, Final

from playwright.async_api import BrowserContext, ConsoleMessage, Error, Request, Response, WebError

from testmesh_engine.actions.browser import ConsoleEntry, NetworkEntry
from testmesh_engine.actions.http_request import hide_password

MOST: Final = 200
"""Of each kind in one step's result; as many again of what failed."""
_LONGEST: Final = 1000
_BEGINNING: Final = 60
_BAD: Final = frozenset(("error", "uncaught", "assert"))
_HINT: Final = "verbose"
"""What the browser itself remarks of how a page is written."""
_OF_THE_BROWSER: Final = "/favicon.ico"
"""What the browser asks for of itself, at a moment of its own; that it is not there is no error of the page."""
_TOLD: Final = 2
_NOT_ASKED: Final = ("data:", "blob:", "about:", "chrome-error:")
_BAD_STATUS: Final = 400


@dataclass  # without slots: Playwright writes down its own of whom it tells
class Captured:
    """Listens to all pages of a context; what it heard is taken once."""

    console: list[ConsoleEntry] = field(default_factory=list)
    requests: dict[int, tuple[Request, NetworkEntry]] = field(default_factory=dict)
    left_out: int = 0
    _plain: int = 0

    def listen(self, context: BrowserContext) -> None:
        context.on("console", self._said)
        context.on("weberror", self._broke)
        context.on("request", self._asked)
        context.on("response", self._answered)
        context.on("requestfailed", self._failed)

    def take(self) -> tuple[list[ConsoleEntry], list[NetworkEntry], int]:
        """Return what was heard since it was last taken, and how much of that was left out."""
        found = self.console, [entry for _, entry in self.requests.values()], self.left_out
        self.console, self.requests, self.left_out, self._plain = [], {}, 0, 0
        return found

    def troubles(self) -> str:
        """Return the first errors, as the end of a message; empty where there are none."""
        errors = [entry.text.splitlines()[0] for entry in self.console if entry.type in _BAD and entry.text]
        broken = [_trouble(entry) for _, entry in self.requests.values() if _is_bad(entry)]
        said = [f"the page's console says: {_first(errors)}"] if errors else []
        return "; ".join([*said, *([f"requests that failed: {_first(broken)}"] if broken else [])])

    def _said(self, message: ConsoleMessage) -> None:
        place: Any = message.location or {}
        if str(message.type) == _HINT or str(place.get("url", "")).endswith(_OF_THE_BROWSER):
            return
        url, line = str(place.get("url", "")), place.get("lineNumber")
        self._keep(ConsoleEntry(type=message.type, text=message.text[:_LONGEST], url=shown_url(url), line=line))

    def _broke(self, error: WebError) -> None:
        said = error.error.message if isinstance(error.error, Error) else str(error.error)
        self._keep(ConsoleEntry(type="uncaught", text=said[:_LONGEST]))

    def _keep(self, entry: ConsoleEntry) -> None:
        bad = sum(1 for each in self.console if each.type in _BAD)
        count = bad if entry.type in _BAD else len(self.console) - bad
        if count < MOST:
            self.console.append(entry)
        else:
            self.left_out += 1

    def _asked(self, request: Request) -> None:
        if request.url.startswith(_NOT_ASKED):
            return
        if self._plain >= MOST:
            self.left_out += 1
            return
        self._plain += 1
        self.requests[id(request)] = (request, _entry(request))

    def _answered(self, response: Response) -> None:
        self._ends(response.request, status=response.status)

    def _failed(self, request: Request) -> None:
        self._ends(request, failure=request.failure or "no response")

    def _ends(self, request: Request, **how: Any) -> None:
        if request.url.startswith(_NOT_ASKED):
            return
        known = self.requests.get(id(request))
        entry = (known[1] if known else _entry(request)).model_copy(update=how)
        if known is not None:
            self.requests[id(request)] = (request, entry)
        elif _is_bad(entry) and len(self.requests) < 2 * MOST:
            self.left_out = max(self.left_out - 1, 0)
            self.requests[id(request)] = (request, entry)


def _entry(request: Request) -> NetworkEntry:
    return NetworkEntry(method=request.method, url=shown_url(request.url), kind=request.resource_type)


def shown_url(url: str) -> str:
    """Return an address as messages show it; of a page that is written into its address, the beginning."""
    return (
        f"{url[:_BEGINNING]}…" if url.startswith("data:") and len(url) > _BEGINNING else hide_password(url)[:_LONGEST]
    )


def _is_bad(entry: NetworkEntry) -> bool:
    return entry.failure is not None or (entry.status or 0) >= _BAD_STATUS


def _trouble(entry: NetworkEntry) -> str:
    return f"{entry.method} {entry.url.partition('?')[0]} ({entry.failure or entry.status})"


def _first(said: list[str]) -> str:
    more = f" and {len(said) - _TOLD} more" if len(said) > _TOLD else ""
    return "; ".join(each[:200] for each in said[:_TOLD]) + more
