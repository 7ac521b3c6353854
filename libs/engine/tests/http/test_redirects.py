import pytest
from aiohttp import web

GIVEN = {"Authorization": "Bearer t-77", "X-Api-Key": "k-77", "Cookie": "c=1", "X-Mine": "m"}


async def moved(request):
    status = int(request.query.get("status", "302"))
    return web.Response(status=status, headers={"Location": request.query["to"]}, text="elsewhere")


async def shown(request):
    body = await request.text()
    response = web.json_response({"method": request.method, "headers": dict(request.headers), "body": body})
    response.set_cookie("after", "1")
    return response


async def counting(request):
    number = int(request.query.get("n", "0"))
    raise web.HTTPFound(f"/count?n={number + 1}")


async def setting(request):
    response = web.Response(status=302, headers={"Location": "/shown"})
    response.set_cookie("first", "1")
    return response


VIEWS = {"/moved": moved, "/shown": shown, "/count": counting, "/setting": setting}


async def test_every_hop_is_recorded(serve, passes):
    base = await serve(VIEWS)

    played = await passes(
        (
            {"url": f"{base}/moved", "params": {"to": "/moved?to=/shown&status=307"}},
            "status == 200",
            "count(redirects, {true}) == 2",
            'redirects[0].status == 302 and redirects[1].location == "/shown"',
        )
    )

    hops, output = played["s0"].output["redirects"], played["s0"].output
    assert [hop["method"] for hop in hops] == ["GET", "GET"]
    assert hops[1]["url"] == f"{base}/moved?to=/shown&status=307"
    assert output["url"] == f"{base}/shown"


@pytest.mark.parametrize(
    ("method", "status", "then", "body"),
    [
        ("POST", 301, "GET", ""),
        ("POST", 302, "GET", ""),
        ("PUT", 303, "GET", ""),
        ("PUT", 302, "PUT", "data"),
        ("POST", 307, "POST", "data"),
        ("POST", 308, "POST", "data"),
    ],
)
async def test_the_method_changes_as_the_status_says(serve, passes, method, status, then, body):
    base = await serve(VIEWS)
    config = {"method": method, "url": f"{base}/moved?to=/shown&status={status}", "body": "data"}

    played = await passes((config, f'body.method == "{then}"', f'body.body == "{body}"'))

    assert ("Content-Type" in played["s0"].output["body"]["headers"]) is bool(body)


async def test_credentials_stay_with_the_host_that_they_are_for(serve, passes):
    base, other = await serve(VIEWS), await serve(VIEWS)
    config = {"headers": GIVEN, "cookies": {"own": "2"}}

    played = await passes(
        {"url": f"{base}/moved?to={base}/shown", **config},
        {"url": f"{base}/moved?to={other}/shown", **config},
        # back again, and still not told: it is another host that says where
        {"url": f"{base}/moved", "params": {"to": f"{other}/moved?to={base}/shown"}, **config},
        {"url": f"{base}/moved?to={other}/shown", "auth": {"api_key": {"name": "X-Own", "value": "k-88"}}},
    )
    seen = [played[f"s{number}"].output["body"]["headers"] for number in range(4)]

    assert {name.lower(): value for name, value in seen[0].items()}["cookie"] == "c=1; own=2"
    assert seen[0]["Authorization"] == "Bearer t-77"
    for headers in seen[1:]:
        told = str(headers)
        assert "t-77" not in told
        assert "k-77" not in told
        assert "k-88" not in told
        assert "own=2" not in told
    assert seen[1]["X-Mine"] == "m"


async def test_a_password_in_the_address_stays_with_its_host(serve, passes):
    base, other = await serve(VIEWS), await serve(VIEWS)
    known = base.replace("://", "://ann:pw-77@")

    played = await passes({"url": f"{known}/moved?to=/shown"}, {"url": f"{known}/moved?to={other}/shown"})

    assert "Authorization" in played["s0"].output["body"]["headers"]
    assert "Authorization" not in played["s1"].output["body"]["headers"]


async def test_a_cookie_that_a_redirect_sets_is_sent_with_the_next_request(serve, passes):
    base = await serve(VIEWS)

    await passes(({"url": f"{base}/setting"}, 'body.headers.Cookie == "first=1"', 'cookies.after == "1"'))


async def test_a_redirect_without_an_end_is_an_error_that_shows_where_it_leads(serve, fault_of):
    base = await serve(VIEWS)

    code, message = await fault_of({"url": f"{base}/count"})

    assert code == "TM437"
    assert "redirected more than 10 times, at last to /count?n=9, /count?n=10, /count?n=11" in message


@pytest.mark.parametrize("to", ["ftp://h/x", "http://[", "javascript:alert(1)", "http://u:secret77@["])
async def test_a_redirect_to_what_is_no_address_is_an_error(serve, fault_of, to):
    base = await serve(VIEWS)

    code, message = await fault_of({"url": f"{base}/moved", "params": {"to": to}})

    assert code == "TM472"
    assert "redirected to" in message
    assert "secret77" not in message


async def test_a_redirect_to_where_nobody_listens_says_what_was_asked_there(serve, fault_of):
    base = await serve(VIEWS)

    code, message = await fault_of({"url": f"{base}/moved?to=http://127.0.0.1:1/x"})

    assert code == "TM430"
    assert message.startswith(f"GET {base}/moved, redirected to GET http://127.0.0.1:1/x: connection refused")


async def test_a_redirect_without_an_address_is_an_answer(serve, passes):
    async def nowhere(request):
        return web.Response(status=302, text="nowhere")

    base = await serve({"/": nowhere})

    await passes(({"url": base}, "status == 302", 'body == "nowhere"', "redirects == []"))
