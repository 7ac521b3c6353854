"""What kind of network an IP address belongs to, whichever way it is written into another address."""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Literal

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Category = Literal["metadata", "link-local", "unspecified", "loopback", "private", "multicast", "reserved", "public"]


def _networks(*texts: str) -> list[Network]:
    return [ip_network(text) for text in texts]


# In this order: the first that holds an address says what it is.
_CATEGORIES: list[tuple[Category, list[Network]]] = [
    (
        "metadata",
        _networks(
            "169.254.169.254/32",  # most clouds
            "169.254.170.2/32",  # credentials of containers
            "169.254.170.23/32",
            "100.100.100.200/32",
            "168.63.129.16/32",  # looks public
            "192.0.0.192/32",
            "fd00:ec2::/32",
            "fd20:ce::254/128",
        ),
    ),
    ("link-local", _networks("169.254.0.0/16", "fe80::/10")),
    ("unspecified", _networks("0.0.0.0/8", "::/128")),
    ("loopback", _networks("127.0.0.0/8", "::1/128")),
    (
        "private",
        _networks("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7", "fec0::/10"),
    ),
    ("private", _networks("64:ff9b:1::/48")),
    ("multicast", _networks("224.0.0.0/4", "ff00::/8")),
    ("reserved", _networks("192.0.0.0/24", "198.18.0.0/15", "240.0.0.0/4")),
]
_LOWEST_32 = [
    IPv6Network("::ffff:0:0/96"),  # IPv4-mapped: the kernel connects to the address inside
    IPv6Network("::ffff:0:0:0/96"),  # translated
    IPv6Network("64:ff9b::/96"),  # NAT64
]
_COMPATIBLE = IPv6Network("::/96")
_6TO4 = IPv6Network("2002::/16")
_TEREDO = IPv6Network("2001::/32")
_LOCAL_NAT64 = IPv6Network("64:ff9b:1::/48")
_ISATAP = (0x00005EFE, 0x02005EFE)
_LOW = 0xFFFFFFFF


def parse_address(text: str) -> Address:
    """Return an address written in the usual form, without its zone; ValueError where it is none."""
    return ip_address(text.partition("%")[0])


def judged(address: Address) -> tuple[Address, ...]:
    """Return the addresses that a connection to `address` may end at; each has to be allowed."""
    return (address,) if isinstance(address, IPv4Address) else tuple(_ends(address))


def _ends(address: IPv6Address) -> Iterator[Address]:
    number = int(address)
    lowest = IPv4Address(number & _LOW)
    if any(address in network for network in _LOWEST_32) or (address in _COMPATIBLE and number > 1):
        yield lowest
    elif address in _6TO4:
        yield IPv4Address((number >> 80) & _LOW)
    elif address in _TEREDO:
        yield IPv4Address((number & _LOW) ^ _LOW)
        yield IPv4Address((number >> 64) & _LOW)
    elif address in _LOCAL_NAT64:
        yield from (address, lowest, IPv4Address(((number >> 64) & 0xFFFF) << 16 | (number >> 40) & 0xFFFF))
    elif (number >> 32) & _LOW in _ISATAP:
        yield from (address, lowest)
    else:
        yield address


def category(address: Address) -> Category:
    """Return the category of one address, as it stands."""
    for name, networks in _CATEGORIES:
        if any(address in network for network in networks if network.version == address.version):
            return name
    return "public" if address.is_global else "reserved"
