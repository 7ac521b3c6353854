"""One server's REST API: asks, understands problems, is patient for a bounded time."""

import asyncio
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from testmesh_cli import __version__
from testmesh_cli.errors import RequestRefusedError, ServerError, ServerUnreachableError
from testmesh_cli.remote.address import Address

REQUEST_S = 30.0
CONNECT_S = 5.0
LATER = frozenset((429, 502, 503, 504))
FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 2.0
IMPATIENT = 0.0

M = TypeVar("M", bound=BaseModel)


class ServerClient:
    """Asks one server. A request that may be repeated is, for as long as its caller is patient, and no longer.

    `say` hears at once of an outage that is waited for, and of its end.
    """

    def __init__(self, address: Address, say: Callable[[str], None] = lambda _: None) -> None:
        self.address = address
        self._say = say
        self._away = False
        self._remarks: set[str] = set()
        self._http = httpx.AsyncClient(
            base_url=f"{address.url}/api/v1",
            timeout=httpx.Timeout(REQUEST_S, connect=CONNECT_S),
            # Each flow that is followed keeps a connection, and none shall wait for another's.
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=20),
            trust_env=not address.is_loopback,
            headers={"User-Agent": f"testmesh/{__version__}"},
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def ask(self, method: str, path: str, what: str, *, patience: float = IMPATIENT, **more: Any) -> Any:
        """Send a request and return the body of its answer.

        Args:
            method: As HTTP names it.
            path: Below `/api/v1`.
            what: What is tried, for messages.
            patience: Seconds in which an outage is met by asking again; only for what may be asked twice.
            more: As httpx takes it: `params`, `json`, `content`, `headers`.

        Raises:
            ServerUnreachableError: nobody answers, or what answers is no TestMesh server.
            RequestRefusedError: the server says no.
        """
        response = await self.send(method, path, patience=patience, **more)
        body = self._body(response)
        if response.is_success:
            return body
        raise RequestRefusedError(what, response.status_code, body if isinstance(body, dict) else {})

    async def must_be_testmesh(self, what: str) -> None:
        """Ask for the version: what answers that is a TestMesh server, and its empty list is one.

        Raises:
            ServerUnreachableError: nobody answers, or what answers is another program.
            RequestRefusedError: the server says no.
        """
        body = await self.ask("GET", "/version", what)
        if not isinstance(body, dict) or not isinstance(body.get("version"), str):
            raise self.foreign_error(f"{what}: asked for its version, it names none")

    async def send(self, method: str, path: str, *, patience: float = IMPATIENT, **more: Any) -> httpx.Response:
        """Send a request and return the answer, whatever its status.

        Raises:
            ServerUnreachableError: nobody answers within the patience.
        """
        deadline = time.monotonic() + patience
        pause = FIRST_PAUSE_S
        while True:
            outage: httpx.TransportError | None = None
            response: httpx.Response | None = None
            try:
                response = await self._http.request(method, path, **more)
            except httpx.TransportError as error:
                outage = error
            if response is not None and response.status_code not in LATER:
                self.is_there()
                return response
            if time.monotonic() + pause >= deadline:
                if response is not None:
                    return response
                raise ServerUnreachableError(self.address.shown, self.address.source, reason_of(outage)) from outage
            self.is_away(reason_of(outage) if response is None else f"HTTP {response.status_code}", patience)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)

    async def open(
        self, path: str, *, params: dict[str, str], headers: Mapping[bytes, bytes], silence: float
    ) -> httpx.Response:
        """Return the answer to a GET as soon as it begins; the caller reads and closes it.

        Args:
            path: Below `/api/v1`.
            params: Of the query.
            headers: Beside the usual ones.
            silence: Seconds after which a connection that brings nothing is given up.

        Raises:
            httpx.RequestError: there is no answer; so does the reading of it, when it breaks off.
        """
        timeout = httpx.Timeout(REQUEST_S, connect=CONNECT_S, read=silence)
        request = self._http.build_request("GET", path, params=params, headers=headers, timeout=timeout)
        return await self._http.send(request, stream=True)

    def remark(self, words: str) -> None:
        """Tell the person something once, however often it is met."""
        if words not in self._remarks:
            self._remarks.add(words)
            self._say(words)

    def is_away(self, reason: str, patience: float) -> None:
        if not self._away:
            self._away = True
            self._say(f"the server at {self.address.shown} is lost: {reason}; it is asked again for {patience:.0f} s")

    def is_there(self) -> None:
        if self._away:
            self._away = False
            self._say(f"the server at {self.address.shown} answers again")

    def _body(self, response: httpx.Response) -> Any:
        if response.status_code == httpx.codes.NO_CONTENT:
            return None
        try:
            return response.json()
        except ValueError as error:
            raise self.foreign_error(f"HTTP {response.status_code}, no JSON") from error

    def foreign_error(self, proof: str) -> ServerUnreachableError:
        """Return the error that says: somebody answers, and it is no TestMesh server."""
        return ServerUnreachableError(
            self.address.shown, self.address.source, f"what answers there is no TestMesh server ({proof})"
        )


def page_of(client: ServerClient, body: Any, what: str) -> tuple[list[Any], str | None]:
    """Return the items of a page and the cursor of the next one; only a list is an empty list.

    Raises:
        ServerUnreachableError: it is no page, so that who answers is another program.
    """
    page = body if isinstance(body, dict) else {}
    items, cursor = page.get("items"), page.get("next_cursor")
    if not isinstance(items, list) or not isinstance(cursor, str | None):
        raise client.foreign_error(f"{what}: the answer has no list of `items`")
    return items, cursor or None


def understood(model: type[M], body: Any, what: str) -> M:
    """Return an answer as its model.

    Raises:
        ServerError: it is another thing.
    """
    try:
        return model.model_validate(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the answer"
        raise ServerError(
            f"{what}: the server's answer is not understood ({place}: {first['msg']}); is it of another release?"
        ) from error


def reason_of(error: httpx.RequestError | None) -> str:
    if isinstance(error, httpx.ConnectError):
        return f"connection refused or no route ({error})"
    if isinstance(error, httpx.TimeoutException):
        return "no answer in time"
    if isinstance(error, httpx.RemoteProtocolError | httpx.ReadError):
        return f"the connection broke off ({error})".replace(" ()", "")
    return f"{type(error).__name__}: {error}"
