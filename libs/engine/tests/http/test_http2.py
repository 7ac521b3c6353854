import asyncio
import base64
import gzip
import json
import socket

import pytest
from aiohttp import web
from hypercorn.asyncio import serve as serve_asgi
from hypercorn.config import Config


async def application(scope, receive, send):
    """Say what was asked; pack it, and send elsewhere, where the path says so."""
    if scope["type"] != "http":
        return
    body = b""
    while (message := await receive())["type"] == "http.request":
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    headers = [(name.decode(), value.decode()) for name, value in scope["headers"]]
    shown = {"version": scope["http_version"], "headers": dict(headers), "body": base64.b64encode(body).decode()}
    data, said = json.dumps(shown | {"method": scope["method"]}).encode(), [(b"content-type", b"application/json")]
    if scope["path"] == "/packed":
        data, said = gzip.compress(b"0" * 100), [(b"content-encoding", b"gzip"), (b"content-type", b"text/plain")]
    elif scope["path"] == "/large":
        data, said = gzip.compress(b"0" * (17 * 1024 * 1024)), [(b"content-encoding", b"gzip")]
    elif scope["path"] == "/moved":
        said = [(b"location", scope["query_string"]), (b"set-cookie", b"after=1")]
    elif scope["path"] == "/picture":
        data, said = b"\x89PNG\xff", [(b"content-type", b"image/png")]
    elif scope["path"] == "/hangs":
        await asyncio.sleep(60)
    status = 302 if scope["path"] == "/moved" else 200
    await send({"type": "http.response.start", "status": status, "headers": said})
    await send({"type": "http.response.body", "body": data})


@pytest.fixture
async def serve2(authority, tmp_path):
    """Serve the application over HTTP/2, with TLS or without; return the address."""
    stop, servers = asyncio.Event(), []

    async def start(secure):
        listener = socket.create_server(("127.0.0.1", 0))
        config = Config()
        config.bind = [f"fd://{listener.detach()}"]
        config.errorlog, config.graceful_timeout = None, 0.1
        port = socket.socket(fileno=int(config.bind[0][5:]))
        number = port.getsockname()[1]
        port.detach()
        if secure:
            issued = authority.ca.issue_cert("127.0.0.1", "localhost")
            chain = b"".join(blob.bytes() for blob in issued.cert_chain_pems)
            (tmp_path / "cert.pem").write_bytes(chain)
            (tmp_path / "key.pem").write_bytes(issued.private_key_pem.bytes())
            config.certfile, config.keyfile = str(tmp_path / "cert.pem"), str(tmp_path / "key.pem")
        servers.append(asyncio.create_task(serve_asgi(application, config, shutdown_trigger=stop.wait)))
        await asyncio.sleep(0)
        return f"{'https' if secure else 'http'}://127.0.0.1:{number}"

    yield start
    stop.set()
    await asyncio.wait(servers, timeout=5)


@pytest.mark.parametrize("secure", [True, False])
async def test_a_server_of_http2_is_spoken_to_in_it(serve2, passes, authority, secure):
    base = await serve2(secure)
    config = {"url": f"{base}/a?b=%20c", "http2": True} | ({"ca_cert": authority.pem} if secure else {})

    played = await passes(
        (
            config | {"method": "POST", "body": {"n": 1}, "headers": {"X-Mine": "Ä".encode().hex()}},
            'http_version == "2"',
            'body.version == "2"',
            'body.method == "POST"',
            'body.headers["content-type"] == "application/json"',
            f"from_base64(body.body) == '{json.dumps({'n': 1})}'",
            'headers["Content-Type"] == "application/json"',
            "timings.connect > 0",
            f"(timings.tls > 0) == {str(secure).lower()}",
            'request.headers["user-agent"] == "testmesh"',
        ),
        (config, "timings.connect == 0", "timings.tls == 0"),
    )

    assert played["s0"].output["request"]["headers"]["user-agent"] == "testmesh"


async def test_a_server_without_http2_is_spoken_to_in_what_it_knows(serve, passes, authority):
    async def hello(request):
        return web.Response(text="hello")

    base = await serve({"/": hello}, authority.server())

    await passes(({"url": base, "http2": True, "ca_cert": authority.pem}, 'http_version == "1.1"', 'body == "hello"'))


async def test_redirects_cookies_files_and_packed_bodies_are_as_ever(serve2, passes, authority):
    base = await serve2(True)
    config = {"http2": True, "ca_cert": authority.pem}
    files = {"f": {"text": "in the file"}}

    await passes(
        (config | {"url": f"{base}/moved?/seen"}, 'body.headers.cookie == "after=1"', "redirects[0].status == 302"),
        (config | {"url": f"{base}/packed"}, f'body == "{"0" * 100}"'),
        (config | {"url": f"{base}/picture"}, 'body.content_type == "image/png"', "body.size_bytes == 5"),
        (config | {"url": base, "method": "POST", "files": files}, 'from_base64(body.body) contains "in the file"'),
    )


async def test_what_goes_wrong_is_told_as_ever(serve, serve2, fault_of, authority):
    base = await serve2(True)
    trusted = {"http2": True, "ca_cert": authority.pem}

    async def plain(request):
        return web.Response(text="x")

    only_one = await serve({"/": plain})
    cases = [
        ({"url": base, "http2": True}, "TM432", "TLS failed"),
        (trusted | {"url": f"{base}/large"}, "TM434", "are read at most"),
        (trusted | {"url": "https://127.0.0.1:1/"}, "TM430", "nothing listens on 127.0.0.1:1"),
        (trusted | {"url": "https://no-such-host.invalid/"}, "TM431", "has no address"),
        ({"url": only_one, "http2": True}, "TM470", "does the server know it?"),
        (trusted | {"url": only_one.replace("http:", "https:")}, "TM432", "does it speak plain http?"),
        (trusted | {"url": f"{base}/hangs", "timeout": "50ms"}, "TM433", "waiting for the response to begin"),
    ]
    for config, code, words in cases:
        found, message = await fault_of(config)
        assert (found, words in message) == (code, True), message
        assert message.startswith("GET http"), message
