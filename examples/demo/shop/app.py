"""The shop as an application, made anew for each process and each test."""

import time

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from shop.accounts import Accounts
from shop.catalogue import Catalogue
from shop.errors import ShopError
from shop.orders import Clock, Orders
from shop.routes import Shop, router


def create_app(clock: Clock = time.monotonic) -> FastAPI:
    """Return a shop of its own: full shelves, no users, no orders."""
    catalogue = Catalogue()
    app = FastAPI(title="TestMesh demo shop", version="1.0.0")
    app.state.shop = Shop(Accounts(), catalogue, Orders(catalogue, clock))
    app.include_router(router)
    app.add_exception_handler(ShopError, _refuse)
    app.add_exception_handler(RequestValidationError, _refuse_input)
    return app


async def _refuse(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ShopError)
    return JSONResponse({"code": error.code, "message": error.message}, status_code=error.status)


async def _refuse_input(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    faults = [{"field": ".".join(str(part) for part in one["loc"]), "message": one["msg"]} for one in error.errors()]
    said = {"code": "input_invalid", "message": "the request is not as it should be", "errors": faults}
    return JSONResponse(said, status_code=422)
