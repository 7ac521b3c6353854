"""A WebSocket connection is opened, or the server says why not."""

import ssl
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import (
    InvalidHandshake,
    InvalidMessage,
    InvalidStatus,
    InvalidURI,
    NegotiationError,
)
from websockets.http11 import Response
from websockets.typing import Subprotocol

from testmesh_engine.actions.http_request import Headers, HeaderValue, hide_password
from testmesh_engine.actions.websocket import Handshake, WebSocketConfig
from testmesh_sdk import ActionContext, ActionError, ActionTimeoutError

MAX_MESSAGE_BYTES = 16 * 1024 * 1024
_GOODBYE_S = 1.0
_LONGEST_BODY = 2000
_LONGEST_SAID = 200


@dataclass(frozen=True, slots=True)
class Opened:
    """A connection; None where the server refused the upgrade."""

    socket: ClientConnection | None
    handshake: Handshake
    url: str


class _Connect(connect):
    """Asks one server: where it points elsewhere, as no browser follows, its answer is what the flow gets."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


async def open_socket(config: WebSocketConfig, context: ActionContext) -> Opened:
    """Ask for a WebSocket; a server that refuses one has answered.

    Raises:
        ActionError: there is no answer.
    """
    url = _address(config.url or "")
    shown = hide_password(url)
    what = f"open {shown.partition('?')[0]}"
    context.activity = what
    try:
        socket = await _Connect(
            url,
            additional_headers=_headers(config, context),
            user_agent_header=None if _has(config, "user-agent") else "testmesh",
            subprotocols=[Subprotocol(name) for name in config.subprotocols] or None,
            ssl=_tls(verify=config.verify_tls) if url.lower().startswith("wss:") else None,
            proxy=None,
            open_timeout=config.timeout,
            ping_interval=None,
            close_timeout=_GOODBYE_S,
            max_size=MAX_MESSAGE_BYTES,
        )
    except InvalidStatus as refused:
        return Opened(None, _told(refused.response), shown)
    except (InvalidHandshake, InvalidURI, OSError, ValueError, EOFError) as error:
        raise explain(error, what, url) from error
    if socket.response is None:
        raise ActionError("TM549", f"{what}: the server's answer to the handshake was not kept")
    return Opened(socket, _told(socket.response, socket.subprotocol), shown)


def _address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme.lower() not in ("ws", "wss") or not parts.hostname:
        message = f"{hide_password(url)!r} is no WebSocket: it begins with ws:// or wss:// and names a host"
        raise ActionError("TM547", message)
    return url.partition("#")[0]


def _headers(config: WebSocketConfig, context: ActionContext) -> dict[str, str]:
    headers = {name: _text(value) for name, value in config.headers.items()}
    if context.traceparent is not None and not _has(config, "traceparent"):
        headers["traceparent"] = context.traceparent
    return headers


def _has(config: WebSocketConfig, header: str) -> bool:
    return any(name.lower() == header for name in config.headers)


def _text(value: HeaderValue) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@lru_cache(maxsize=2)
def _tls(*, verify: bool) -> ssl.SSLContext:
    """Return what TLS needs, made once: reading all authorities takes the time of many a handshake."""
    context = ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _told(response: Response, subprotocol: str | None = None) -> Handshake:
    headers: dict[str, str] = {}
    for name, value in response.headers.raw_items():
        key = name.lower()
        headers[key] = f"{headers[key]}, {value}" if key in headers else value
    body = bytes(response.body or b"")[:_LONGEST_BODY].decode("utf-8", "replace")
    return Handshake(status=response.status_code, headers=Headers(headers), subprotocol=subprotocol, body=body)


def explain(error: Exception, what: str, url: str) -> ActionError:
    """Return why there is no connection, in words that say what to do."""
    parts = urlsplit(url)
    place = f"{parts.hostname}:{parts.port or (443 if parts.scheme == 'wss' else 80)}"
    if isinstance(error, TimeoutError):
        return ActionTimeoutError("TM540", f"{what}: no answer in time; raise timeout or look at the server")
    if isinstance(error, ssl.SSLError):
        return _no_tls(error, what)
    if isinstance(error, InvalidURI):
        return ActionError("TM547", f"{what}: {' '.join(str(error).split())}")
    if isinstance(error, NegotiationError):
        return ActionError("TM549", f"{what}: {error}; look at subprotocols")
    if isinstance(error, InvalidMessage | InvalidHandshake | EOFError):
        message = f"what answers at {place} speaks no WebSocket: {_reason(error)}"
        return ActionError("TM549", f"{what}: {message}; does it speak TLS? then the address begins with wss://")
    if isinstance(error, ConnectionRefusedError):
        return ActionError("TM540", f"{what}: connection refused: nothing listens on {place}; is the service running?")
    if isinstance(error, ConnectionError) and parts.scheme == "wss":
        return ActionError("TM542", f"{what}: no TLS with {place}: does it speak plain HTTP? then it is ws://")
    if isinstance(error, OSError):
        return ActionError("TM540", f"{what}: no connection to {place}: {error.strerror or _reason(error)}")
    return ActionError("TM548", f"{what}: the handshake cannot be sent: {_reason(error)}")


def _no_tls(error: ssl.SSLError, what: str) -> ActionError:
    if error.reason == "WRONG_VERSION_NUMBER":
        message = "what answers is no TLS: does it speak plain HTTP? then the address begins with ws://"
        return ActionError("TM542", f"{what}: {message}")
    said = getattr(error, "verify_message", "") or error.reason or "the handshake broke off"
    hint = "if the server is yours and its certificate self-signed, set verify_tls: false"
    return ActionError("TM542", f"{what}: TLS failed: {said}; {hint}")


def _reason(error: Exception) -> str:
    cause = error.__cause__ or error
    return " ".join(str(cause).split()) or type(cause).__name__


def refused_error(opened: Opened) -> ActionError:
    """Return that a server took no WebSocket, with its status and what it said."""
    body = " ".join(opened.handshake.body.split())[:_LONGEST_SAID]
    said = f": {body}" if body else ""
    hint = "to judge the refusal itself, leave out messages and session and assert handshake.status"
    return ActionError("TM541", f"{opened.url}: the server refused with status {opened.handshake.status}{said}; {hint}")


async def cut_off(socket: ClientConnection) -> None:
    """End a connection at once, without a word to the server."""
    socket.transport.abort()
    await socket.wait_closed()
