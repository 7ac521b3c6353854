"""The shop's HTTP interface.

Every route is a coroutine without an `await`: requests take effect one after the other, without locks.
"""

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from shop.accounts import Accounts, User
from shop.catalogue import Catalogue, Category, Product
from shop.errors import SignInError
from shop.models import (
    Credentials,
    NewOrder,
    NewUser,
    OrderLine,
    OrderView,
    ProductList,
    Shipment,
    SignedIn,
    UserView,
)
from shop.orders import Order, Orders


@dataclass(frozen=True, slots=True)
class Shop:
    """All that the shop knows."""

    accounts: Accounts
    catalogue: Catalogue
    orders: Orders


def the_shop(request: Request) -> Shop:
    return cast("Shop", request.app.state.shop)


Open = Annotated[Shop, Depends(the_shop)]
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))]


def the_customer(shop: Open, bearer: Bearer) -> User:
    if bearer is None:
        raise SignInError("sign_in_required", "sign in at POST /login and send its token")
    return shop.accounts.signed_in(bearer.credentials)


Customer = Annotated[User, Depends(the_customer)]
router = APIRouter()


@router.get("/", include_in_schema=False)
async def what_there_is(request: Request) -> dict[str, object]:
    """Say what can be asked, to whoever writes a first flow."""
    paths = request.app.openapi()["paths"]
    routes = {
        f"{method.upper()} {path}": told["summary"] for path, verbs in paths.items() for method, told in verbs.items()
    }
    return {"name": "TestMesh demo shop", "routes": routes}


@router.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}


@router.post("/users", status_code=201)
async def sign_up(shop: Open, new: NewUser, response: Response) -> UserView:
    user = shop.accounts.sign_up(new.email, new.name, new.password)
    response.headers["Location"] = f"/users/{user.id}"
    return UserView.model_validate(user)


@router.get("/users/{user_id}")
async def get_user(shop: Open, user_id: str) -> UserView:
    return UserView.model_validate(shop.accounts.get(user_id))


@router.delete("/users/{user_id}", status_code=204)
async def remove_user(shop: Open, user_id: str) -> None:
    """Remove a user and all orders. Open to everybody, because a teardown may come before any sign-in."""
    shop.accounts.remove(user_id)
    shop.orders.remove_all_of(user_id)


@router.post("/login")
async def sign_in(shop: Open, credentials: Credentials) -> SignedIn:
    token, user = shop.accounts.sign_in(credentials.email, credentials.password)
    return SignedIn(token=token, user_id=user.id)


@router.get("/products")
async def list_products(
    shop: Open, category: Category | None = None, limit: Annotated[int, Query(ge=1, le=50)] = 50
) -> ProductList:
    products = shop.catalogue.list(category)
    return ProductList(items=products[:limit], total=len(products))


@router.get("/products/{product_id}")
async def get_product(shop: Open, product_id: str) -> Product:
    return shop.catalogue.get(product_id)


@router.post("/orders", status_code=201)
async def place_order(shop: Open, customer: Customer, new: NewOrder, response: Response) -> OrderView:
    order = shop.orders.place(customer.id, [(item.product_id, item.quantity) for item in new.items])
    response.headers["Location"] = f"/orders/{order.id}"
    return _view(shop, order)


@router.get("/orders/{order_id}")
async def get_order(shop: Open, customer: Customer, order_id: str) -> OrderView:
    return _view(shop, shop.orders.get(order_id, customer.id))


@router.get("/orders/{order_id}/shipment")
async def get_shipment(shop: Open, customer: Customer, order_id: str) -> Shipment:
    order = shop.orders.get(order_id, customer.id)
    code = shop.orders.tracking_code(order)
    return Shipment(order_id=order.id, carrier="Pigeon Post", tracking_code=code)


def _view(shop: Shop, order: Order) -> OrderView:
    return OrderView(
        id=order.id,
        user_id=order.user_id,
        status=shop.orders.status(order),
        items=[OrderLine.model_validate(line) for line in order.lines],
        total=order.total,
    )
