"""Reading requests: high before normal before low, about as many as there are slots.

Each is acknowledged when it has its row. What a dead runner had read and not taken in is read by the others.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import structlog
from redis.exceptions import ResponseError

from testmesh_chassis.bus.client import BLOCK_MS, connect_group
from testmesh_chassis.bus.dead_letters import bury
from testmesh_chassis.errors import is_stream_away
from testmesh_chassis.pace import Pace
from testmesh_contracts import Entry, EntryInvalidError, Topic, decode, read_entry
from testmesh_contracts.executions import ExecutionRequested
from testmesh_contracts.topics import CONTROL, REQUESTS, RESULTS

GROUP = "runner"
ABANDONED_MS = 30_000
LOST_IDLE_MS = 1_000
LOOK_AT = 200
PACE_S = 0.005
WAITING_COUNT = 2
"""What a read that waits takes of each priority: two tell that more may be there, to be read high before low."""
PRIORITIES: tuple[Topic, ...] = (REQUESTS["high"], REQUESTS["normal"], REQUESTS["low"])
_BY_WIRE = {topic.wire: topic for topic in PRIORITIES}
FORGET_CONSUMER = """
if #redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', 1, ARGV[2]) == 0 then
    return redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])
end
return -1
"""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Read:
    """A request that was read and is not yet acknowledged."""

    topic: Topic
    entry_id: str
    entry: Entry
    request: ExecutionRequested


class Requests:
    """The group's member that reads requests for one runner."""

    def __init__(self, url: str, runner_id: str) -> None:
        self._client = connect_group(url)
        self._member = runner_id
        self._pace = Pace(PACE_S)
        self._is_behind = True
        """Whether there may be more than one read takes; only then one priority can keep out another."""

    async def close(self) -> None:
        """Leave the groups; what lies with this member still is left to others."""
        self._client.closing = True
        try:
            await self.forget_member(self._member)
        except Exception as error:
            if not is_stream_away(error):
                raise
            _log.info("groups not left, the stream is away", error=str(error))
        await self._client.aclose()

    def stop_waiting(self) -> None:
        """Let a read that waits for an absent server return."""
        self._client.closing = True

    async def read(self, most: int) -> list[Read]:
        """Return up to about `most` requests, waiting a moment where there are none."""
        await self._pace.wait()
        found: list[Read] = []
        if self._is_behind:
            found = await self._by_priority(most)
            self._is_behind = len(found) >= most
        if not found:
            count = min(WAITING_COUNT, max(1, most // len(PRIORITIES)))
            found = await self._entries({topic.wire: ">" for topic in PRIORITIES}, count=count, block=BLOCK_MS)
            self._is_behind = len(found) >= count
        if found:
            self._pace.begin()
        return found

    async def acknowledge(self, read: Iterable[Read]) -> None:
        by_topic: dict[str, list[str]] = {}
        for each in read:
            by_topic.setdefault(each.topic.wire, []).append(each.entry_id)
        pipe = self._client.pipeline(transaction=False)
        for wire, entry_ids in by_topic.items():
            pipe.xack(wire, GROUP, *entry_ids)
        await pipe.execute()

    async def bury(self, read: Read, reason: str) -> None:
        """Put a request that nobody can take to the dead letters."""
        fields = read.entry.fields()
        await bury(self._client, read.topic, read.entry_id, fields, reason=reason, hearer=GROUP)
        await self.acknowledge([read])

    async def take_abandoned(self, lost: Collection[str], most: int) -> list[Read]:
        """Return requests that members read who are lost, or that lay with an unknown one for too long."""
        found: list[Read] = []
        for topic in PRIORITIES:
            if len(found) < most:
                found += await self._abandoned(topic, lost, most - len(found))
        return found

    async def forget_member(self, member: str) -> bool:
        """Take a member that is gone out of the groups, unless something still lies with it; tell whether it is out."""
        out = True
        for topic in (*PRIORITIES, CONTROL, RESULTS):
            try:
                out &= await self._client.eval(FORGET_CONSUMER, 1, topic.wire, GROUP, member) >= 0
            except ResponseError as error:
                _log.info("member not taken out of its group", topic=topic.name, member=member, error=str(error))
        return out

    async def _abandoned(self, topic: Topic, lost: Collection[str], most: int) -> list[Read]:
        try:
            rows: Any = await self._client.xpending_range(topic.wire, GROUP, "-", "+", count=LOOK_AT, idle=LOST_IDLE_MS)
        except ResponseError as error:
            if "NOGROUP" in str(error):
                return []
            raise
        ids = {
            row["message_id"]
            for row in rows
            if row["consumer"].decode() != self._member
            and (row["consumer"].decode() in lost or row["time_since_delivered"] >= ABANDONED_MS)
        }
        if not ids:
            return []
        chosen = sorted(ids)[:most]
        claimed: Any = await self._client.xclaim(topic.wire, GROUP, self._member, LOST_IDLE_MS, chosen)
        return await self._readable(topic, [(entry_id, fields) for entry_id, fields in claimed if fields])

    async def _by_priority(self, most: int) -> list[Read]:
        found: list[Read] = []
        for topic in PRIORITIES:
            found += await self._entries({topic.wire: ">"}, count=most - len(found), block=None)
            if len(found) >= most:
                break
        return found

    async def _entries(self, streams: dict[str, str], *, count: int, block: int | None) -> list[Read]:
        found: Any = await self._client.xreadgroup(GROUP, self._member, streams, count=count, block=block)
        read: list[Read] = []
        for wire, entries in found or []:
            read += await self._readable(_BY_WIRE[wire.decode()], entries)
        return read

    async def _readable(self, topic: Topic, entries: Any) -> list[Read]:
        read: list[Read] = []
        for raw_id, fields in entries:
            entry_id = raw_id.decode()
            try:
                entry = read_entry(topic, fields)
                message = decode(topic, entry)
            except EntryInvalidError as invalid:
                await bury(self._client, topic, entry_id, fields, reason=invalid.reason, hearer=GROUP)
                await self._client.xack(topic.wire, GROUP, entry_id)
                continue
            if isinstance(message, ExecutionRequested):
                read.append(Read(topic, entry_id, entry, message))
            else:
                await self._client.xack(topic.wire, GROUP, entry_id)
        return read
