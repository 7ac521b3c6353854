"""Where entries go that nobody can take: the entry as it was, its reason, and where it came from."""

from datetime import UTC, datetime

import structlog
from prometheus_client import Counter
from redis.asyncio import Redis

from testmesh_contracts import Topic

KEPT = 100_000

_buried = Counter("testmesh_dead_letters_total", "Entries that nobody could take.", ["topic"])
_log = structlog.get_logger(__name__)


async def bury(
    client: Redis,
    topic: Topic,
    entry_id: str,
    fields: dict[bytes, bytes],
    *,
    reason: str,
    hearer: str,
) -> None:
    """Add an entry to its topic's dead letters."""
    said = {
        **fields,
        b"dead.reason": reason[:2000].encode("utf-8", "replace"),
        b"dead.entry": entry_id.encode(),
        b"dead.hearer": hearer.encode(),
        b"dead.at": datetime.now(UTC).isoformat().encode(),
    }
    await client.xadd(topic.dead, said, maxlen=KEPT, approximate=True)  # type: ignore[arg-type]  # bytes are fields too
    _buried.labels(topic.name).inc()
    _log.warning("entry dead-lettered", topic=topic.name, entry_id=entry_id, hearer=hearer, reason=reason)
