"""Row (c): single POSTs of an execution, at 500 a second, whatever becomes of them."""

from tests.bench.design import Wanted
from tests.bench.flows import NOOP_STEPS, noop
from tests.bench.http_load import Call
from tests.bench.offering import offer
from tests.bench.row import Row, cost_figures, latency_figures, noise
from tests.bench.scene import Scene

RATE = 500
GOAL_MS = 25
EACH = Wanted(steps=NOOP_STEPS, assertions=1)


async def measure(scene: Scene) -> Row:
    product, count = scene.product, RATE * (4 if scene.quick else 20)
    flow_id = await product.create_flow(noop("bench-c"))
    call = Call("POST", "/api/v1/executions", {"flow_id": flow_id}, 202, {"status": "pending"})
    warm = await offer(product, [call], rate=RATE, count=RATE)
    await product.until_persisted(flow_id, warm.accepted)
    offering = await offer(product, [call], rate=RATE, count=count)
    accepted = warm.accepted + offering.accepted
    await product.until_persisted(flow_id, accepted)
    await product.until_settled()
    faults = await product.faults(flow_id, EACH.times(accepted))
    late = offering.offered.late_ms
    return Row(
        letter="c",
        title="POST /executions, one at a time, run and persisted",
        load=(
            f"{count:,} at {RATE}/s, open loop, after {RATE} to warm up; {noise(offering.cost)}",
            f"generator late by {late.p50:.1f} ms (p50), {late.p99:.1f} ms (p99): that is in the latency",
        ),
        figures=(
            *latency_figures("due → 202", offering.offered.latency_ms, GOAL_MS),
            *cost_figures(offering.cost, count, "flow"),
        ),
        faults=(*warm.faults, *offering.faults, *faults),
    )
