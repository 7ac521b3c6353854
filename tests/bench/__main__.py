"""`make bench`: start the product, measure it row by row, print a table, keep the figures as JSON."""

import argparse
import asyncio
import json
import signal
import sys
import tempfile
import traceback
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.bench import (
    http_gets,
    live,
    many_files,
    many_steps,
    noop,
    posts,
    queries,
    starting,
    ten_thousand,
    validating,
)
from tests.bench.children import ROOT
from tests.bench.machine import machine_facts
from tests.bench.row import Row
from tests.bench.scene import LIVE_RATE, Scene, set_scene
from tests.bench.table import table_of
from tests.house.running import House, running_house

RESULTS = ROOT / "bench-results"
ROWS: dict[str, Callable[[Scene], Awaitable[Row]]] = {
    "a": noop.measure,
    "b": http_gets.measure,
    "c": posts.measure,
    "d": live.measure,
    "e": queries.measure,
    "f": live.measure_full,
    "g": validating.measure,
    "h": starting.measure,
    "i": many_steps.measure,
    "j": many_files.measure,
    "k": ten_thousand.measure,
}


def main() -> None:
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    started = datetime.now(UTC)
    with (
        tempfile.TemporaryDirectory(prefix="testmesh-bench") as folder,
        running_house(Path(folder) / "data", runners=options.runners) as house,
    ):
        facts, rows = asyncio.run(_measure(house, options))
    sys.stdout.write(table_of(facts, rows))
    RESULTS.mkdir(exist_ok=True)
    record = {
        "at": started.isoformat(),
        "quick": options.quick,
        "machine": facts,
        "rows": [row.record() for row in rows],
    }
    file = RESULTS / f"{started:%Y-%m-%dT%H-%M-%S}.json"
    file.write_text(json.dumps(record, indent=2))
    sys.stdout.write(f"\nWritten to {file.relative_to(ROOT)}\n")
    if wrong := [row.letter for row in rows if row.faults]:
        sys.exit(f"The work was wrong in row {', '.join(wrong)}: its figures mean nothing.")


async def _measure(house: House, options: argparse.Namespace) -> tuple[dict[str, object], Sequence[Row]]:
    rows = []
    async with set_scene(
        house,
        runners=options.runners,
        quick=options.quick,
        clients=options.clients,
        watchers=options.watchers,
        live_rate=options.live_rate,
    ) as scene:
        facts = await machine_facts(scene.product)
        for letter in options.row:
            sys.stderr.write(f"measuring row ({letter})\n")
            try:
                await scene.product.tidied()
                rows.append(await ROWS[letter](scene))
            except Exception as error:
                traceback.print_exc()  # the other rows are still worth having
                rows.append(Row(letter, "could not be measured", (), (), (f"{type(error).__name__}: {error}",)))
    return facts, rows


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--quick", action="store_true", help="a fraction of the work; for trying the bench itself")
    parser.add_argument("--row", type=_letters, default=list(ROWS), metavar="a,b,…", help="these rows alone")
    parser.add_argument("--runners", type=int, default=2)
    parser.add_argument("--clients", type=int, default=100, help="of rows (d) and (f)")
    parser.add_argument("--live-rate", type=float, default=LIVE_RATE, help="flows/s of row (d)")
    parser.add_argument("--watchers", type=int, default=5, help="clients that watch all executions too")
    return parser.parse_args()


def _letters(text: str) -> list[str]:
    letters = text.split(",")
    if unknown := set(letters) - set(ROWS):
        raise argparse.ArgumentTypeError(f"no row {', '.join(sorted(unknown))}; there are {', '.join(ROWS)}")
    return sorted(set(letters))


if __name__ == "__main__":
    main()
