"""Why a request over HTTP/2 has no response, in the words of the other requests."""

import socket
import ssl
from collections.abc import Iterator

import httpx
from yarl import URL

from testmesh_engine.actions.http_request import HttpRequestConfig
from testmesh_engine.http.faults import refused, who_asked
from testmesh_engine.http.proxies import proxy_refused, proxy_unreachable
from testmesh_engine.http.tls_faults import handshake_fault
from testmesh_sdk import ActionError


def explain(error: httpx.HTTPError, what: str, url: URL, proxy: URL | None, config: HttpRequestConfig) -> ActionError:
    """Return the error of a request that httpx could not carry out."""
    causes = list(_causes(error))
    place = f"{url.host}:{url.port}"
    handshake = next((cause for cause in causes if isinstance(cause, ssl.SSLError)), None)
    if isinstance(error, httpx.ProxyError):
        status, _, said = str(error).partition(" ")
        return proxy_refused(what, int(status) if status.isdigit() else 0, said or str(error))
    if handshake is not None and (isinstance(error, httpx.ConnectError) or "ALERT" in str(handshake).upper()):
        return handshake_fault(handshake, what, config)
    if isinstance(error, httpx.ConnectError):
        # the last one is what the system said, those before are what libraries made of it
        broken = next((cause for cause in reversed(causes) if isinstance(cause, OSError)), None)
        if proxy is not None:
            return proxy_unreachable(what, f"{proxy.host}:{proxy.port}", broken or OSError(str(error)))
        if isinstance(broken, socket.gaierror):
            return ActionError("TM431", f"{what}: the host {url.host!r} has no address; check its name and the DNS")
        if isinstance(broken, ConnectionRefusedError):
            return refused(what, place)
        return ActionError("TM435", f"{what}: no connection to {place}: {_said(broken or error)}")
    if isinstance(error, httpx.LocalProtocolError):
        return ActionError("TM439", f"{what}: the request cannot be sent: {_said(error)}")
    if isinstance(error, httpx.RemoteProtocolError):
        hint = "" if url.scheme == "https" else "; without TLS, HTTP/2 is spoken right away: does the server know it?"
        return ActionError(
            "TM470", f"{what}: what came back is no HTTP/2, or the server broke it off: {_said(error)}{hint}"
        )
    return ActionError("TM435", f"{what}: the connection broke: {_said(error)}{who_asked(what, config)}")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error, and all that led to it."""
    waiting: list[BaseException] = [error]
    known: set[int] = set()
    while waiting:
        found = waiting.pop()
        if id(found) in known:
            continue
        known.add(id(found))
        yield found
        waiting += [cause for cause in (found.__cause__, found.__context__) if cause is not None]
        if isinstance(found, BaseExceptionGroup):
            waiting += found.exceptions


def _said(error: BaseException) -> str:
    words = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(str(words).split())
