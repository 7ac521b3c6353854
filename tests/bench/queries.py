"""Row (e): queries that the api answers by asking storage over the streams, at 500 a second."""

from tests.bench.flows import noop
from tests.bench.http_load import Call
from tests.bench.offering import Offering, offer
from tests.bench.row import Figure, Row, cost_figures, latency_figures, noise
from tests.bench.scene import Scene

RATE = 500
GOAL_MS = 25
EXECUTIONS = 500
FLOWS = 100
IDS = "SELECT id::text FROM executions.executions WHERE flow_id = $1::uuid"


async def measure(scene: Scene) -> Row:
    count = RATE * (3 if scene.quick else 15)
    executions = await _offered(scene, await _execution_calls(scene), count)
    flows = await _offered(scene, await _flow_calls(scene), count)
    return Row(
        letter="e",
        title="queries through the streams",
        load=(
            f"{count:,} each at {RATE}/s, open loop, nothing else running; {EXECUTIONS} executions, {FLOWS} flows",
            f"executions: {noise(executions.cost)}; generator late by {executions.offered.late_ms.p99:.1f} ms (p99)",
            f"flows: {noise(flows.cost)}; generator late by {flows.offered.late_ms.p99:.1f} ms (p99)",
        ),
        figures=(
            *_figures("GET /executions/{id}?steps=false", executions, count),
            *_figures("GET /flows/{id}", flows, count),
        ),
        faults=(*executions.faults, *flows.faults),
    )


async def _execution_calls(scene: Scene) -> list[Call]:
    product = scene.product
    flow_id = await product.create_flow(noop("bench-e"))
    await product.start(flow_id, EXECUTIONS)
    await product.until_persisted(flow_id, EXECUTIONS)
    await product.until_settled()
    ids = [row["id"] for row in await product.ledger.rows(IDS, flow_id)]
    return [
        Call("GET", f"/api/v1/executions/{found}?steps=false", members={"id": found, "status": "passed"})
        for found in ids
    ]


async def _flow_calls(scene: Scene) -> list[Call]:
    names = [f"bench-e-{number}" for number in range(FLOWS)]
    ids = {name: await scene.product.create_flow(noop(name)) for name in names}
    return [
        Call("GET", f"/api/v1/flows/{flow_id}", members={"id": flow_id, "name": name}) for name, flow_id in ids.items()
    ]


async def _offered(scene: Scene, calls: list[Call], count: int) -> Offering:
    await offer(scene.product, calls, rate=RATE, count=RATE)
    return await offer(scene.product, calls, rate=RATE, count=count)


def _figures(what: str, offering: Offering, count: int) -> list[Figure]:
    costs = [figure for figure in cost_figures(offering.cost, count, "query") if "memory" not in figure.what]
    return [*latency_figures(what, offering.offered.latency_ms, GOAL_MS), *costs]
