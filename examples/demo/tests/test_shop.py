"""What the flows may rely on."""

import os
import signal
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import httpx
import pytest

DEMO = Path(__file__).parents[1]


async def order(shop, bearer, **quantities):
    items = [{"product_id": key, "quantity": quantity} for key, quantity in quantities.items()]
    return await shop.post("/orders", json={"items": items}, headers=bearer)


async def stock_of(shop, product_id):
    return (await shop.get(f"/products/{product_id}")).json()["stock"]


async def test_the_first_page_lists_what_can_be_asked(shop):
    told = (await shop.get("/")).json()

    assert {"GET /health", "POST /users", "POST /orders"} <= told["routes"].keys()
    assert all(told["routes"].values())


async def test_who_signs_up_is_found_and_the_password_is_not_shown(shop, ann):
    found = await shop.get(f"/users/{ann['id']}")

    assert found.json() == {"id": ann["id"], "email": "ann@example.com", "name": "Ann"}


async def test_an_email_address_signs_up_once_in_whichever_case_it_is_written(shop, ann):
    again = await shop.post("/users", json={"email": "ANN@example.com", "name": "B", "password": "battery staple"})

    assert (again.status_code, again.json()["code"]) == (409, "email_taken")


@pytest.mark.parametrize(
    "bad",
    [
        {"email": "no address"},
        {"name": ""},
        {"password": "short"},
        {"name": 7},
        {"nickname": "A"},
    ],
)
async def test_bad_input_is_422_and_names_the_field(shop, bad):
    body = {"email": "bob@example.com", "name": "Bob", "password": "long enough"} | bad

    answer = await shop.post("/users", json=body)

    assert answer.status_code == 422
    assert answer.json()["code"] == "input_invalid"
    assert answer.json()["errors"][0]["field"] == f"body.{next(iter(bad))}"


async def test_a_wrong_password_and_an_unknown_address_are_told_alike(shop, ann):
    wrong = await shop.post("/login", json={"email": ann["email"], "password": "not it"})
    unknown = await shop.post("/login", json={"email": "nobody@example.com", "password": "not it"})

    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()


async def test_products_are_filtered_and_limited_and_counted_beyond_the_limit(shop):
    kitchen = (await shop.get("/products", params={"category": "kitchen", "limit": 2})).json()

    assert [one["category"] for one in kitchen["items"]] == ["kitchen", "kitchen"]
    assert kitchen["total"] == 3


@pytest.mark.parametrize("params", [{"category": "cars"}, {"limit": 0}, {"limit": "many"}])
async def test_a_category_or_limit_that_cannot_be_is_422(shop, params):
    answer = await shop.get("/products", params=params)

    assert answer.status_code == 422


async def test_an_order_is_pending_and_its_total_exact_to_the_cent(shop, bearer):
    answer = await order(shop, bearer, lamp=2, candle=3)

    assert answer.status_code == 201
    assert answer.json()["status"] == "pending"
    assert '"total":60.28' in answer.text
    assert sum(Decimal(str(line["line_total"])) for line in answer.json()["items"]) == Decimal("60.28")


async def test_an_order_needs_a_token_that_holds(shop):
    without = await order(shop, {}, lamp=1)
    wrong = await order(shop, {"Authorization": "Bearer nonsense"}, lamp=1)

    assert [without.status_code, wrong.status_code] == [401, 401]


async def test_an_order_of_more_than_there_is_takes_nothing_from_the_shelves(shop, bearer):
    before = await stock_of(shop, "lamp")

    short = await order(shop, bearer, lamp=1, bowl=4)

    assert (short.status_code, short.json()["code"]) == (409, "out_of_stock")
    assert await stock_of(shop, "lamp") == before


async def test_lines_of_one_product_are_added_up_before_stock_is_checked(shop, bearer):
    items = [{"product_id": "bowl", "quantity": 2}, {"product_id": "bowl", "quantity": 2}]

    answer = await shop.post("/orders", json={"items": items}, headers=bearer)

    assert answer.status_code == 409


async def test_an_order_of_an_unknown_product_is_404(shop, bearer):
    answer = await order(shop, bearer, unicorn=1)

    assert (answer.status_code, answer.json()["code"]) == (404, "product_not_found")


async def test_an_order_is_confirmed_and_shipped_between_300_and_800_ms_later(shop, bearer, clock):
    orders = [(await order(shop, bearer, mug=1)).json()["id"] for _ in range(20)]

    async def look():
        states = [(await shop.get(f"/orders/{one}", headers=bearer)).json()["status"] for one in orders]
        parcels = [(await shop.get(f"/orders/{one}/shipment", headers=bearer)).status_code for one in orders]
        return set(states), set(parcels)

    clock.move_ms(299)
    assert await look() == ({"pending"}, {404})
    clock.move_ms(251)
    assert await look() == ({"pending", "confirmed"}, {404, 200})
    clock.move_ms(251)
    assert await look() == ({"confirmed"}, {200})


async def test_an_order_of_someone_else_is_not_there(shop, bearer):
    mine = (await order(shop, bearer, mug=1)).json()["id"]
    await shop.post("/users", json={"email": "eve@example.com", "name": "Eve", "password": "curious cat"})
    token = (await shop.post("/login", json={"email": "eve@example.com", "password": "curious cat"})).json()["token"]

    answer = await shop.get(f"/orders/{mine}", headers={"Authorization": f"Bearer {token}"})

    assert answer.status_code == 404


async def test_a_removed_user_leaves_the_shop_as_it_was(shop, ann, bearer):
    before = await stock_of(shop, "bowl")
    await order(shop, bearer, bowl=3)
    assert await stock_of(shop, "bowl") == 0

    removed = await shop.delete(f"/users/{ann['id']}")

    assert (removed.status_code, removed.content) == (204, b"")
    assert await stock_of(shop, "bowl") == before
    assert (await shop.get(f"/users/{ann['id']}")).status_code == 404
    assert (await order(shop, bearer, mug=1)).status_code == 401
    again = await shop.post("/users", json={"email": ann["email"], "name": "Ann", "password": "correct horse"})
    assert again.status_code == 201


def test_the_process_says_its_address_answers_logs_nothing_and_stops_when_told():
    command = [sys.executable, "-m", "shop", "--port", "0"]
    with subprocess.Popen(
        command,
        cwd=DEMO,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            address = process.stdout.readline().split()[-1]
            transport = httpx.HTTPTransport(retries=5)
            with httpx.Client(transport=transport, base_url=address, trust_env=False) as client:
                assert client.get("/health").json() == {"status": "ok"}
                assert client.get("/products/unicorn").status_code == 404
        finally:
            process.send_signal(signal.SIGTERM)
            rest, errors = process.communicate(timeout=10)

    assert (rest, errors) == ("", "")
