"""The guard: an event loop in which every connection is checked, whichever library asks for it.

A loop is made of it and of any other: `class Guarded(EgressGuard, uvloop.Loop)`. Where no policy is in force, it does
what that loop does. Where one is, a name is resolved once, each of its addresses is checked, and what is connected to
is such an address: an answer of the DNS that comes later changes nothing.
"""

import asyncio
import socket
from typing import TYPE_CHECKING, Any

from testmesh_engine.egress.categories import parse_address
from testmesh_engine.egress.passage import current

if TYPE_CHECKING:
    from testmesh_engine.egress.policed import PolicedEgress

_INTERNET = (socket.AF_INET, socket.AF_INET6)


class EgressGuard(asyncio.AbstractEventLoop):
    """The part of a loop that asks the policy."""

    async def getaddrinfo(self, host: Any, port: Any, **options: Any) -> Any:
        found = await super().getaddrinfo(host, port, **options)
        egress = current().egress
        if egress is not None and isinstance(host, str | bytes):
            egress.note(host, [str(info[4][0]) for info in found])
        return found

    async def create_connection(self, protocol_factory: Any, host: Any = None, port: Any = None, **options: Any) -> Any:
        egress = current().egress
        if egress is None:
            return await super().create_connection(protocol_factory, host, port, **options)
        given = options.get("sock")
        if given is not None or (host is None and port is None):
            if given is not None and not _check_peer(egress, given):
                egress.refuse_open_end("a socket that is not connected")
            return await super().create_connection(protocol_factory, host, port, **options)
        if options.get("ssl") and host and options.get("server_hostname") is None:
            options["server_hostname"] = host
        for option in ("happy_eyeballs_delay", "interleave", "all_errors"):
            options.pop(option, None)
        found = await self._permitted(egress, host, port, socket.SOCK_STREAM, options)
        errors: list[OSError] = []
        for address in found:
            try:
                return await super().create_connection(protocol_factory, *address, **options)
            except OSError as error:
                errors.append(error)
        if len(errors) == 1:
            raise errors[0]
        raise OSError(errors[0].errno, "; ".join(str(error) for error in errors))

    async def sock_connect(self, sock: Any, address: Any) -> None:
        egress = current().egress
        await super().sock_connect(sock, address if egress is None else await self._checked(egress, sock, address))

    async def sock_sendto(self, sock: Any, data: Any, address: Any) -> int:
        egress = current().egress
        checked = address if egress is None else await self._checked(egress, sock, address)
        return await super().sock_sendto(sock, data, checked)

    async def create_unix_connection(self, protocol_factory: Any, path: Any = None, **options: Any) -> Any:
        egress = current().egress
        if egress is not None and path is not None:
            egress.refuse_file(path)
        if egress is not None:
            _check_peer(egress, options.get("sock"))
        return await super().create_unix_connection(protocol_factory, path, **options)

    async def create_datagram_endpoint(
        self, protocol_factory: Any, local_addr: Any = None, remote_addr: Any = None, **options: Any
    ) -> Any:
        egress = current().egress
        if egress is None:
            return await super().create_datagram_endpoint(protocol_factory, local_addr, remote_addr, **options)
        given = options.get("sock")
        if given is not None and not _check_peer(egress, given):
            egress.refuse_open_end("an unbound datagram socket")
        elif given is None and isinstance(remote_addr, str | bytes):
            egress.refuse_file(remote_addr)
        elif given is None and remote_addr is None:
            egress.refuse_open_end("an unbound datagram socket")
        elif given is None:
            host, port = remote_addr[:2]
            remote_addr = (await self._permitted(egress, host, port, socket.SOCK_DGRAM, options))[0]
        return await super().create_datagram_endpoint(protocol_factory, local_addr, remote_addr, **options)

    async def _permitted(
        self, egress: "PolicedEgress", host: Any, port: Any, kind: int, options: dict[str, Any]
    ) -> list[tuple[str, int]]:
        """Return the addresses of a host, each of which may be connected to."""
        wanted = {name: options[name] for name in ("family", "proto", "flags") if options.get(name)}
        infos = await self.getaddrinfo(host, port, type=kind, **wanted)
        found = list(dict.fromkeys((_shown(info[4]), int(info[4][1])) for info in infos))
        if not found:
            raise OSError(f"getaddrinfo() returned no address of {host!r}")
        for address, number in found:
            egress.check(address, number, host)
        return found

    async def _checked(self, egress: "PolicedEgress", sock: Any, address: Any) -> Any:
        """Return the address that may be connected to in place of the one that was asked for."""
        if sock.family not in _INTERNET:
            egress.refuse_file(address)
        host, port = address[:2]
        if not _is_numeric(host):
            infos = await self.getaddrinfo(host, port, family=sock.family, type=sock.type, proto=sock.proto)
            if not infos:
                raise OSError(f"getaddrinfo() returned no address of {host!r}")
            address = infos[0][4]
        egress.check(str(address[0]), int(address[1]), host)
        return address


def _check_peer(egress: "PolicedEgress", sock: Any) -> bool:
    """Check where a socket is connected to that somebody else connected; tell whether it is."""
    if sock is None:
        return False
    try:
        peer = sock.getpeername()
    except OSError:
        return False
    if sock.family in _INTERNET:
        egress.check(str(peer[0]), int(peer[1]))
    elif peer:
        egress.refuse_file(peer)
    return True


def _shown(sockaddr: Any) -> str:
    """Return the address with its zone, which a link-local one needs."""
    address, scope = str(sockaddr[0]), sockaddr[3] if len(sockaddr) == 4 else 0
    return f"{address}%{scope}" if scope and "%" not in address else address


def _is_numeric(host: Any) -> bool:
    try:
        parse_address(host)
    except (ValueError, AttributeError, TypeError):
        return False
    return True
