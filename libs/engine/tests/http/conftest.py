"""Targets of the tests: applications on loopback, with and without TLS, and flows of requests to them."""

import json
import ssl
from types import SimpleNamespace

import pytest
import trustme
from aiohttp import web


@pytest.fixture
async def serve():
    """Serve views by their paths; return the address. With a context, over TLS."""
    runners = []

    async def start(views, tls=None, **options):
        app = web.Application(client_max_size=10**9)
        for path, view in views.items():
            app.router.add_route("*", path, view)
        runner = web.AppRunner(app, **options)
        runners.append(runner)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
        await site.start()
        scheme = "http" if tls is None else "https"
        return f"{scheme}://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"

    yield start
    for runner in runners:
        await runner.cleanup()


@pytest.fixture(scope="session")
def authority():
    """Who issues certificates to servers and clients, and who is trusted with it."""
    ca = trustme.CA()

    def server(*names, client_ca=None, **options):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        ca.issue_cert(*(names or ("127.0.0.1", "localhost")), **options).configure_cert(context)
        if client_ca is not None:
            client_ca.configure_trust(context)
            context.verify_mode = ssl.CERT_REQUIRED
        return context

    def client(name="ann@example.org"):
        issued = ca.issue_cert(name)
        chain = "".join(blob.bytes().decode() for blob in issued.cert_chain_pems)
        return SimpleNamespace(cert=chain, key=issued.private_key_pem.bytes().decode())

    return SimpleNamespace(ca=ca, pem=ca.cert_pem.bytes().decode(), server=server, client=client)


def flow(steps, **more):
    """Return a flow of requests: each a config, or a config and its assertions."""
    written = []
    for number, step in enumerate(steps):
        config, *assertions = step if isinstance(step, tuple) else (step,)
        said = {"id": f"s{number}", "action": "http_request", "config": {"method": "GET", **config}}
        written.append(said | ({"assert": assertions} if assertions else {}))
    return json.dumps({"name": "a", "steps": written, **more})


@pytest.fixture
def asks(play):
    """Play requests one after another; return what was played."""

    async def carry_out(*steps, env=None, data=None, **given):
        more = {name: value for name, value in (("env", env), ("data", data)) if value is not None}
        return await play(flow(steps, **more), **given)

    return carry_out


@pytest.fixture
def passes(asks):
    async def carry_out(*steps, **given):
        played = await asks(*steps, **given)
        assert played.outcome.status == "passed", [
            (event.step_id, event.error_message, event.output, event.assertions)
            for event in played.events
            if getattr(event, "error_message", None)
        ]
        return played

    return carry_out


@pytest.fixture
def fault_of(asks):
    """Play requests, of which the last must not be carried out; return its code and message."""

    async def carry_out(*steps, **given):
        played = await asks(*steps, **given)
        last = played[f"s{len(steps) - 1}"]
        assert last.status == "error", (last.status, last.output)
        return last.error_code, last.error_message

    return carry_out
