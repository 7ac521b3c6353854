"""Where a server is, and what makes a connection to it different from another."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from testmesh_engine.actions.grpc_call import GrpcCallConfig, GrpcTls
from testmesh_engine.regular_files import read_regular
from testmesh_sdk import ActionContext, ActionError, Egress

_MOST_PEM = 1024 * 1024
_PEM = "-----BEGIN"


@dataclass(frozen=True, slots=True)
class Secured:
    """What TLS is done with; a certificate and its key are one of its secrets."""

    ca: bytes | None = None
    certificate: bytes | None = None
    key: bytes | None = field(default=None, repr=False)
    server_name: str | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """A server; equal ones share a connection. `addresses` are those that may be connected to."""

    host: str
    port: int
    addresses: tuple[str, ...]
    tls: Secured | None
    authority: str | None
    egress: Egress

    def __str__(self) -> str:
        return f"{_bracketed(self.host)}:{self.port}"

    @property
    def uri(self) -> str:
        """Return the addresses as gRPC connects to them, asking no name service; all are of one family."""
        kind = "ipv6" if ":" in self.addresses[0] else "ipv4"
        places = (f"{quote(_bracketed(each), safe='[]:.')}:{self.port}" for each in self.addresses)
        return f"{kind}:{','.join(places)}"


async def find_target(config: GrpcCallConfig, context: ActionContext) -> Target:
    """Return where a step calls.

    Raises:
        ActionError: the address cannot be read, has none that may be connected to, or a PEM is not to be had.
    """
    host, port = _split(config.address)
    tls = _secured(config.tls, context)
    context.activity = f"finding the address of {config.address}"
    addresses = await context.egress.addresses(host, port)
    return Target(host, port, tuple(sorted(addresses)), tls, config.authority, context.egress)


def _split(address: str) -> tuple[str, int]:
    host, colon, port = address.rpartition(":")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    is_bare = bool(bare) and "/" not in address and "@" not in address and (bare != host or ":" not in bare)
    if not colon or not is_bare or not port.isascii() or not port.isdecimal() or not 0 < int(port) < 65536:
        hint = "; for TLS write tls: true" if "://" in address else ""
        message = f"write host:port, such as 127.0.0.1:50051 or [::1]:50051{hint}"
        raise ActionError("TM539", f"the address {address!r} cannot be read; {message}")
    return bare, int(port)


def _secured(given: bool | GrpcTls, context: ActionContext) -> Secured | None:
    if given is False:
        return None
    if given is True:
        return Secured()

    def pem(name: str, text: str | None) -> bytes | None:
        return None if text is None else _pem(name, text, context)

    one: Callable[[str, str | None], bytes | None] = pem
    return Secured(
        one("ca", given.ca),
        one("client_cert", given.client_cert),
        one("client_key", given.client_key),
        given.server_name,
    )


def _pem(name: str, text: str, context: ActionContext) -> bytes:
    if _PEM in text:
        return text.encode()
    if not context.local_files:
        message = "give the PEM itself, from a secret or a variable: files of a server are not read for flows"
        raise ActionError("TM533", f"tls.{name} names a file; {message} unless TESTMESH_RUNNER_LOCAL_FILES allows it")
    try:
        data = read_regular(Path(text), _MOST_PEM)
    except OSError as error:
        reason = error.strerror or error
        raise ActionError("TM533", f"tls.{name}: the file {text!r} cannot be read: {reason}") from error
    if _PEM.encode() not in data:
        raise ActionError("TM533", f"tls.{name}: the file {text!r} is no PEM: it has no {_PEM}")
    return data


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
