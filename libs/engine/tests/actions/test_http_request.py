import asyncio
import gzip
import socket
import zlib

import pytest
from aiohttp import web

from testmesh_engine.actions.http_request import hide_password
from testmesh_engine.http.bodies import MAX_BODY_BYTES, parse_body
from testmesh_engine.http.encodings import UnpackError, unpack


async def echo(request):
    body = await request.text()
    shown = {"method": request.method, "query": dict(request.query), "body": body, "headers": dict(request.headers)}
    response = web.json_response(shown, status=201)
    response.set_cookie("session", "s-1")
    return response


async def large(request):
    return web.Response(body=gzip.compress(b"0" * (MAX_BODY_BYTES + 1)), headers={"Content-Encoding": "gzip"})


async def not_json(request):
    return web.Response(text="{oops", content_type="application/json")


async def moved(request):
    raise web.HTTPFound("/echo")


async def hang_up(request):
    request.transport.close()
    return web.Response()


@pytest.fixture
async def server():
    app = web.Application()
    for path, view in (("/echo", echo), ("/large", large), ("/not-json", not_json), ("/moved", moved),
                       ("/hang-up", hang_up)):  # fmt: skip
        app.router.add_route("*", path, view)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"
    await runner.cleanup()


def asks(config, *assertions):
    written = "".join(f"      - '{assertion}'\n" for assertion in assertions)
    return f"name: a\nsteps:\n  - id: a\n    action: http_request\n    config: {config}\n" + (
        f"    assert:\n{written}" if written else ""
    )


async def test_a_request_is_sent_and_its_response_read(play, server):
    config = '{method: post, url: "${base}/echo?a=1", params: {b: [2, true]}, body: {n: 1.5, t: "${base}"}}'
    played = await play(
        asks(
            config,
            "status == 201",
            'headers["Content-Type"] startsWith "application/json"',
            'headers["content-type"] contains "json"',
            'body.method == "POST"',
            'body.query.a == "1"',
            "from_json(body.body).n == 1.5",
            'cookies.session == "s-1"',
            "timings.total > 0",
            'http_version == "1.1"',
            'request.method == "POST"',
            "size_bytes == len(text)",
        ),
        variables={"base": server},
    )

    assert [o.expression for o in played["a"].assertions if not o.holds] == []
    assert played.outcome.status == "passed"


async def test_who_asks_is_sent_and_hidden_from_records(play, server):
    auth = "{basic: {username: ann, password: hunter22}}"
    config = '{method: GET, url: "${base}/echo", cookies: {c: cookie-77}, auth: ' + auth + "}"
    played = await play(asks(config, 'body.headers.Authorization startsWith "Basic "'), variables={"base": server})
    event = played["a"]

    assert event.status == "passed"
    assert event.input["auth"] == {"basic": {"username": "ann", "password": "***"}}
    assert event.output["request"]["headers"]["Authorization"] == "***"


async def test_a_key_in_the_query_is_hidden_in_every_url(play, server):
    auth = "{api_key: {name: key, value: q-key-77, in: query}}"
    played = await play(asks('{method: GET, url: "${base}/moved", auth: ' + auth + "}"), variables={"base": server})
    event = played["a"]

    assert event.input["auth"] == {"api_key": {"name": "key", "value": "***", "in": "query"}}
    assert "q-key-77" not in event.output["url"] + event.output["request"]["url"]


async def test_a_key_in_the_query_is_sent_whole_and_its_place_is_shown(play, server):
    auth = "{api_key: {name: key, value: q-key-77, in: query}}"
    played = await play(
        asks('{method: GET, url: "${base}/echo", auth: ' + auth + "}", 'body.query.key == "q-key-77"'),
        variables={"base": server},
    )

    assert played.outcome.status == "passed"
    assert played["a"].output["url"] == played["a"].output["request"]["url"] == f"{server}/echo?key=***"


async def test_a_password_in_the_url_is_sent_and_hidden_from_records(play, server):
    url = server.replace("://", "://bob:hunter22@") + "/echo?at=a@b:c"
    played = await play(asks(f"{{method: GET, url: '{url}'}}", 'body.headers.Authorization startsWith "Basic "'))
    event = played["a"]

    assert event.status == "passed"
    assert event.input["url"] == url.replace("hunter22", "***")
    assert "hunter22" not in event.output["url"] + event.output["request"]["url"]


