"""Orders: priced to the cent when they are placed, confirmed and shipped a little later.

The clock is handed in. An order's delay follows from its number, between 300 and 800 ms,
so that the effect is late, as in a real system, and yet the same in every run.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from typing import Literal

from shop.catalogue import Catalogue, Product
from shop.errors import NotFoundError

Status = Literal["pending", "confirmed"]
Clock = Callable[[], float]
"""Seconds that only ever grow, as `time.monotonic` tells them."""

SHORTEST_DELAY_MS = 300
DELAYS_MS = 501


@dataclass(frozen=True, slots=True)
class Line:
    """So many of one product, at the price of the moment."""

    product_id: str
    name: str
    quantity: int
    unit_price: Decimal

    @property
    def line_total(self) -> Decimal:
        return self.unit_price * self.quantity


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody ordered."""

    number: int
    user_id: str
    lines: tuple[Line, ...]
    confirmed_at: float

    @property
    def id(self) -> str:
        return f"order-{self.number}"

    @property
    def total(self) -> Decimal:
        return sum((line.line_total for line in self.lines), Decimal(0))

    def quantities(self) -> Counter[str]:
        return _quantities((line.product_id, line.quantity) for line in self.lines)


class Orders:
    """Orders and their shipments. An order belongs to one user; to others it is not there."""

    def __init__(self, catalogue: Catalogue, clock: Clock) -> None:
        self._catalogue = catalogue
        self._clock = clock
        self._numbers = count(1)
        self._orders: dict[str, Order] = {}

    def place(self, user_id: str, wanted: list[tuple[str, int]]) -> Order:
        products = [self._catalogue.get(product_id) for product_id, _ in wanted]
        self._catalogue.take(_quantities(wanted))
        number = next(self._numbers)
        lines = tuple(_line(one, quantity) for one, (_, quantity) in zip(products, wanted, strict=True))
        order = Order(number, user_id, lines, self._clock() + confirmation_delay_ms(number) / 1000)
        self._orders[order.id] = order
        return order

    def get(self, order_id: str, user_id: str) -> Order:
        order = self._orders.get(order_id)
        if order is None or order.user_id != user_id:
            raise NotFoundError("order", order_id)
        return order

    def status(self, order: Order) -> Status:
        return "confirmed" if self._clock() >= order.confirmed_at else "pending"

    def tracking_code(self, order: Order) -> str:
        """Return the code of the order's shipment; NotFoundError before there is one."""
        if self.status(order) != "confirmed":
            raise NotFoundError("shipment", order.id)
        return f"TM{order.number:08d}"

    def remove_all_of(self, user_id: str) -> None:
        """Forget a user's orders and put the goods back, so that a test leaves the shop as it was."""
        for order in [one for one in self._orders.values() if one.user_id == user_id]:
            self._catalogue.put_back(order.quantities())
            del self._orders[order.id]


def confirmation_delay_ms(number: int) -> int:
    """Return how long the order of this number stays pending; spread, and the same in every run."""
    return SHORTEST_DELAY_MS + number * 137 % DELAYS_MS


def _line(product: Product, quantity: int) -> Line:
    return Line(product.id, product.name, quantity, product.price)


def _quantities(wanted: Iterable[tuple[str, int]]) -> Counter[str]:
    found: Counter[str] = Counter()
    for product_id, quantity in wanted:
        found[product_id] += quantity
    return found
