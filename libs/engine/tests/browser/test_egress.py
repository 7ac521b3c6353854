"""Where a browser may go: only where the policy of its execution allows, whatever on the page asks."""

import asyncio
import json
import socket
from types import SimpleNamespace

import pytest
import uvloop
from aiohttp import web

from testmesh_contracts.events import StepFinished
from testmesh_engine.actions import BUILT_IN, ActionRegistry
from testmesh_engine.artifacts import FolderStore
from testmesh_engine.egress.entries import parse_entry
from testmesh_engine.egress.guard import EgressGuard
from testmesh_engine.egress.policed import PolicedEgress
from testmesh_engine.egress.policy import EgressPolicy
from testmesh_engine.executor import RunOptions, run_flow
from testmesh_engine.language import parse_flow
from testmesh_sdk import OPEN, Resources

pytestmark = pytest.mark.integration
FEED = """([url]) => new Promise(done => {
    const feed = new WebSocket(url);
    feed.onopen = () => feed.send('hello');
    feed.onmessage = message => done(message.data);
    feed.onerror = () => done('error');
})"""
FETCH = "([url]) => fetch(url, {mode: 'no-cors'}).then(() => 'came', error => error.message)"
IMAGE = (
    "([url]) => new Promise(done => { const i = new Image(); i.onload = i.onerror = () => done('done'); i.src = url })"
)
TALKS = """async ([host, port]) => {
    const peer = new RTCPeerConnection({iceServers: [{urls: 'stun:' + host + ':' + port}]});
    peer.createDataChannel('a');
    await peer.setLocalDescription(await peer.createOffer());
    await new Promise(done => {
        peer.onicegatheringstatechange = () => peer.iceGatheringState === 'complete' && done();
        setTimeout(done, 1500);
    });
    return 'done';
}"""


class Loop(EgressGuard, uvloop.Loop):
    """A guarded loop with a stub of the DNS: the n-th question for a name has the n-th answer."""

    def __init__(self):
        super().__init__()
        self.names, self.asked = {}, []

    async def getaddrinfo(self, host, port, **options):
        answers = self.names.get(host)
        if answers is not None:
            number = self.asked.count(host)
            self.asked.append(host)
            host = answers[min(number, len(answers) - 1)]
        return await super().getaddrinfo(host, port, **options)


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    """A loop, a site on 127.0.0.1, an inner one on 127.0.0.2 at the same port, and what plays actions on them."""
    with asyncio.Runner(loop_factory=Loop) as runner:
        found = SimpleNamespace(loop=runner.get_loop(), reached=[], pool=Resources())
        close = runner.run(_serve(found))

        def play(*deeds, egress, **more):
            return runner.run(_played(found, deeds, egress, tmp_path_factory.mktemp("kept"), more))

        found.play = play
        yield found
        runner.run(close())
        runner.run(found.pool.close())


async def _serve(found):
    async def page(request):
        if request.path != "/favicon.ico":  # browsers ask for it when they like
            found.reached.append(f"{request.host.partition(':')[0]}{request.path}")
        return web.Response(text="<h1>hi</h1>", content_type="text/html")

    async def moved(request):
        raise web.HTTPFound(request.query["to"])

    async def feed(request):
        answering = web.WebSocketResponse()
        await answering.prepare(request)
        found.reached.append("feed")
        async for message in answering:
            await answering.send_str(f"echo {message.data}")
        return answering

    app = web.Application()
    for path, view in (("/", page), ("/moved", moved), ("/feed", feed), ("/{any}", page)):
        app.router.add_get(path, view)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        found.port = free.getsockname()[1]
    for host in ("127.0.0.1", "127.0.0.2"):
        await web.TCPSite(runner, host, found.port).start()
    return runner.cleanup


async def _played(found, deeds, egress, folder, more):
    found.reached.clear()
    registry, events = ActionRegistry(BUILT_IN), []
    steps = [{"id": "a", "action": "browser", "config": {"actions": list(deeds)}, **more}]
    flow = parse_flow(json.dumps({"name": "a", "steps": steps}), registry=registry)
    options = RunOptions("e-1", registry, found.pool, FolderStore(folder), {}, egress=egress)
    outcome = await run_flow(flow, run=options, emit=events.append, cancel=asyncio.Event())
    step = next(event for event in events if isinstance(event, StepFinished))
    return SimpleNamespace(step=step, outcome=outcome, reached=list(found.reached))


def policed(*allow, **switches):
    entries = tuple(map(parse_entry, allow))
    return PolicedEgress(EgressPolicy(**{"public": False} | switches, allow=entries))


def goto(url):
    return {"action": "goto", "url": url}


def is_refused(played, *reached):
    assert (played.step.status, played.step.error_code) == ("error", "TM440"), played.step.error_message
    assert "is refused: " in played.step.error_message
    assert "egress policy" in played.step.error_message
    assert played.reached == list(reached)
    return True