@pytest.mark.parametrize(
    "url",
    [
        "ftp://bob:hunter22@h/x",
        "http://bob:hunter22@h:99999/",
        "http://bob:hun/hunter22@h/",
        "http://bob:hunter22@@h:x/",
        "http://bob:hunter22@",
        "http://bob:hunter22@127.0.0.1:1/x?key=hunter22",
    ],
)
async def test_no_error_tells_the_password_of_a_url(play, url):
    played = await play(asks(f"{{method: GET, url: '{url}', timeout: 5s}}"))

    assert played["a"].status == "error"
    assert "hunter22" not in played["a"].error_message
    assert "hunter22" not in played["a"].input["url"].partition("?")[0]


@pytest.mark.parametrize(
    "url", ["http://h:80/a@b:c", "http://bob@h/x", "http://[::1]:80/a@b", "/a:b@c", "http://h?a:b@c", "http://h:80"]
)
def test_a_url_without_a_password_is_shown_as_it_is(url):
    assert hide_password(url) == url


@pytest.mark.parametrize(
    ("auth", "shown"),
    [
        ("{basic: {username: 'ann', pasword: 'hunter22'}}", {"basic": {"username": "ann", "pasword": "***"}}),
        ("{basic: {username: {a: 'hunter22'}, password: 1}}", {"basic": {"username": "***", "password": "***"}}),
        ("{username: 'ann', password: 'hunter22'}", {"username": "***", "password": "***"}),
        ("{basic: ['hunter22']}", {"basic": "***"}),
        ("{api_key: 'hunter22'}", {"api_key": "***"}),
        ("'hunter22'", "***"),
        ("['hunter22']", "***"),
    ],
)
async def test_auth_that_is_mistaken_is_hidden_in_the_record_and_in_the_error(play, auth, shown):
    played = await play(asks(f'{{method: GET, url: "http://h/", auth: "${{{auth}}}"}}'))
    event = played["a"]

    assert (event.status, event.error_code) == ("error", "TM413")
    assert event.input["auth"] == shown
    assert "hunter22" not in event.error_message


async def test_auth_of_the_wrong_kind_is_told_by_its_kind(play):
    played = await play(asks('{method: GET, url: "http://h/", auth: "${{bearer: 12345678}}"}'))

    assert '"auth.bearer" is text, here is a' in played["a"].error_message
    assert "put it in quotes" in played["a"].error_message
    assert "12345678" not in played["a"].error_message


async def test_a_status_is_data_and_redirects_can_be_looked_at(play, server):
    followed = await play(asks('{method: GET, url: "${base}/moved"}', "status == 201"), variables={"base": server})
    seen = await play(
        asks('{method: GET, url: "${base}/moved", follow_redirects: false}', "status == 302"),
        variables={"base": server},
    )

    assert followed.outcome.status == seen.outcome.status == "passed"


async def test_a_form_is_sent_as_one(play, server):
    played = await play(
        asks('{method: POST, url: "${base}/echo", form: {a: "1 2"}}', 'body.body == "a=1+2"'),
        variables={"base": server},
    )

    assert played.outcome.status == "passed"


async def test_json_that_is_none_is_given_as_it_came(play, server):
    played = await play(asks('{method: GET, url: "${base}/not-json"}', 'body == "{oops"'), variables={"base": server})

    assert played.outcome.status == "passed"


async def test_a_response_that_unpacks_past_the_limit_is_an_error(play, server):
    played = await play(asks('{method: GET, url: "${base}/large"}'), variables={"base": server})

    assert (played["a"].status, played["a"].error_code) == ("error", "TM434")


async def test_a_refused_connection_says_where_and_what_to_do(play):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    played = await play(asks(f"{{method: GET, url: 'http://127.0.0.1:{port}/x'}}"))

    assert (played["a"].status, played["a"].error_code) == ("error", "TM430")
    assert f"GET http://127.0.0.1:{port}/x: connection refused" in played["a"].error_message


