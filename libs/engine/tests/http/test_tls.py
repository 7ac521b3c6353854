import asyncio
import contextlib
import datetime as dt
import socket
import ssl
import threading

import pytest
import trustme
import uvloop
from aiohttp import web

from testmesh_engine.executor.sources import NoSources, SourceError


async def hello(request):
    peer = request.transport.get_extra_info("peercert") or {}
    return web.json_response({"names": [value for _, value in peer.get("subjectAltName", ())]})


async def moved(request):
    raise web.HTTPFound(request.query["to"])


VIEWS = {"/": hello, "/moved": moved}


class Folder(NoSources):
    def __init__(self, files):
        self.files = files

    async def file(self, path, owner):
        try:
            return self.files[path]
        except KeyError as error:
            raise SourceError(f'the file "{path}" is not there') from error


async def test_an_authority_of_ones_own_is_trusted(serve, passes, authority):
    base = await serve(VIEWS, authority.server())

    played = await passes(
        ({"url": base, "ca_cert": authority.pem}, "timings.tls > 0", "timings.connect > 0"),
        ({"url": base, "ca_cert": "ca.pem"}, "timings.tls == 0", "timings.connect == 0"),
        sources=Folder({"ca.pem": authority.pem.encode()}),
    )

    timings = played["s0"].output["timings"]
    assert timings["dns"] + timings["connect"] + timings["tls"] < timings["first_byte"] <= timings["total"]


async def test_a_certificate_that_cannot_be_trusted_can_be_passed_over(serve, passes, authority):
    base = await serve(VIEWS, authority.server())

    await passes(({"url": base, "verify_tls": False}, "status == 200", "timings.tls > 0"))


async def test_a_redirect_to_https_is_made_with_the_same_trust(serve, passes, authority):
    plain, base = await serve(VIEWS), await serve(VIEWS, authority.server())

    await passes(({"url": f"{plain}/moved?to={base}", "ca_cert": authority.pem}, "status == 200", "timings.tls > 0"))


@pytest.mark.parametrize("loop", [asyncio.SelectorEventLoop, uvloop.new_event_loop], ids=["selector", "uvloop"])
def test_a_handshake_is_measured_apart_from_the_connection_in_every_loop(loop, authority, tmp_path):
    async def scenario():
        from testmesh_engine.actions.http_request import HttpRequestConfig
        from testmesh_engine.http.exchange import exchange
        from testmesh_sdk import ActionContext, Resources

        runner = web.AppRunner(web.Application())
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=authority.server())
        await site.start()
        port = site._server.sockets[0].getsockname()[1]
        pool = Resources()
        context = ActionContext("e", "f", "s", "s", 1, None, {}, pool, Resources(), print, print)
        config = {"method": "GET", "url": f"https://localhost:{port}/", "ca_cert": authority.pem}
        found = [
            await exchange(HttpRequestConfig.model_validate(config | {"http2": two}), context) for two in (False, True)
        ]
        await pool.close()
        await runner.cleanup()
        return found

    with asyncio.Runner(loop_factory=loop) as runner:
        one, two = runner.run(scenario())

    for timings in (one.timings, two.timings):
        assert min(timings.connect, timings.tls) > 0
        assert timings.connect + timings.tls + timings.dns < timings.first_byte
    assert one.timings.dns > 0


@pytest.mark.parametrize("ways", ["inline", "one text", "files", "absolute"])
async def test_a_server_that_wants_to_know_who_connects_is_shown_it(serve, passes, authority, tmp_path, ways):
    base, me = await serve(VIEWS, authority.server(client_ca=authority.ca)), authority.client()
    files = {"me.pem": me.cert.encode(), "me.key": me.key.encode()}
    (tmp_path / "me.pem").write_text(me.cert + me.key)
    given = {
        "inline": {"cert": me.cert, "key": me.key},
        "one text": {"cert": me.cert + me.key},
        "files": {"cert": "me.pem", "key": "me.key"},
        "absolute": {"cert": str(tmp_path / "me.pem")},
    }[ways]

    played = await passes(
        ({"url": base, "ca_cert": authority.pem, "client_cert": given}, 'body.names == ["ann@example.org"]'),
        sources=Folder(files),
    )

    assert "PRIVATE KEY" not in str(played["s0"].input)


async def test_a_connection_with_a_certificate_is_not_lent_to_who_has_none(serve, passes, authority):
    context = authority.server(client_ca=authority.ca)
    context.verify_mode = ssl.CERT_OPTIONAL
    base, me = await serve(VIEWS, context), authority.client()
    config = {"url": base, "ca_cert": authority.pem}

    await passes(
        (config | {"client_cert": {"cert": me.cert, "key": me.key}}, "len(body.names) == 1"),
        (config, "body.names == []"),
    )


