"""An execution's egress: its policy, and by which names addresses were found."""

import time
from collections.abc import Iterable

from testmesh_engine.egress.entries import plain_host
from testmesh_engine.egress.errors import EgressRefusedError
from testmesh_engine.egress.passage import current
from testmesh_engine.egress.policy import EgressPolicy
from testmesh_sdk import resolve

NAMES_S = 60.0
"""How long an address is known under the name that it was found by: longer than any client keeps an answer."""


class PolicedEgress:
    """Checks addresses against a policy. There is one for each policy of a process, which executions share.

    Entries with names need to know which name an address was found by: clients resolve first and connect then,
    some with answers that they kept.
    """

    def __init__(self, policy: EgressPolicy) -> None:
        self.policy = policy
        self._named = [entry for entry in (*policy.allow, *policy.never) if entry.name]
        self._names: dict[str, dict[str, float]] = {}

    async def addresses(self, host: str, port: int) -> list[str]:
        """Return the IP addresses of a host, each of which may be connected to.

        Raises:
            ActionError: the host has none, or the policy refuses one of them.
        """
        found = await resolve(host, port)
        for address in found:
            self.check(address, port, host)
        return found

    def check(self, address: str, port: int, host: str | bytes | None = None) -> None:
        """Return if the address may be connected to.

        Raises:
            EgressRefusedError: it may not; the attempt that runs remembers that.
        """
        try:
            self.policy.check(address, port, self._hosts(address, host))
        except EgressRefusedError as refusal:
            self._remember(refusal)
            raise

    def refuse_file(self, path: object) -> None:
        """Refuse a socket that is a file: behind it may be anything on this machine."""
        rule = "a policy allows addresses alone, and no files"
        refusal = EgressRefusedError(f"the socket {path!r}", rule, "connect by host and port")
        self._remember(refusal)
        raise refusal

    def refuse_open_end(self, socket: str) -> None:
        """Refuse a socket that leads nowhere yet: it sends wherever it is told later."""
        rule = "it could send to any address, and each has to be judged"
        refusal = EgressRefusedError(f"by {socket}", rule, "give the address when it is opened")
        self._remember(refusal)
        raise refusal

    def note(self, host: str | bytes, addresses: Iterable[str]) -> None:
        """Remember which addresses a name has, where some entry names it."""
        name = plain_host(host)
        if not any(entry.names([name], entry.port or 0) for entry in self._named):
            return
        now = time.monotonic()
        self._names = {
            address: kept
            for address, names in self._names.items()
            if (kept := {each: until for each, until in names.items() if until > now})
        }
        for address in addresses:
            self._names.setdefault(address, {})[name] = now + NAMES_S

    def _hosts(self, address: str, host: str | bytes | None) -> list[str]:
        now = time.monotonic()
        found = [] if host is None else [plain_host(host)]
        return found + [name for name, until in self._names.get(address, {}).items() if until > now]

    def _remember(self, refusal: EgressRefusedError) -> None:
        passage = current()
        if passage.egress is self:
            passage.refusal = refusal
