"""Messages to and from plain values: types kept, zeros shown, what does not fit told by its path."""

import math

import pytest

pytestmark = pytest.mark.integration
EMPTY = {
    "double": 0.0, "float": 0.0, "int32": 0, "int64": 0, "uint32": 0, "uint64": 0, "sint64": 0, "fixed64": 0,
    "flag": False, "text": "", "data": "", "condition": "UNKNOWN", "stock": None, "numbers": [], "offers": [],
    "counts": {}, "offers_by_number": {}, "maybe": None, "word": None, "offer": None, "at": None, "took": None,
    "free": None, "anything": None, "wrapped": None, "camel_case_name": "",
}  # fmt: skip


@pytest.fixture
def echo(answer):
    async def carry_out(request):
        return (await answer("probe.Probe", "Echo", request=request))["response"]

    return carry_out


@pytest.fixture
def misfit(fault_of):
    """Send what does not fit; return what is told of it."""

    async def carry_out(request):
        code, message = await fault_of("probe.Probe", "Echo", request=request)
        assert code == "TM535"
        return message

    return carry_out


@pytest.mark.parametrize("request_", [None, {}], ids=["none", "empty"])
async def test_an_empty_message_shows_every_field(echo, request_):
    assert await echo(request_) == EMPTY


async def test_values_come_back_as_they_went(echo):
    sent = {
        "double": 0.1,
        "float": 0.1,
        "int32": -(2**31),
        "int64": -(2**63),
        "uint32": 2**32 - 1,
        "uint64": 2**64 - 1,
        "sint64": -5,
        "fixed64": 2**63,
        "flag": True,
        "text": "größe 🐈",
        "data": "AP8=",
        "condition": "USED",
        "stock": {**dict.fromkeys(("price", "note", "counted_at")), "sku": "a", "quantity": 3, "condition": "NEW",
                  "shelves": ["x"]},
        "numbers": [1, 2**53 + 1],
        "offers": [{"units": 1, "accepted": True}, {"units": 0, "accepted": False}],
        "counts": {"a": 1, "b": 0},
        "offers_by_number": {"7": {"units": 1, "accepted": False}},
        "maybe": 0,
        "word": "w",
        "at": "2026-11-24T03:00:00Z",
        "took": "1.500s",
        "free": {"any": ["thing", 1.0, None, {"deep": True}]},
        "anything": {"@type": "type.googleapis.com/shop.Offer", "units": 4, "accepted": False},
        "wrapped": 0,
        "camel_case_name": "c",
    }  # fmt: skip

    assert await echo(sent) == {**EMPTY, **sent}


async def test_the_names_of_json_are_understood_too(echo):
    assert (await echo({"camelCaseName": "a", "offersByNumber": {}}))["camel_case_name"] == "a"


async def test_whole_numbers_may_be_texts_as_json_of_protobuf_writes_them(echo):
    assert (await echo({"int64": "9007199254740993", "uint32": 7.0}))["int64"] == 9007199254740993


async def test_numbers_that_are_none_are_texts(echo):
    found = await echo({"double": "Infinity", "float": "NaN"})

    assert (found["double"], found["float"]) == ("Infinity", "NaN")
    assert math.isclose((await echo({"float": 16777217}))["float"], 16777216)


async def test_an_enum_may_be_a_number_that_has_no_name(echo):
    assert (await echo({"condition": 9}))["condition"] == 9


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        ({"txet": "a"}, 'request.txet: probe.Everything has no such field; did you mean "text"?'),
        ({"stock": {"skuu": "a"}}, 'request.stock.skuu: shop.Stock has no such field; did you mean "sku"?'),
        ({"offers": [{}, {"unit": 1}]}, 'request.offers[1].unit: shop.Offer has no such field; did you mean "units"?'),
        ({"offers_by_number": {"1": {"x": 1}}}, "request.offers_by_number.1.x: shop.Offer has no such field"),
        ({"int32": "many"}, "request.int32 is a whole number (int32), here is text ('many')"),
        ({"int32": 2**31}, "request.int32 is a whole number (int32), here is a number (2147483648)"),
        ({"uint32": -1}, "request.uint32 is a whole number (uint32), here is a number (-1)"),
        ({"int64": 1.5}, "request.int64 is a whole number (int64), here is a number (1.5)"),
        ({"int64": True}, "request.int64 is a whole number (int64), here is true or false"),
        ({"text": 5}, "request.text is text, here is a number (5)"),
        ({"flag": "yes"}, "request.flag is true or false, here is text ('yes')"),
        ({"double": "much"}, "request.double is a number, here is text ('much')"),
        ({"data": "no base64!"}, "request.data is base64, here is text"),
        ({"condition": "NEWISH"}, "request.condition: shop.Condition has no 'NEWISH'; did you mean \"NEW\"?"),
        ({"stock": "lamp"}, "request.stock is a map of shop.Stock, here is text"),
        ({"numbers": 3}, "request.numbers is a list, here is a number"),
        ({"numbers": [1, "x"]}, "request.numbers[1] is a whole number (int64), here is text ('x')"),
        ({"numbers": [None]}, "request.numbers[0] is a whole number (int64), here is nothing"),
        ({"counts": [1]}, "request.counts is a map, here is a list"),
        ({"counts": {"a": "x"}}, "request.counts.a is a whole number (int64), here is text ('x')"),
        ({"at": "yesterday"}, "does not fit probe.Everything"),
        ({"offers_by_number": {"one": {}}}, "does not fit probe.Everything"),
        ({"word": "a", "offer": {}}, "does not fit probe.Everything"),
        (["a"], "request is a map of probe.Everything, here is a list"),
        ("a", "request is a map of probe.Everything, here is text"),
    ],
)
async def test_what_does_not_fit_is_told_by_its_path(misfit, request_, said):
    assert said in await misfit(request_)


async def test_all_misfits_are_told_at_once(misfit):
    message = await misfit({"text": 1, "flag": 2, "nothing_like_it": 3})

    assert all(name in message for name in ("request.text", "request.flag", "request.nothing_like_it"))


async def test_a_message_of_a_stream_is_named_by_its_number(fault_of):
    code, message = await fault_of("shop.Inventory", "Deliver", requests=[{"sku": "a"}, {"sku": 1}])

    assert code == "TM535"
    assert "requests[1].sku is text" in message


@pytest.mark.parametrize(
    ("method", "config", "said"),
    [
        ("Deliver", {"request": {}}, "takes a stream of shop.Delivery: give requests"),
        ("GetStock", {"requests": [{}]}, "takes one shop.StockRequest: give request"),
        ("GetStock", {"take": 1}, "leave take out"),
    ],
)
async def test_the_wrong_side_is_told(fault_of, method, config, said):
    code, message = await fault_of("shop.Inventory", method, **config)

    assert code == "TM536"
    assert said in message