async def test_on_a_server_certificates_are_written_out_and_no_file_is_opened(serve, fault_of, passes, authority):
    base, me = await serve(VIEWS, authority.server(client_ca=authority.ca)), authority.client()
    config = {"url": base, "ca_cert": authority.pem}

    await passes(
        config | {"client_cert": {"cert": me.cert, "key": "${secrets.key}"}}, local_files=False, secrets={"key": me.key}
    )
    for given in ({"client_cert": {"cert": "me.pem"}}, {"ca_cert": "/etc/hostname"}):
        code, message = await fault_of(config | given, local_files=False, on_server=True)
        assert code == "TM465"
        assert "put the PEM text into a secret" in message


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"ca_cert": "-----BEGIN nothing"}, "ca_cert holds no certificate in PEM"),
        ({"ca_cert": "no.pem"}, 'the file "no.pem" is not there'),
        ({"ca_cert": "/no/such.pem"}, "ca_cert: the file '/no/such.pem' cannot be read: No such file"),
        ({"ca_cert": "bin.pem"}, "'bin.pem' is no PEM file"),
        ({"client_cert": {"cert": "-----BEGIN nothing"}}, "cert and key have to be PEM and belong together"),
    ],
)
async def test_what_is_no_certificate_is_told_before_anything_is_sent(fault_of, given, words):
    sources = Folder({"bin.pem": b"\xff\x00"})

    code, message = await fault_of({"url": "https://127.0.0.1:1/", **given}, sources=sources)

    assert code in ("TM464", "TM456")
    assert words in message


async def test_a_key_of_another_certificate_is_told(fault_of, authority):
    me, you = authority.client(), authority.client("bob@example.org")

    given = {"cert": me.cert, "key": you.key}
    code, message = await fault_of({"url": "https://127.0.0.1:1/", "client_cert": given})

    assert code == "TM464"
    assert "key values mismatch" in message
    assert "PRIVATE" not in message


async def test_an_unknown_issuer_is_told_with_what_to_name(serve, fault_of, authority):
    base = await serve(VIEWS, authority.server())

    code, message = await fault_of({"url": base})

    assert code == "TM432"
    assert "name the issuer's certificate as ca_cert" in message or "name its certificate as ca_cert" in message


async def test_a_certificate_of_another_name_is_told(serve, fault_of, authority):
    base = await serve(VIEWS, authority.server("shop.example"))

    code, message = await fault_of({"url": base, "ca_cert": authority.pem})

    assert code == "TM432"
    assert "certificate is not valid for '127.0.0.1'" in message
    assert "ask the server by a name that is in its certificate" in message


async def test_a_certificate_that_has_expired_is_told(serve, fault_of, authority):
    past = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    base = await serve(VIEWS, authority.server(not_before=past, not_after=past + dt.timedelta(days=1)))

    code, message = await fault_of({"url": base, "ca_cert": authority.pem})

    assert code == "TM432"
    assert "certificate has expired: renew the certificate of the server" in message


@pytest.fixture
def strict_server(authority):
    """A server that says why it refuses, as OpenSSL does and asyncio does not; its address."""
    context = authority.server(client_ca=authority.ca)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False) as tls:
                with contextlib.suppress(OSError):
                    tls.do_handshake()
                # closed with something unread, the connection would be reset, and what was said lost
                socket.socket.shutdown(tls, socket.SHUT_WR)
                while socket.socket.recv(tls, 4096):
                    pass

    thread = threading.Thread(target=serve)
    thread.start()
    yield f"https://127.0.0.1:{listener.getsockname()[1]}"
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()


def of_another_authority():
    issued = trustme.CA().issue_cert("eve@example.org")
    chain = "".join(blob.bytes().decode() for blob in issued.cert_chain_pems)
    return {"client_cert": {"cert": chain, "key": issued.private_key_pem.bytes().decode()}}


@pytest.mark.parametrize("http2", [False, True])
@pytest.mark.parametrize("shown", [False, True])
async def test_a_client_certificate_that_is_missing_or_not_liked_is_told(
    strict_server, fault_of, authority, shown, http2
):
    config = {"url": strict_server, "http2": http2, "ca_cert": authority.pem}

    code, message = await fault_of(config | (of_another_authority() if shown else {}))

    assert code == "TM466", message
    assert ("does not accept the certificate of client_cert" if shown else "set client_cert") in message


@pytest.mark.parametrize("http2", [False, True])
@pytest.mark.parametrize("shown", [False, True])
async def test_a_server_that_hangs_up_without_a_word_is_told_with_what_it_may_want(
    serve, fault_of, authority, shown, http2
):
    base = await serve(VIEWS, authority.server(client_ca=authority.ca))
    config = {"url": base, "http2": http2, "ca_cert": authority.pem}

    code, message = await fault_of(config | (of_another_authority() if shown else {}))

    assert code in ("TM435", "TM470"), message
    assert ("does it accept the certificate of client_cert?" if shown else "set client_cert") in message
