"""Hears `executions.results` from the first entry on, over flushes and restarts, as an outside subscriber would."""

import threading
from collections import defaultdict
from typing import Self

import redis

from testmesh_contracts import EntryInvalidError, decode, read_entry
from testmesh_contracts.topics import RESULTS


class ResultListener:
    """Collects, for each execution, the event ids and statuses under which its result was said."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self.event_ids: dict[str, set[str]] = defaultdict(set)
        self.statuses: dict[str, set[str]] = defaultdict(set)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join(10)

    def _listen(self) -> None:
        client, after = redis.Redis.from_url(self._url), "0"
        while not self._stopping.is_set():
            try:
                after = self._last_or_first(client, after)
                found = client.xread({RESULTS.wire: after}, count=1000, block=300)
            except redis.RedisError:
                self._stopping.wait(0.1)
                continue
            for entry_id, fields in found[0][1] if found else []:
                after = entry_id.decode()
                self._note(fields)
        client.close()

    def _last_or_first(self, client: redis.Redis, after: str) -> str:
        """After a flush the stream begins again below the cursor, or is absent."""
        return after if client.exists(RESULTS.wire) else "0"

    def _note(self, fields: dict[bytes, bytes]) -> None:
        try:
            message = decode(RESULTS, read_entry(RESULTS, fields))
        except EntryInvalidError:
            return
        execution = str(message.execution_id)
        self.event_ids[execution].add(str(message.event_id))
        self.statuses[execution].add(message.status)
