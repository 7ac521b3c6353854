"""The catalogue: what the shop sells, at which price, and how much of it is left."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum

from pydantic import BaseModel

from shop.errors import NotFoundError, OutOfStockError
from shop.money import Money

PLENTY = 100_000


class Category(StrEnum):
    """Shelves of the shop."""

    BOOKS = "books"
    KITCHEN = "kitchen"
    LIGHT = "light"


class Product(BaseModel):
    """Something for sale."""

    id: str
    name: str
    category: Category
    price: Money
    stock: int


def _assortment() -> tuple[Product, ...]:
    rows = (
        ("atlas", "Atlas of Small Islands", Category.BOOKS, "34.00", PLENTY),
        ("bowl", "Walnut Bowl", Category.KITCHEN, "45.90", 3),
        ("candle", "Beeswax Candle", Category.LIGHT, "0.10", PLENTY),
        ("kettle", "Enamel Kettle", Category.KITCHEN, "62.50", 0),
        ("lamp", "Desk Lamp", Category.LIGHT, "29.99", PLENTY),
        ("mug", "Stoneware Mug", Category.KITCHEN, "12.49", PLENTY),
        ("notebook", "Dotted Notebook", Category.BOOKS, "7.25", PLENTY),
    )
    return tuple(
        Product(id=key, name=name, category=category, price=Decimal(price), stock=stock)
        for key, name, category, price, stock in rows
    )


class Catalogue:
    """Products in the order of their ids; stock is taken for an order whole or not at all."""

    def __init__(self) -> None:
        self._products = {product.id: product for product in _assortment()}

    def get(self, product_id: str) -> Product:
        try:
            return self._products[product_id]
        except KeyError:
            raise NotFoundError("product", product_id) from None

    def list(self, category: Category | None) -> list[Product]:
        return [one for one in self._products.values() if category is None or one.category is category]

    def take(self, quantities: Mapping[str, int]) -> None:
        """Take these quantities out of stock; OutOfStockError, and nothing taken, where one is short."""
        for product_id, quantity in quantities.items():
            stock = self.get(product_id).stock
            if quantity > stock:
                raise OutOfStockError(product_id, quantity, stock)
        for product_id, quantity in quantities.items():
            self.get(product_id).stock -= quantity

    def put_back(self, quantities: Mapping[str, int]) -> None:
        for product_id, quantity in quantities.items():
            self.get(product_id).stock += quantity
