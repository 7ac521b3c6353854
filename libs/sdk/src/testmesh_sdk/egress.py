"""Where an action may connect to: asked for by what connects outside of the event loop.

Connections that asyncio makes are checked where they are made, whatever library asks for them; an action only asks
here for protocols whose library has a network of its own (gRPC, a browser).
"""

import asyncio
import socket
from typing import Final, Protocol

from testmesh_sdk.errors import ActionError


class Egress(Protocol):
    """The policy of the execution's environment."""

    async def addresses(self, host: str, port: int) -> list[str]:
        """Return the IP addresses of a host, each of which may be connected to; connect to one of these.

        Raises:
            ActionError: the host has none, or the policy refuses one of them.
        """
        ...


class OpenEgress:
    """No policy: flows that a person runs in a terminal go wherever that person may go."""

    async def addresses(self, host: str, port: int) -> list[str]:
        return await resolve(host, port)


OPEN: Final = OpenEgress()
"""One for all, so that executions share their connections."""


async def resolve(host: str, port: int) -> list[str]:
    """Return the IP addresses of a host.

    Raises:
        ActionError: it has none.
    """
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise ActionError("TM431", f"the host {host!r} has no address; check its name and the DNS") from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))