HOSTS = ["127.0.0.2", "2130706434", "0x7f000002", "0177.0.0.2", "127.2", "[::ffff:127.0.0.2]", "[::ffff:7f00:2]"]


@pytest.mark.parametrize("host", HOSTS)
def test_an_address_is_refused_however_it_is_written_and_allowed_where_it_is_allowed(stage, host):
    url = f"http://{host}:{stage.port}/"

    assert is_refused(stage.play(goto(url), egress=policed("127.0.0.1", private=True)))
    allowed = stage.play(goto(url), egress=policed("127.0.0.1", "127.0.0.2"))
    assert allowed.step.status == "passed", allowed.step.error_message
    assert len(allowed.reached) == 1


@pytest.mark.parametrize("host", ["localhost", "169.254.169.254", "10.0.0.5", "[::1]"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_other_places_are_refused_also_through_a_tunnel(stage, scheme, host):
    assert is_refused(stage.play(goto(f"{scheme}://{host}:{stage.port}/"), egress=policed("127.0.0.2")))


def test_a_redirect_is_refused_there(stage):
    start = f"http://127.0.0.1:{stage.port}/moved?to=http://127.0.0.2:{stage.port}/"

    assert is_refused(stage.play(goto(start), egress=policed("127.0.0.1")))
    assert stage.play(goto(start), egress=policed("127.0.0.1", "127.0.0.2")).step.status == "passed"


@pytest.mark.parametrize(
    ("script", "url"),
    [(FETCH, "http://127.0.0.2:{}/x"), (IMAGE, "http://127.0.0.2:{}/x"), (FEED, "ws://127.0.0.2:{}/feed")],
    ids=["fetch", "image", "websocket"],
)
def test_what_a_script_of_the_page_asks_for_is_refused(stage, script, url):
    asks = {"action": "evaluate", "expression": script, "argument": [url.format(stage.port)]}
    home = goto(f"http://127.0.0.1:{stage.port}/")

    assert is_refused(stage.play(home, asks, egress=policed("127.0.0.1")), "127.0.0.1/")
    allowed = stage.play(home, asks, egress=policed("127.0.0.1", "127.0.0.2"))
    assert allowed.step.status == "passed", allowed.step.error_message
    assert allowed.reached[1:]


def test_a_websocket_passes_where_it_may_also_as_the_first_that_a_page_asks_for(stage):
    asks = {"action": "evaluate", "expression": FEED, "argument": [f"ws://127.0.0.1:{stage.port}/feed"]}
    played = stage.play(goto("data:text/html,hi"), asks, egress=policed("127.0.0.1"))

    assert played.step.output["value"] == "echo hello"


def test_a_name_that_rebinds_is_judged_each_time_by_the_address_that_is_connected_to(stage):
    stage.loop.names["rebinds.example"] = ["127.0.0.1", "127.0.0.2"]
    url = f"http://rebinds.example:{stage.port}"

    assert is_refused(stage.play(goto(f"{url}/first"), goto(f"{url}/second"), egress=policed("127.0.0.1")),
                      "rebinds.example/first")  # fmt: skip


def test_no_retry_and_no_leave_to_fail_covers_a_refusal(stage):
    deed = goto(f"http://127.0.0.2:{stage.port}/")
    for more in ({"allow_failure": True}, {"retry": {"max_attempts": 3, "delay": "1ms", "on": ["error"]}}):
        played = stage.play(deed, egress=policed(), **more)
        assert is_refused(played)
        assert played.outcome.status == "error"
        assert len(played.step.attempts) == 1


@pytest.mark.parametrize(("egress", "goes"), [(OPEN, True), (policed("127.0.0.1"), False)], ids=["open", "policed"])
def test_datagrams_go_to_a_place_that_a_page_names_only_where_there_is_no_policy(stage, egress, goes):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as inner:
        inner.bind(("127.0.0.2", 0))
        inner.setblocking(False)
        asks = {"action": "evaluate", "expression": TALKS, "argument": list(inner.getsockname())}
        played = stage.play(goto(f"http://127.0.0.1:{stage.port}/"), asks, egress=egress)

        assert played.step.status == "passed", played.step.error_message
        try:
            came = bool(inner.recv(2048))
        except BlockingIOError:
            came = False
    assert came is goes


def test_a_host_that_is_not_there_is_an_error_and_no_page_of_the_proxy(stage):
    egress = policed(public=True, loopback=True)
    played = stage.play(goto("http://no-such-host.invalid/"), egress=egress)
    assert (played.step.status, played.step.error_code) == ("error", "TM552")
    assert "has no address" in played.step.error_message
    played = stage.play(goto("http://127.0.0.1:8/"), egress=egress)
    assert (played.step.status, played.step.error_code) == ("error", "TM552")


def test_without_a_policy_there_is_no_proxy(stage):
    played = stage.play(goto(f"http://127.0.0.2:{stage.port}/"), egress=OPEN)

    assert played.step.status == "passed"
    assert played.reached == ["127.0.0.2/"]
