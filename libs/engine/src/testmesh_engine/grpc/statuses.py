"""Which ends of a call are the server's word, and which mean that there was none.

A status that the server sent is data, whichever it is; so is a deadline that the step itself gave and that ran out
once the server was reached. All else that the library says in a status' place is an error: nobody answered. gRPC gives
no sign for what it made up itself but its words, so these are what is looked at; they are those of the pinned release,
and the tests provoke each of them.
"""

from testmesh_engine.grpc.library import grpc
from testmesh_engine.grpc.target import Target
from testmesh_sdk import ActionError, ActionTimeoutError

_NOT_CONNECTED = "failed to connect to all addresses"
_HTTP_STATUS = "Received http2 header with status: "
_CUT_OFF = "Stream removed ("
_NO_STATUS = "No status received"
_LATE = ("Deadline Exceeded", "Stream removed (Deadline Exceeded)")
_TOO_LARGE = "CLIENT: Received message larger than max"


def is_late(code: grpc.StatusCode, details: str) -> bool:
    """Return whether a call ended here because its time was up; a server that says so says it in words of its own."""
    return code is grpc.StatusCode.DEADLINE_EXCEEDED and details in _LATE


def no_answer(code: grpc.StatusCode, details: str, target: Target, what: str) -> ActionError | None:
    """Return why there was no conversation; None for a status that the server sent."""
    if is_late(code, details):
        return ActionTimeoutError("TM534", f"{what}: no answer in time; is {target} a gRPC server, and is it busy?")
    if details.startswith(_NOT_CONNECTED):
        return _not_connected(details.partition("last error: ")[2] or details, target, what)
    if details.startswith(_HTTP_STATUS):
        status = details.removeprefix(_HTTP_STATUS)
        hint = "it is no gRPC server, or a proxy before one; look at the port and at the path of the service"
        return ActionError("TM534", f"{what}: {target} answered with the HTTP status {status}: {hint}")
    if _TOO_LARGE in details:
        hint = "ask for less, or in pages"
        return ActionError("TM538", f"{what}: a response is larger than 64 MiB; {hint}")
    if details.startswith((_CUT_OFF, _NO_STATUS)):
        said = details.removeprefix(_CUT_OFF).removesuffix(")")
        hint = "whether it took effect cannot be known; look at the server"
        return ActionError("TM534", f"{what}: the call broke off before the server gave a status: {said}; {hint}")
    return None


def _not_connected(reason: str, target: Target, what: str) -> ActionError:
    tried = f"{what}: no connection to {target}"
    if "Connection refused" in reason:
        return ActionError("TM532", f"{tried}: connection refused: nothing listens there; is the server running?")
    if "WRONG_VERSION_NUMBER" in reason or "HTTP_REQUEST" in reason:
        return ActionError("TM533", f"{tried}: the server speaks no TLS; leave tls out if it need not")
    if "handshake" in reason.lower() or "verification" in reason.lower():
        hint = "look at tls.ca, tls.server_name, and at the certificate"
        return ActionError("TM533", f"{tried}: TLS failed: {_short(reason)}; {hint}")
    if "SETTINGS" in reason or "http1" in reason:
        hint = "is it the port of gRPC, and not one of HTTP or of TLS (then write tls: true)?"
        return ActionError("TM534", f"{tried}: what answers speaks no gRPC; {hint}")
    hint = "is it the port of gRPC, and does it want TLS (then write tls: true)?" if target.tls is None else (
        "is it the port of gRPC, and does it want a client's certificate (tls.client_cert)?"
    )  # fmt: skip
    return ActionError("TM532", f"{tried}: {_short(reason)}; {hint}")


def _short(reason: str) -> str:
    return " ".join(reason.split())[:300].rstrip(".")
