"""The policy: which addresses may be connected to."""

from collections.abc import Collection
from dataclasses import dataclass

from testmesh_engine.egress.categories import Address, Category, category, judged, parse_address
from testmesh_engine.egress.entries import Entry
from testmesh_engine.egress.errors import EgressRefusedError, place

_SWITCHES = ("loopback", "private", "public")
_WHAT: dict[Category, str] = {
    "metadata": "the address of a cloud's metadata service",
    "link-local": "a link-local address",
    "unspecified": "no address of a host: systems take it for their own",
    "loopback": "a loopback address",
    "private": "an address of a private network",
    "multicast": "a multicast address",
    "reserved": "a reserved address",
    "public": "a public address",
}


@dataclass(frozen=True, slots=True)
class EgressPolicy:
    """Says of an address whether it may be connected to; the same question has the same answer, always.

    Names are never enough alone: an entry with a name allows public and private addresses that it has, and loopback
    only where the name is localhost. Link-local addresses and those of metadata services are refused unless an entry
    is that very address; what is no host's address, unless an entry is the address or its network.
    """

    loopback: bool = False
    private: bool = False
    public: bool = True
    allow: tuple[Entry, ...] = ()
    never: tuple[Entry, ...] = ()
    """Refused whatever else is said."""

    def check(self, address: str, port: int, hosts: Collection[str] = ()) -> None:
        """Return if the address may be connected to; `hosts` are the names that it was found under.

        Raises:
            EgressRefusedError: it may not.
        """
        target = place(address, port, next(iter(hosts), None))
        try:
            found = parse_address(address)
        except ValueError as error:
            rule = "it is no IP address, and only addresses can be judged"
            raise EgressRefusedError(target, rule, "connect to an address that was resolved before") from error
        for end in judged(found):
            inside = "" if end == found else f"{address} leads to {end}, "
            self._check(end, port, hosts, target, inside)

    def _check(self, address: Address, port: int, hosts: Collection[str], target: str, inside: str) -> None:
        for entry in self.never:
            if entry.holds(address, port) or entry.names(hosts, port):
                rule = f"{inside}the server's operator refuses {entry.text} (TESTMESH_EGRESS_NEVER)"
                raise EgressRefusedError(target, rule, "ask the operator of the server")
        kind = category(address)
        if self._allows(kind, address, port, hosts):
            return
        what = f"{inside or f'{address} is '}{_WHAT[kind]}"
        raise EgressRefusedError(target, f"{what}, and {self._rule(kind)}", _remedy(kind, address, port))

    def _allows(self, kind: Category, address: Address, port: int, hosts: Collection[str]) -> bool:
        if kind in _SWITCHES and getattr(self, kind):
            return True
        if kind in ("metadata", "link-local"):
            return any(entry.is_address and entry.holds(address, port) for entry in self.allow)
        if any(entry.holds(address, port) for entry in self.allow):
            return True
        if kind == "loopback":
            hosts = [host for host in hosts if host == "localhost" or host.endswith(".localhost")]
        return kind in _SWITCHES and any(entry.names(hosts, port) for entry in self.allow)

    def _rule(self, kind: Category) -> str:
        if kind in _SWITCHES:
            return f"the egress policy says {kind}: false and has no entry for it"
        return "the egress policy has no entry for it"


def _remedy(kind: Category, address: Address, port: int) -> str:
    shown = f"[{address}]:{port}" if address.version == 6 else f"{address}:{port}"
    also = f", or set egress.{kind}: true" if kind in _SWITCHES else ""
    return f"if the flow may go there, add {shown} to egress.allow of its environment{also}"
