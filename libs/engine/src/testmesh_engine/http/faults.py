"""Why a request has no response, in words that say what to do."""

import errno
import ssl

import aiohttp

from testmesh_engine.actions.http_request import hide_password
from testmesh_sdk import ActionError, ActionTimeoutError

_ASK_HTTPS = "does the server speak TLS? then the address begins with https://"
SELF_SIGNED = "if the server is yours and its certificate self-signed, set verify_tls: false"


def explain(error: Exception, what: str) -> ActionError:
    """Return the error of a request (`what`: its method and address) that aiohttp could not carry out."""
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        host = error.host
        return ActionError("TM431", f"{what}: the host {host!r} has no address; check its name and the DNS")
    if isinstance(error, aiohttp.ClientSSLError | aiohttp.ClientConnectorCertificateError):
        return _no_tls(error, what)
    if isinstance(error, aiohttp.ClientConnectorError):
        return _not_connected(error, what)
    if isinstance(error, aiohttp.TooManyRedirects):
        return ActionError("TM437", f"{what}: redirected more than 10 times; set follow_redirects: false")
    if isinstance(error, aiohttp.InvalidURL):
        return ActionError("TM436", f"{what}: no URL to ask: {_reason(error)}; it needs a scheme and a host")
    if isinstance(error, TimeoutError):
        return ActionTimeoutError("TM433", f"{what}: no whole response in time; raise timeout or look at the server")
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return ActionError("TM435", f"{what}: the server closed the connection without a response")
    if isinstance(error, aiohttp.ClientPayloadError):
        return ActionError("TM438", f"{what}: the response broke off: {_reason(error)}")
    if isinstance(error, aiohttp.ClientResponseError):
        return ActionError("TM435", f"{what}: what came back is no HTTP{_asked(what)}")
    if isinstance(error, aiohttp.ClientOSError):
        why = error.strerror or "the connection broke"
        return ActionError("TM435", f"{what}: the server broke the connection ({why.lower()}){_asked(what)}")
    if isinstance(error, aiohttp.ClientError):
        return ActionError("TM435", f"{what}: {type(error).__name__}: {_reason(error)}")
    return ActionError("TM439", f"{what}: the request cannot be sent: {_reason(error)}")


def _asked(what: str) -> str:
    return f"; {_ASK_HTTPS}" if " http://" in what else ""


def _no_tls(error: aiohttp.ClientError, what: str) -> ActionError:
    cause = getattr(error, "os_error", None) or getattr(error, "certificate_error", None)
    if isinstance(cause, ssl.SSLError) and cause.reason == "WRONG_VERSION_NUMBER":
        message = "what answers is no TLS: does it speak plain http? then the address begins with http://"
        return ActionError("TM432", f"{what}: {message}")
    said = getattr(cause, "verify_message", "") or getattr(cause, "reason", None) or "the handshake broke off"
    return ActionError("TM432", f"{what}: TLS failed: {said}; {SELF_SIGNED}")


def _not_connected(error: aiohttp.ClientConnectorError, what: str) -> ActionError:
    place = f"{error.host}:{error.port}"
    if error.os_error.errno == errno.ECONNREFUSED:
        message = f"connection refused: nothing listens on {place}; is the service running?"
        return ActionError("TM430", f"{what}: {message}")
    if isinstance(error.os_error, ssl.SSLError) or (
        " https://" in what and isinstance(error.os_error, ConnectionError)
    ):
        message = f"no TLS with {place}: does it speak plain http? then the address begins with http://"
        return ActionError("TM435", f"{what}: {message}")
    return ActionError("TM435", f"{what}: no connection to {place}: {error.os_error.strerror or 'it was cut off'}")


def _reason(error: Exception) -> str:
    return hide_password(" ".join(str(error).split())) or type(error).__name__
