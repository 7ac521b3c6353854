"""Why a request has no response, in words that say what to do."""

import errno
import ssl

import aiohttp

from testmesh_engine.actions.http_request import HttpRequestConfig, hide_password
from testmesh_engine.http.session import WAITING
from testmesh_sdk import ActionError, ActionTimeoutError

_ASK_HTTPS = "does the server speak TLS? then the address begins with https://"


def explain(error: Exception, what: str, phase: str, config: HttpRequestConfig) -> ActionError:
    """Return the error of a request (`what`: its method and address) that aiohttp could not carry out."""
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        host = error.host
        return ActionError("TM431", f"{what}: the host {host!r} has no address; check its name and the DNS")
    if isinstance(error, aiohttp.ClientProxyConnectionError | aiohttp.ClientHttpProxyError):
        return _no_proxy(error, what)
    if isinstance(error, aiohttp.ClientSSLError | aiohttp.ClientConnectorCertificateError | ssl.SSLError):
        return _no_tls(error, what, config)
    if isinstance(error, aiohttp.ClientConnectorError):
        return _not_connected(error, what)
    if isinstance(error, aiohttp.InvalidURL):
        return ActionError("TM436", f"{what}: no URL to ask: {_reason(error)}; it needs a scheme and a host")
    if isinstance(error, TimeoutError):
        message = f"no whole response in time, {phase}; raise timeout or look at {_culprit(phase)}"
        return ActionTimeoutError("TM433", f"{what}: {message}")
    if isinstance(error, aiohttp.ServerDisconnectedError):
        message = f"the server closed the connection without a response{who_asked(what, config)}"
        return ActionError("TM435", f"{what}: {message}")
    if isinstance(error, aiohttp.ClientPayloadError):
        return ActionError("TM438", f"{what}: the response broke off: {_reason(error)}")
    if isinstance(error, aiohttp.ClientResponseError):
        return ActionError("TM435", f"{what}: what came back is no HTTP{_asked(what)}")
    if isinstance(error, aiohttp.ClientOSError):
        return _broken(error, what, phase, config)
    if isinstance(error, aiohttp.ClientError):
        return ActionError("TM435", f"{what}: {type(error).__name__}: {_reason(error)}")
    return ActionError("TM439", f"{what}: the request cannot be sent: {_reason(error)}")


def _culprit(phase: str) -> str:
    if phase.startswith("looking up"):
        return "the DNS"
    return "the server" if phase in (WAITING, "reading the response") else "the way there: host, port, firewall"


def _asked(what: str) -> str:
    return f"; {_ASK_HTTPS}" if " http://" in what else ""


def who_asked(what: str, config: HttpRequestConfig) -> str:
    """Return a word on client certificates: many a server that wants another one says nothing of it."""
    if " https://" not in what:
        return ""
    if config.client_cert is None:
        return "; if it wants to know who connects, set client_cert"
    return "; does it accept the certificate of client_cert?"


def _broken(error: aiohttp.ClientOSError, what: str, phase: str, config: HttpRequestConfig) -> ActionError:
    from testmesh_engine.http.tls_faults import refused_certificate

    refused = refused_certificate(error.__cause__ or error, what, config) if " https://" in what else None
    if refused is not None:
        return refused
    why = error.strerror or "the connection broke"
    hint = _asked(what) or who_asked(what, config)
    return ActionError("TM435", f"{what}: the server broke the connection ({why.lower()}), {phase}{hint}")


def _no_tls(error: Exception, what: str, config: HttpRequestConfig) -> ActionError:
    from testmesh_engine.http.tls_faults import handshake_fault

    cause = getattr(error, "os_error", None) or getattr(error, "certificate_error", None) or error
    return handshake_fault(cause, what, config)


def _no_proxy(error: aiohttp.ClientError, what: str) -> ActionError:
    from testmesh_engine.http.proxies import proxy_refused, proxy_unreachable

    if isinstance(error, aiohttp.ClientHttpProxyError):
        return proxy_refused(what, error.status, error.message)
    assert isinstance(error, aiohttp.ClientConnectorError)
    return proxy_unreachable(what, f"{error.host}:{error.port}", error.os_error)


def _not_connected(error: aiohttp.ClientConnectorError, what: str) -> ActionError:
    place = f"{error.host}:{error.port}"
    if error.os_error.errno == errno.ECONNREFUSED:
        return refused(what, place)
    if isinstance(error.os_error, ssl.SSLError) or (
        " https://" in what and isinstance(error.os_error, ConnectionError)
    ):
        message = f"no TLS with {place}: does it speak plain http? then the address begins with http://"
        return ActionError("TM435", f"{what}: {message}")
    return ActionError("TM435", f"{what}: no connection to {place}: {error.os_error.strerror or 'it was cut off'}")


def refused(what: str, place: str) -> ActionError:
    """Return the error of a connection that nobody took."""
    return ActionError("TM430", f"{what}: connection refused: nothing listens on {place}; is the service running?")


def _reason(error: Exception) -> str:
    return hide_password(" ".join(str(error).split())) or type(error).__name__
