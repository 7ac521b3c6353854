"""What an outbox has to say: rows that no record remembers, and rows whose entries the streams lost.

The facts of a day stay in an outbox. So a survey reads what came since the last one, and of what is older
only what lies before the first entry of its stream, when that has moved. Now and then it looks at all rows, for
what a long transaction committed behind the mark, and after any failure at everything.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from testmesh_chassis.bus.bus import Bus
from testmesh_chassis.bus.reader import FIRST, entry_order, first_entry_of, held_entries, server_id
from testmesh_chassis.database import Connection
from testmesh_chassis.outbox import COLUMNS

MOST_UNSAID = 5000
UNSAID_AFTER = "1 second"
SETTLED_AFTER = "10 seconds"
"""What is older has been committed, or is found when all rows are looked at."""
ALL_ROWS_EVERY_S = 300.0
AGAIN_FIRST_S = 10
AGAIN_LONGEST_S = 600


@dataclass(frozen=True, slots=True)
class Said:
    """What one record remembers: rows that were said together, as these entries of the stream."""

    id: int
    stream: str
    rows: list[int]
    first_entry: str
    last_entry: str
    times: int
    age_s: float

    @property
    def is_due_again(self) -> bool:
        """Whether it is old enough to be said again: at once, then after 10 s, doubling to 10 min."""
        return self.age_s >= patience_s(self.times)


@dataclass(frozen=True, slots=True)
class Streams:
    """How the streams lie at the moment: the server's life, and the first entry of each."""

    server: str
    firsts: dict[str, str]

    def begin_after(self, said: Said) -> bool:
        """Tell whether the record's stream began after its entries, when it was asked."""
        return entry_order(said.last_entry) < entry_order(self.firsts.get(said.stream, FIRST))


class Survey:
    """Looks at one schema's outbox, again and again. `forget` what was seen whenever acting on it failed."""

    def __init__(self, bus: Bus, schema: str) -> None:
        self._bus = bus
        self._schema = schema
        self._streams = Streams("", {})
        self._verified: set[int] = set()
        """Records above the mark whose entries the stream was seen to hold."""
        self._impatient: set[int] = set()
        """Records that the stream lost and whose time to be said again has not come."""
        self._row_mark = self._record_mark = 0
        self._all_rows_at = 0.0
        self._forgotten = False

    def forget(self) -> None:
        """Take nothing for seen: the next survey reads everything."""
        self._forgotten = True

    async def streams(self) -> Streams:
        """Ask how the known streams lie."""
        firsts = {stream: await first_entry_of(self._bus.client, stream) for stream in self._streams.firsts}
        return Streams(await server_id(self._bus.client), firsts)

    async def read(self, connection: Connection, streams: Streams) -> tuple[list[Any], list[Said]]:
        """Return the rows that are unsaid, and the records that may have lost their entries."""
        if self._forgotten or streams.server != self._streams.server:
            self._forgotten = False
            self._row_mark = self._record_mark = 0
            self._verified.clear()
        unsaid = await connection.fetch(unsaid_sql(self._schema), *self._marks())
        records = await self._records(connection, streams)
        if len(unsaid) < MOST_UNSAID:
            await self._move_marks(connection)
        self._streams = Streams(streams.server, {said.stream: FIRST for said in records} | streams.firsts)
        return unsaid, records

    async def lost(self, records: Sequence[Said], streams: Streams) -> list[Said]:
        """Return those whose entries the stream no longer holds, and whose time to be said again has come."""
        # That an entry lies before the first one proves no loss: the streams were asked first, and a record made
        # between that and the look at the records is of an entry that they did not hold yet.
        unsure = [said for said in records if said.id not in self._verified or streams.begin_after(said)]
        places = [(said.stream, said.first_entry, said.last_entry) for said in unsure]
        lost: list[Said] = []
        for said, held in zip(unsure, await held_entries(self._bus.client, places), strict=True):
            if not held:
                lost.append(said)
            elif streams.begin_after(said):
                self._streams.firsts[said.stream] = FIRST  # it is not as it was seen: the next look finds it moved
        self._verified = {said.id for said in records} - {said.id for said in lost}
        self._impatient = {said.id for said in lost if not said.is_due_again}
        return [said for said in lost if said.is_due_again]

    def _marks(self) -> tuple[int, int]:
        """Return the row and the record up to which nothing is unsaid."""
        if time.monotonic() - self._all_rows_at < ALL_ROWS_EVERY_S:
            return self._row_mark, self._record_mark
        self._all_rows_at = time.monotonic()
        return 0, 0

    async def _records(self, connection: Connection, streams: Streams) -> list[Said]:
        moved = {stream: first for stream, first in streams.firsts.items() if first != self._streams.firsts[stream]}
        orders = [entry_order(first) for first in moved.values()]
        found = await connection.fetch(
            records_sql(self._schema, moved=bool(moved)),
            self._record_mark,
            list(self._impatient),
            *([list(moved), [ms for ms, _ in orders], [seq for _, seq in orders]] if moved else []),
        )
        return [Said(*record) for record in found]

    async def _move_marks(self, connection: Connection) -> None:
        """Pass over what is settled: a row above its mark was made after that, and its record later still."""
        found = await connection.fetchrow(
            f"WITH settled AS (SELECT clock_timestamp() - interval '{SETTLED_AFTER}' AS at)"
            f" SELECT (SELECT max(id) FROM {self._schema}.outbox, settled WHERE id > $1 AND created_at < at),"
            f" (SELECT max(id) FROM {self._schema}.outbox_said, settled WHERE id > $2 AND said_at < at)",
            self._row_mark,
            self._record_mark,
        )
        assert found is not None
        self._row_mark = found[0] or self._row_mark
        self._record_mark = found[1] or self._record_mark


def unsaid_sql(schema: str) -> str:
    """Return the question for rows above $1 that no record above $2 remembers, as one anti-join.

    NOT IN would walk all records once a row: facts of a day are enough for it to end at the statement timeout.
    """
    return (
        f"SELECT {COLUMNS}, extract(epoch FROM clock_timestamp() - created_at)::float AS age"
        f" FROM {schema}.outbox WHERE id > $1 AND created_at < clock_timestamp() - interval '{UNSAID_AFTER}'"
        f" AND NOT EXISTS (SELECT FROM {schema}.outbox_said AS record, unnest(record.rows) AS said (id)"
        f" WHERE record.id > $2 AND said.id = outbox.id) ORDER BY id LIMIT {MOST_UNSAID}"
    )


def records_sql(schema: str, *, moved: bool) -> str:
    """Return the question for records above $1, those of $2, and those before the new beginning of a stream."""
    before = (
        " OR EXISTS (SELECT FROM unnest($3::text[], $4::bigint[], $5::bigint[]) AS begins (stream, ms, seq)"
        " WHERE begins.stream = outbox_said.stream AND"
        " (split_part(last_entry, '-', 1)::bigint, split_part(last_entry, '-', 2)::bigint) < (ms, seq))"
    )
    return (
        "SELECT id, stream, rows, first_entry, last_entry, times,"
        " extract(epoch FROM clock_timestamp() - said_at)::float AS age"
        f" FROM {schema}.outbox_said WHERE id > $1 OR id = ANY($2::bigint[]){before if moved else ''}"
    )


def patience_s(times: int) -> float:
    """Return how old a record must be before its rows are said again."""
    return 0 if times <= 1 else min(AGAIN_LONGEST_S, AGAIN_FIRST_S * 2 ** min(times - 2, 16))
