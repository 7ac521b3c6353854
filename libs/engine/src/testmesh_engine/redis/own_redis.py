"""TestMesh's own Redis is no target: on it travels what others run.

It is told by what is behind the connection, not by its address, and in whichever of its databases the flow asks.
"""

from contextlib import suppress
from typing import TYPE_CHECKING

from redis.exceptions import NoPermissionError, ResponseError

from testmesh_contracts.topics import TOPICS
from testmesh_engine.redis.place import Place
from testmesh_sdk import ActionContext, ActionError

if TYPE_CHECKING:
    from testmesh_engine.redis.connection import Link

_OURS = tuple(topic.wire for topic in TOPICS)
_ENOUGH = 2
_MOST = 64
"""Databases that are looked into; servers have 16."""


async def refuse_own(link: "Link", place: Place, context: ActionContext) -> None:
    """Return if a flow may ask what is behind a connection: on a server, anything but TestMesh's own Redis.

    Raises:
        ActionError: it is that.
    """
    if not context.on_server:
        return
    for number in await _databases(link, place):
        if await _holds_ours(link, number):
            message = (
                "it is the Redis that TestMesh itself works with, and no flow may ask it; name the tested system's"
            )
            raise ActionError("TM576", f"{place} was refused: {message}")
    with suppress(NoPermissionError):  # then no other was selected either
        await link.ask("SELECT", place.db)


async def _databases(link: "Link", place: Place) -> list[int]:
    """Return the databases with keys, as far as this user may know of them."""
    found = {place.db: None, 0: None}
    try:
        told = await link.ask("INFO", "keyspace")
    except ResponseError:
        return list(found)
    for line in bytes(told).decode("utf-8", "replace").splitlines():
        name = line.partition(":")[0]
        if name.startswith("db") and name[2:].isdecimal():
            found[int(name[2:])] = None
    return list(found)[:_MOST]


async def _holds_ours(link: "Link", number: int) -> bool:
    """Return whether streams of ours are in a database; what this user may not see it cannot harm."""
    try:
        await link.ask("SELECT", number)
        return sum([int(await link.ask("EXISTS", key)) for key in _OURS]) >= _ENOUGH
    except ResponseError:
        return False
