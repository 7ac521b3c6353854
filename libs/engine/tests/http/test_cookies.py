import pytest
from aiohttp import web


async def sign_in(request):
    response = web.json_response({"seen": dict(request.cookies)})
    response.headers.add("Set-Cookie", f"session={request.query['as']}; Path=/; HttpOnly")
    response.headers.add("Set-Cookie", "raw=a:b=c/d; Path=/inner")
    response.headers.add("Set-Cookie", "old=1; Max-Age=0")
    response.headers.add("Set-Cookie", "safe=1; Secure")
    return response


async def seen(request):
    return web.json_response(request.headers.get("Cookie", ""))


VIEWS = {"/in": sign_in, "/": seen, "/inner/page": seen}


async def test_cookies_are_kept_over_the_steps_and_sent_where_they_belong(serve, passes):
    base = await serve(VIEWS)

    await passes(
        ({"url": f"{base}/in?as=ann"}, 'cookies.session == "ann"', 'cookies.raw == "a:b=c/d"'),
        ({"url": base}, 'body == "session=ann"'),
        ({"url": f"{base}/inner/page"}, 'body contains "raw=a:b=c/d"', 'body contains "session=ann"'),
        ({"url": base.replace("127.0.0.1", "localhost")}, 'body == ""'),
        ({"url": base, "cookies": {"session": "bob", "b": "1"}}, 'body == "session=bob; b=1"'),
        ({"url": base, "headers": {"Cookie": "session=eve"}, "cookies": {"b": "1"}}, 'body == "session=eve; b=1"'),
        ({"url": base}, 'body == "session=ann"'),
    )


async def test_without_cookies_none_are_sent_and_none_are_kept(serve, passes):
    base = await serve(VIEWS)

    await passes(
        ({"url": f"{base}/in?as=ann"}, "status == 200"),
        ({"url": base, "cookies": False}, 'body == ""'),
        ({"url": f"{base}/in?as=bob", "cookies": False}, 'cookies.session == "bob"', "body.seen == {}"),
        ({"url": base}, 'body == "session=ann"'),
    )


async def test_cookies_of_one_execution_do_not_reach_another(serve, passes):
    base = await serve(VIEWS)

    await passes({"url": f"{base}/in?as=ann"}, ({"url": base}, 'body == "session=ann"'))
    await passes(({"url": base}, 'body == ""'))


async def test_a_row_of_data_begins_without_the_cookies_of_the_one_before(serve, asks):
    base = await serve(VIEWS)

    played = await asks(
        ({"url": base}, 'body == ""'),
        ({"url": f"{base}/in?as=${{who}}"}, "status == 200"),
        ({"url": base}, 'body == "session=" + who'),
        data=[{"who": "ann"}, {"who": "bob"}],
    )

    assert played.outcome.status == "passed", played.outcome


@pytest.mark.parametrize("value", ["a;b", "a\r\nX: y"])
async def test_a_value_that_would_be_more_than_a_cookie_is_refused(serve, fault_of, value):
    base = await serve(VIEWS)

    code, message = await fault_of({"url": base, "cookies": {"c": value}})

    assert code == "TM439"
    assert "the cookie 'c' cannot be sent" in message