@pytest.mark.parametrize(
    ("config", "code"),
    [
        ("{method: GET, url: 'http://no-such-host.invalid/'}", "TM431"),
        ("{method: GET, url: 'ftp://x/'}", "TM436"),
        ("{method: GET, url: '/relative'}", "TM436"),
        ("{method: GET, url: 'http://x:99999/'}", "TM436"),
        ('{method: GET, url: "${base}/hang-up"}', "TM435"),
        ('{method: GET, url: "${https}/echo"}', "TM432"),
        ('{method: GET, url: "${base}/echo", headers: {a: "x\\r\\ny: z"}}', "TM439"),
    ],
)
async def test_a_request_without_a_response_is_an_error_with_its_reason(play, server, config, code):
    played = await play(asks(config), variables={"base": server, "https": server.replace("http:", "https:")})

    assert (played["a"].status, played["a"].error_code) == ("error", code), played["a"].error_message


async def test_a_server_that_does_not_answer_is_a_timeout_that_says_what_was_asked(play):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/slow"
        by_config = await play(asks(f"{{method: GET, url: '{url}', timeout: 50ms}}"))
        by_step = await play(asks(f"{{method: GET, url: '{url}'}}") + "    timeout: 50ms\n")

    assert by_config["a"].error_code == "TM433"
    assert by_step["a"].error_code == "TM410"
    assert f"GET {url}" in by_step["a"].error_message


PACKED = gzip.compress(b"line\n" * 3000 + b"ERROR at the end")


@pytest.mark.parametrize(
    ("encoding", "data"),
    [
        pytest.param("gzip", PACKED[: len(PACKED) // 2], id="gzip, the first half"),
        pytest.param("gzip", PACKED[:-8], id="gzip without its checksum"),
        pytest.param("gzip", PACKED + PACKED[:-8], id="a second gzip member without its checksum"),
        pytest.param("gzip", gzip.compress(b"a") * 200, id="200 gzip members"),
        pytest.param("gzip", b"no gzip", id="no gzip"),
        pytest.param("deflate", zlib.compress(b"line\n" * 3000)[:-6], id="deflate without its end"),
        pytest.param("br", b"abc", id="an encoding that is not known"),
    ],
)
def test_a_packed_body_that_is_not_whole_is_refused(encoding, data):
    with pytest.raises(UnpackError):
        unpack(data, [encoding], 10**6)


@pytest.mark.parametrize(
    ("encodings", "data"),
    [
        pytest.param(["gzip"], gzip.compress(b"ab") + gzip.compress(b"c") + b"\0\0", id="two gzip members, padded"),
        pytest.param(["deflate"], zlib.compress(b"abc"), id="deflate with its zlib frame"),
        pytest.param(["deflate"], zlib.compress(b"abc")[2:-4], id="deflate without its zlib frame"),
        pytest.param(["deflate", "x-gzip"], gzip.compress(zlib.compress(b"abc")), id="deflate, then gzip"),
        pytest.param(["identity"], b"abc", id="identity"),
        pytest.param([""], b"abc", id="no encoding named"),
    ],
)
def test_a_packed_body_is_unpacked_whole(encodings, data):
    assert unpack(data, encodings, 30) == b"abc"


async def test_a_response_whose_packed_body_breaks_off_is_an_error(play):
    async def broken(request):
        return web.Response(body=PACKED[:-30], headers={"Content-Encoding": "gzip", "Content-Type": "text/plain"})

    app = web.Application()
    app.router.add_get("/", broken)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]
    played = await play(asks(f"{{method: GET, url: 'http://127.0.0.1:{port}/'}}", 'not (text contains "ERROR")'))
    await runner.cleanup()

    assert (played.outcome.status, played.outcome.error_code) == ("error", "TM438")


@pytest.mark.parametrize("charset", ["punycode", "idna", "undefined", "unicode_escape", "no-such"])
def test_a_codec_that_is_no_character_set_is_not_used(charset):
    assert parse_body(b"abc\\q", "text/plain", charset) == ("abc\\q", "abc\\q")


def test_json_behind_a_byte_order_mark_is_read():
    assert parse_body(b'\xef\xbb\xbf{"a": 1}', "application/json", None)[0] == {"a": 1}


async def test_the_head_of_a_large_file_can_be_looked_at(play):
    async def answer(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 99999999\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    played = await play(asks(f"{{method: HEAD, url: 'http://127.0.0.1:{port}/'}}", "status == 200", "body == nil"))
    server.close()

    assert played.outcome.status == "passed"


async def test_https_to_a_server_of_plain_http_asks_whether_it_speaks_plain_http(play, server):
    played = await play(asks(f"{{method: GET, url: {server.replace('http:', 'https:')}/echo}}"))

    assert "does it speak plain http?" in played["a"].error_message
    assert "ssl:" not in played["a"].error_message
