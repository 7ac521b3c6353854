"""Rows (d) and (f): from an event's own time to its message at a WebSocket client, while flows of row (b) run.

Row (d) has a load that does not change from machine to machine, row (f) one that fills this machine: 60 % of what
row (b) found that it can do.
"""

from collections.abc import Sequence
from dataclasses import asdict

from tests.bench.children import child
from tests.bench.flows import three_gets
from tests.bench.http_gets import EACH, measure_ours
from tests.bench.live_load import BULKS, WITHIN_S, LiveLoad, Watched
from tests.bench.percentiles import Spread
from tests.bench.row import Figure, Row, cost_figures, latency_figures, noise
from tests.bench.scene import Scene
from tests.bench.usage import Cost, Meter

GOAL_MS = 100
FULL_GOAL_MS = 50
FULL = 0.6
LOADED = 0.97
"""The part of the wanted load that must have been there."""
FOLLOWED = 100
RESULT = "events execution.completed"
TIMED = {
    "execution step.finished": "step.finished → execution:ID",
    "events execution.started": "execution.started → events",
    RESULT: "run's end → execution.completed, through storage",
}


async def measure(scene: Scene) -> Row:
    return await _measure(scene, "d", scene.live_rate, GOAL_MS)


async def measure_full(scene: Scene) -> Row:
    faults: list[str] = []
    if scene.http_rate is None:
        _, faults = await measure_ours(scene)
    assert scene.http_rate is not None
    return await _measure(scene, "f", scene.http_rate * FULL, FULL_GOAL_MS, faults)


async def _measure(scene: Scene, letter: str, rate: float, goal_ms: float, faults: Sequence[str] = ()) -> Row:
    load = await _load(scene, letter, rate)
    served = scene.requests_served()
    watched, cost = await _watch(scene, load)
    await scene.product.until_persisted(load.flow_id, watched.accepted)
    await scene.product.until_settled()
    found = [*faults, *(f"live feed: {count} times: {fault}" for fault, count in watched.faults.items())]
    if watched.accepted / watched.elapsed_s < LOADED * rate:
        found.append(f"load: wanted {rate:.0f} flows/s, {watched.accepted} were accepted in {watched.elapsed_s:.1f} s")
    found += await scene.product.faults(load.flow_id, EACH.times(watched.accepted))
    if (requests := scene.requests_served() - served) != EACH.steps * watched.accepted:
        found.append(f"target: wanted {EACH.steps * watched.accepted} requests, it answered {requests}")
    figures, missing = _figures(watched, goal_ms)
    messages = sum(watched.messages.values())
    return Row(
        letter=letter,
        title="event → WebSocket client",
        load=_said(load, watched, messages, cost),
        figures=(
            *figures,
            Figure("messages", messages / watched.elapsed_s, "/s"),
            *cost_figures(cost, watched.accepted, "flow"),
        ),
        faults=(*found, *missing),
    )


def _said(load: LiveLoad, watched: Watched, messages: int, cost: Cost) -> list[str]:
    return [
        f"{watched.accepted / watched.elapsed_s:.0f} flows/s of (b) for {watched.elapsed_s:.1f} s; {noise(cost)}",
        f"in {BULKS} POSTs a second, sent late by {watched.late_ms.p99:.1f} ms (p99)",
        f"{load.clients} clients in one process follow {load.followed_rate:.0f} executions/s, each on its own topic",
        f"{load.watchers} of them are on `events` too, and are told of all executions",
        f"{messages:,} messages; {watched.replayed:,} of events older than their subscription are not timed",
    ]


async def _load(scene: Scene, letter: str, rate: float) -> LiveLoad:
    followed = min(FOLLOWED, rate / 2)
    flow_id = await scene.product.create_flow(three_gets(f"bench-{letter}", scene.target_url))
    seconds = 5 if scene.quick else 20
    url = scene.product.house.record["url"]
    return LiveLoad(url, flow_id, scene.clients, scene.watchers, rate, followed, seconds)


async def _watch(scene: Scene, load: LiveLoad) -> tuple[Watched, Cost]:
    product = scene.product
    with child("tests.bench.live_load") as clients:
        await clients.answer()
        product.loaders.add(clients.pid)
        meter = Meter(product.kinds, product.probe)
        meter.start()
        clients.tell(asdict(load))
        watched = Watched.read(await clients.answer(load.seconds + 4 * WITHIN_S))
        cost = meter.stop()
        product.loaders.remove(clients.pid)
    return watched, cost


def _figures(watched: Watched, goal_ms: float) -> tuple[list[Figure], list[str]]:
    figures: list[Figure] = []
    missing = []
    for name, what in TIMED.items():
        spread: Spread | None = watched.latencies_ms.get(name)
        if spread is None:
            missing.append(f"nothing to time: no {name}")
        else:
            figures += latency_figures(f"{what} ({spread.count:,})", spread, None if name == RESULT else goal_ms)
    return figures, missing
