"""What goes over the wire: bodies that the shop accepts, strictly, and bodies that it answers with."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from shop.catalogue import Product
from shop.money import Money
from shop.orders import Status


class Accepted(BaseModel):
    """A request's body: an unknown field is an error, and text is no number."""

    model_config = ConfigDict(extra="forbid", strict=True)


class NewUser(Accepted):
    """Body of POST /users."""

    email: str = Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", max_length=254)
    name: str = Field(min_length=1, max_length=100)
    password: str = Field(min_length=8, max_length=200)


class Credentials(Accepted):
    """Body of POST /login."""

    email: str
    password: str


class WantedItem(Accepted):
    """One line of a new order."""

    product_id: str
    quantity: int = Field(ge=1, le=1000)


class NewOrder(Accepted):
    """Body of POST /orders."""

    items: Annotated[list[WantedItem], Field(min_length=1, max_length=50)]


class UserView(BaseModel):
    """A user, without what nobody else should know."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    email: str
    name: str


class SignedIn(BaseModel):
    """A token to send as `Authorization: Bearer …`."""

    token: str
    user_id: str


class ProductList(BaseModel):
    """Products of the catalogue; `total` counts those beyond the limit too."""

    items: list[Product]
    total: int


class OrderLine(BaseModel):
    """One line of an order."""

    model_config = ConfigDict(from_attributes=True)

    product_id: str
    name: str
    quantity: int
    unit_price: Money
    line_total: Money


class OrderView(BaseModel):
    """An order, as it is at this moment."""

    id: str
    user_id: str
    status: Status
    items: list[OrderLine]
    total: Money


class Shipment(BaseModel):
    """A parcel on its way; it exists from the order's confirmation on."""

    order_id: str
    carrier: str
    tracking_code: str
