"""A small site on loopback, one browser for a module's tests, and what plays steps on it."""

import asyncio
import json
import os
import shutil

import pytest
import pytest_asyncio
from aiohttp import web

from testmesh_engine.browser.finding import NAMES
from testmesh_sdk import Resources

HOME = """<!doctype html><title>Lamp shop</title>
<h1 id="total">Total 5</h1>
<form onsubmit="event.preventDefault(); document.querySelector('h1').textContent = 'Hello ' + email.value">
  <label>Email <input id="email" name="email" placeholder="you@example.com"></label>
  <label>Password <input type="password" id="password"></label>
  <label>Size <select id="size"><option value="s">Small</option><option value="l">Large</option></select></label>
  <label><input type="checkbox" id="terms"> Terms</label>
  <button>Save order</button> <button type="button" disabled>Pay now</button>
</form>
<ul><li class="item">Lamp</li><li class="item">Mug</li></ul>
<p data-testid="note" hidden>a note</p>
<a href="/second">To the second</a> <a href="/second" target="_blank">In a new page</a>
<a href="/file.csv" download>Prices</a> <a href="/broken.csv">Broken</a>
<button onclick="this.dataset.answer = prompt('Your name?')" id="ask">Ask</button>
<button onclick="document.body.insertAdjacentHTML('beforeend', '<p>Late</p>')" id="late">Show</button>
<input type="file" id="file" aria-label="Picture"
  onchange="this.files[0].text().then(text => total.textContent = this.files[0].name + ':' + text)">
<iframe id="inner" srcdoc="<button onclick='this.textContent = `done`'>Inside</button>"></iframe>
"""


async def page(request):
    return web.Response(text=HOME, content_type="text/html")


async def second(request):
    body = "<title>Second</title><h1>Second</h1><script>console.error('it broke'); fetch('/missing')</script>"
    return web.Response(text=body, content_type="text/html")


async def file(request):
    return web.Response(text="lamp,5\n", headers={"Content-Disposition": "attachment; filename=prices.csv"})


async def broken(request):
    raise web.HTTPInternalServerError(text="<h1>Broken</h1>", content_type="text/html")


async def slow(request):
    await asyncio.sleep(30)
    return web.Response(text="late")


async def moved(request):
    raise web.HTTPFound(request.query["to"])


async def said(request):
    return web.json_response(dict(request.headers))


async def feed(request):
    answering = web.WebSocketResponse()
    await answering.prepare(request)
    async for message in answering:
        await answering.send_str(f"echo {message.data}")
    return answering


ROUTES = {
    "/": page, "/second": second, "/file.csv": file, "/broken": broken, "/slow": slow, "/moved": moved,
    "/headers": said, "/feed": feed,
}  # fmt: skip


@pytest.fixture(scope="session", autouse=True)
def chromium():
    """Skip where no browser is, unless it is required."""
    found = os.environ.get("TESTMESH_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        message = f"no browser found (looked for {', '.join(NAMES)}); on Debian: apt-get install chromium"
        (pytest.fail if os.environ.get("TESTMESH_REQUIRE_PEERS") == "1" else pytest.skip)(message)
    return found


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def site():
    """Return the address of a site."""
    app = web.Application()
    for path, view in ROUTES.items():
        app.router.add_get(path, view)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    listening = web.TCPSite(runner, "127.0.0.1", 0)
    await listening.start()
    yield f"http://127.0.0.1:{listening._server.sockets[0].getsockname()[1]}"
    await runner.cleanup()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def resources():
    """A runner's resources, which live as long as the module's tests."""
    pool = Resources()
    yield pool
    await pool.close()


def step(config):
    """Return a config: of a list, one with these actions, each a map or words such as `click button Save`."""
    return config if isinstance(config, dict) else {"actions": config}


@pytest.fixture
def on_page(play, site):
    """Play steps on the site, which the flow calls `site`; each is a config, a list of actions, or either with more."""

    async def carry_out(*configs, variables=None, **given):
        steps = []
        for number, each in enumerate(configs):
            config, more = each if isinstance(each, tuple) else (each, {})
            steps.append({"id": f"s{number}", "action": "browser", "config": step(config), **more})
        source = json.dumps({"name": "a", "env": {"site": site}, "steps": steps})
        return await play(source, variables=variables or {}, **given)

    return carry_out


@pytest.fixture
def passes(on_page):
    async def carry_out(*configs, **given):
        played = await on_page(*configs, **given)
        assert played.outcome.status == "passed", played.outcome.error_message
        return played

    return carry_out


@pytest.fixture
def fault_of(on_page):
    """Play steps of which the last must not pass; return its status, its code and its message."""

    async def carry_out(*configs, **given):
        played = await on_page(*configs, **given)
        last = played[f"s{len(configs) - 1}"]
        return last.status, last.error_code, last.error_message

    return carry_out


@pytest.fixture
def ffmpeg():
    """Skip where there is none, unless it is required."""
    if shutil.which("ffmpeg") is None:
        message = "no ffmpeg found; on Debian: apt-get install ffmpeg"
        (pytest.fail if os.environ.get("TESTMESH_REQUIRE_PEERS") == "1" else pytest.skip)(message)
