"""One entry of an allow-list: an address, a network, a host's name or all names below one; each perhaps with a port."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network

from testmesh_engine.egress.categories import Address, Network, judged

LONGEST = 300
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_HIGHEST_PORT = 65_535


class EgressEntryError(ValueError):
    """A text that is no entry."""

    code = "TM441"

    def __init__(self, text: str, why: str) -> None:
        super().__init__(
            f"{text[:LONGEST]!r} cannot be an entry of an allow-list: {why}; write an address (10.0.0.5), a network "
            "(10.0.0.0/8, fd00::/8), a host (db.internal) or all hosts below a name (*.internal), each with :port "
            "where only that one is meant, IPv6 in brackets then ([fd00::5]:443)"
        )


@dataclass(frozen=True, slots=True)
class Entry:
    """What it names: a network, or else a host; at any port, or one."""

    text: str
    network: Network | None = None
    name: str = ""
    port: int | None = None

    @property
    def is_address(self) -> bool:
        """Whether it names one address, and no more."""
        return self.network is not None and self.network.num_addresses == 1

    def holds(self, address: Address, port: int) -> bool:
        """Tell whether it is an address or a network with this address in it."""
        if self.network is None or self.network.version != address.version:
            return False
        return address in self.network and self.port in (None, port)

    def names(self, hosts: Collection[str], port: int) -> bool:
        """Tell whether it is a name of one of these hosts."""
        if self.network is not None or self.port not in (None, port):
            return False
        if self.name.startswith("*."):
            return any(host.endswith(self.name[1:]) for host in hosts)
        return self.name in hosts


def plain_host(host: str | bytes) -> str:
    """Return a host's name the one way that entries are compared with it."""
    text = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    text = text.rstrip(".").lower()
    if text.isascii():
        return text
    try:
        return text.encode("idna").decode()
    except UnicodeError:
        return text


def parse_entry(text: str) -> Entry:
    """Read an entry.

    Raises:
        EgressEntryError: it is none; the message says what would be.
    """
    if not text or len(text) > LONGEST:
        raise EgressEntryError(text, f"it has {len(text)} signs" if text else "it is empty")
    host, port = _split(text)
    network = _network(text, host)
    return Entry(text, port=port, network=network) if network else Entry(text, port=port, name=_name(text, host))


def _split(text: str) -> tuple[str, int | None]:
    host, after = text, ""
    if text.startswith("["):
        host, bracket, after = text[1:].partition("]")
        if not bracket or (after and not after.startswith(":")):
            raise EgressEntryError(text, "its brackets are not closed, or more than a port follows")
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
        after = f":{port}"
    if not after:
        return host, None
    number = after[1:]
    if not (number.isascii() and number.isdigit() and 1 <= int(number[:6]) <= _HIGHEST_PORT):
        raise EgressEntryError(text, f"{number[:20]!r} is no port (1 to {_HIGHEST_PORT})")
    return host, int(number)


def _network(text: str, host: str) -> IPv4Network | IPv6Network | None:
    try:
        network = ip_network(host)
    except ValueError as error:
        if "has host bits set" in str(error):
            raise EgressEntryError(text, f"its network is {ip_network(host, strict=False)}") from error
        return None
    if network.num_addresses == 1:
        ends = judged(network.network_address)
        return ip_network(ends[0]) if len(ends) == 1 else network
    return network


def _name(text: str, host: str) -> str:
    name = plain_host(host)
    if name == "*":
        raise EgressEntryError(text, "it would be everything: set public, private or loopback instead")
    labels = name.removeprefix("*.").split(".")
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise EgressEntryError(text, "it is neither an address nor a host's name")
    if re.fullmatch(r"\d+|0x[0-9a-f]*", labels[-1]):
        raise EgressEntryError(text, "a host's name does not end in a number, and an address has four of them")
    return name
