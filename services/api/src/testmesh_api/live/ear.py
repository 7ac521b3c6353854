"""The gateway's ear: takes entries of the streams, and passes on what is news."""

from collections.abc import Callable, Mapping
from uuid import UUID

import structlog

from testmesh_api.live.events import Kept, Pack, read_result
from testmesh_api.live.hub import Hub
from testmesh_api.live.ring import Ring
from testmesh_api.live.runs import HoleError, Runs
from testmesh_api.live.topics import topics_of
from testmesh_contracts.live import SOURCES, Place, Source
from testmesh_contracts.topics import EVENTS, RESULTS

UNREADABLE = (KeyError, TypeError, ValueError)
_BY_STREAM = {source.stream: source for source in SOURCES}

_log = structlog.get_logger(__name__)


class Ear:
    """Hears the sources of the live feed for a hub (a `Listener` of the chassis's feed).

    Events are read without their models: a replica hears all of them, and few have somebody who listens.
    `outdate` is told of an execution before its result is passed on: who then asks must find it.
    """

    def __init__(self, hub: Hub, ring: Ring, outdate: Callable[[UUID], None]) -> None:
        self._hub = hub
        self._ring = ring
        self._outdate = outdate
        self._runs = Runs()

    def begin(self, stream: str, after: str) -> None:
        """Hear a stream from a place on; what came before, and after what was heard last, is missed."""
        self._ring.begin(_BY_STREAM[stream].name, Place.of_entry(after))
        self._runs.forget_all()
        self._hub.miss()

    def hear(self, stream: str, entry_id: str, fields: Mapping[bytes, bytes]) -> None:
        """Take an entry of a stream."""
        source, place = _BY_STREAM[stream], Place.of_entry(entry_id)
        self._ring.heard[source.name] = place
        kept = self._news_or_none(source, place, fields)
        if kept is not None:
            self._ring.keep(kept)
            self._hub.tell(kept)
        self._hub.advanced()

    def _news_or_none(self, source: Source, place: Place, fields: Mapping[bytes, bytes]) -> Kept | None:
        try:
            return self._news(source, place, fields)
        except UNREADABLE as error:
            _log.warning("unreadable entry passed over", topic=source.topic.name, reason=repr(error))
            self._runs.forget(fields.get(b"execution", b"").decode(errors="replace"))
        except HoleError as hole:
            _log.warning("events of an execution were missed", execution_id=hole.execution_id)
            self._hub.miss(topics_of(hole.execution_id))
        return None

    def _news(self, source: Source, place: Place, fields: Mapping[bytes, bytes]) -> Kept | None:
        """Return an entry with something new in it, to be kept."""
        if fields[b"type"].decode() not in source.topic.models:
            return None
        body, first, lifecycle = b"", 0, True
        if source.topic is EVENTS:
            body = fields[b"body"]
            pack = Pack.read(body)
            execution_id, found = pack.execution_id, self._runs.first_new(pack, self._ring.clock())
            if found is None:
                return None
            first, lifecycle = found, pack.has_lifecycle(found)
        elif source.topic is RESULTS:
            body = fields[b"body"]
            execution_id = read_result(body)["execution_id"]
            if not self._runs.completes(execution_id):
                return None
            self._outdate(UUID(execution_id))
        else:
            # The body may be large, and is not read: who wants more asks for the execution.
            execution_id = fields[b"execution"].decode()
            if not self._runs.requests(execution_id):
                return None
        heard = dict(self._ring.heard) if lifecycle else None
        return Kept(source, place, execution_id, body, first, heard, self._ring.clock(), self._ring.last_order + 1)
