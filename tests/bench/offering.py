"""Have a load process offer HTTP requests to the product, and keep account of what it cost."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from tests.bench.children import child
from tests.bench.http_load import Call, HttpLoad, Offered
from tests.bench.product import Product
from tests.bench.usage import Cost, Meter

SLACK_S = 60


@dataclass(frozen=True)
class Offering:
    """What came of the load, what it cost, and which answers were not those wanted."""

    offered: Offered
    cost: Cost
    faults: Sequence[str]

    @property
    def accepted(self) -> int:
        return self.offered.statuses.get("202", 0)


async def offer(product: Product, calls: Sequence[Call], *, rate: float, count: int) -> Offering:
    """Offer `count` requests, taking the calls in turn, at `rate` a second."""
    with child("tests.bench.http_load") as load:
        await load.answer()
        product.loaders.add(load.pid)
        meter = Meter(product.kinds, product.probe)
        meter.start()
        load.tell(asdict(HttpLoad(product.house.record["url"], rate, count, calls)))
        offered = Offered.read(await load.answer(count / rate + SLACK_S))
        cost = meter.stop()
        product.loaders.remove(load.pid)
    return Offering(offered, cost, _faults(offered, count))


def _faults(offered: Offered, count: int) -> list[str]:
    answered = sum(offered.statuses.values())
    if answered == count and not offered.wrong:
        return []
    return [f"answers: wanted {count} right ones, {offered.wrong} of {answered} were wrong: {dict(offered.statuses)}"]
