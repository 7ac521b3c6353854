"""Hears how executions ended: a consumer group of its own on `executions.results`, from outside TestMesh.

Prints one line for each result. Each entry is delivered at least once and a result may be said again:
the event id tells what is new, and an entry is acknowledged only after its line is out.
"""

import argparse
import logging
import os
import random
import signal
import socket
import threading
from collections import OrderedDict
from typing import Any
from uuid import UUID

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisAwayError
from redis.exceptions import ResponseError
from redis.exceptions import TimeoutError as RedisSilentError
from redis.retry import Retry

from testmesh_contracts import EntryInvalidError, decode, read_entry
from testmesh_contracts.executions import ExecutionCompleted
from testmesh_contracts.topics import RESULTS

BLOCK_MS = 1_000  # how long a read waits, and so how long a stop may take
READ_TIMEOUT_S = 5.0  # above BLOCK_MS, or a quiet stream would look like a broken connection
BATCH = 100
REMEMBERED = 100_000
LONGEST_PAUSE_S = 10.0

log = logging.getLogger("subscriber")


class Seen:
    """The event ids that took effect last; bounded, so that it can run for ever."""

    def __init__(self) -> None:
        self._ids: OrderedDict[UUID, None] = OrderedDict()

    def __contains__(self, event_id: UUID) -> bool:
        return event_id in self._ids

    def add(self, event_id: UUID) -> None:
        self._ids[event_id] = None
        if len(self._ids) > REMEMBERED:
            self._ids.popitem(last=False)


class Subscriber:
    """Lets each result take effect once, over lost connections, a flushed server and restarts of others."""

    def __init__(self, redis: Redis, group: str, consumer: str) -> None:
        self._redis = redis
        self._group = group
        self._consumer = consumer
        self._seen = Seen()
        self._stop = threading.Event()
        self._failures = 0

    def stop(self, *_: object) -> None:
        self._stop.set()

    def run(self) -> None:
        while not self._stop.is_set():
            try:
                self._make_group()
                self._hear()
            except (RedisAwayError, RedisSilentError) as error:
                self._pause(error)
            except ResponseError as error:
                if not str(error).startswith("NOGROUP"):
                    raise
                log.warning("group %s is gone, it is made again at the first entry", self._group)

    def _make_group(self) -> None:
        try:
            self._redis.xgroup_create(RESULTS.wire, self._group, id="0", mkstream=True)
        except ResponseError as error:
            if not str(error).startswith("BUSYGROUP"):
                raise

    def _hear(self) -> None:
        # A reply lost with its connection left its entries with this consumer: they come first.
        while not self._stop.is_set() and self._take("0"):
            pass
        while not self._stop.is_set():
            self._take(">")

    def _take(self, after: str) -> bool:
        """Read once and let what came take effect; `0` reads what is already this consumer's."""
        read: Any = self._redis.xreadgroup(
            self._group, self._consumer, {RESULTS.wire: after}, count=BATCH, block=BLOCK_MS
        )
        self._failures = 0
        entries = read[0][1] if read else []
        for entry_id, fields in entries:
            self._take_effect(entry_id, fields)
            self._redis.xack(RESULTS.wire, self._group, entry_id)
        return bool(entries)

    def _take_effect(self, entry_id: bytes, fields: dict[bytes, bytes]) -> None:
        try:
            result = decode(RESULTS, read_entry(RESULTS, fields))
        except EntryInvalidError as error:
            log.error("entry %s is passed over: %s", entry_id.decode(), error)
            return
        if not isinstance(result, ExecutionCompleted):
            log.info("entry %s is passed over: of a type that this release does not know", entry_id.decode())
        elif result.event_id not in self._seen:
            show(result)
            self._seen.add(result.event_id)

    def _pause(self, error: Exception) -> None:
        longest = min(LONGEST_PAUSE_S, 0.1 * 2 ** min(self._failures, 10))
        pause = random.uniform(longest / 2, longest)  # noqa: S311 - spreads reconnects, keeps no secret
        self._failures += 1
        log.warning("redis is away, next try in %.1f s: %s", pause, error)
        self._stop.wait(pause)


def show(result: ExecutionCompleted) -> None:
    """The effect: put yours here."""
    took = f"{result.duration_ms:.0f}ms"
    print(result.event_id, result.execution_id, result.status, took, result.flow_name, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("group", help="consumer group; each group hears every result")
    parser.add_argument("--redis", default=os.getenv("REDIS_URL", "redis://127.0.0.1:6379/0"), metavar="URL")
    parser.add_argument("--consumer", default=socket.gethostname(), help="unique in its group, and lasting")
    asked = parser.parse_args()
    logging.basicConfig(format="%(levelname)s %(message)s", level=logging.INFO)
    # The client must not retry by itself: a retried read would step over the entries of the lost reply.
    redis = Redis.from_url(asked.redis, socket_timeout=READ_TIMEOUT_S, retry=Retry(NoBackoff(), 0))
    subscriber = Subscriber(redis, asked.group, asked.consumer)
    signal.signal(signal.SIGTERM, subscriber.stop)
    signal.signal(signal.SIGINT, subscriber.stop)
    with redis:
        subscriber.run()


if __name__ == "__main__":
    main()
