"""The live feed of the running product: over lost connections, trimmed streams, a killed api, slow clients."""

import asyncio
import json
import socket
from collections.abc import Iterator

import httpx
import psutil
import pytest
import websockets
from tests.house.live_client import LiveClient
from tests.house.running import House, running_house, wait

from testmesh_contracts.topics import EVENTS

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio]
STEPS = 999
"""With their starts and ends, and the start and end of the run, 2,000 events."""
DROPS = (200, 500, 800, 1100, 1400, 1700)


def long_flow(steps: int = STEPS, pause: str = "20ms") -> str:
    """Return a flow of many steps, every twentieth of which takes a moment."""
    lines = ["name: long", "steps:"]
    for number in range(steps):
        step = f"action: delay, config: {{duration: {pause}}}" if number % 20 == 0 else "action: set, config: {n: 1}"
        lines.append(f"  - {{id: s{number}, {step}}}")
    return "\n".join(lines)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running_house(tmp_path_factory.mktemp("live") / "data", TESTMESH_API_LIVE_RING_S="30") as running:
        yield running


def url_of(house: House) -> str:
    return house.record["url"]


def recorded(house: House, execution_id: str) -> tuple[str, dict[tuple[int, str], str]]:
    view = house.execution(execution_id)
    return view["status"], {(step["run"], step["path"]): step["status"] for step in view["steps"]}


async def test_a_client_that_drops_six_times_sees_each_of_2000_events_once_and_in_order(house):
    (execution_id,) = house.start_executions(long_flow())
    client = LiveClient(url_of(house), execution_id, status="pending")
    client.drop_when = lambda seen: len(seen.seqs) >= (*DROPS, 10**9)[seen.connections - 1]

    await client.follow()

    assert client.connections == 7
    assert client.gaps == 0
    assert client.seqs == [(1, seq) for seq in range(1, 2001)]
    assert (client.status, client.steps) == recorded(house, execution_id)
    assert client.status == "passed"


async def test_after_trimming_a_client_gets_one_gap_and_ends_with_the_databases_state(house):
    (execution_id,) = house.start_executions(long_flow(400, "300ms"))
    client = LiveClient(url_of(house), execution_id)
    following = asyncio.create_task(client.follow())
    async with asyncio.timeout(20):
        while len(client.seqs) < 100:
            await asyncio.sleep(0.02)
    async with house.redis() as redis:
        killed = house.kill("api")
        last = (await redis.xinfo_stream(EVENTS.wire))["last-generated-id"]
        async with asyncio.timeout(20):
            while (await redis.xinfo_stream(EVENTS.wire))["last-generated-id"] == last:
                await asyncio.sleep(0.05)
        await redis.xtrim(EVENTS.wire, maxlen=0, approximate=False)
    await asyncio.to_thread(house.until_restarted, "api", killed)
    await following

    assert client.gaps == 1
    assert (client.status, client.steps) == recorded(house, execution_id)
    assert client.status == "passed"


async def test_a_killed_api_costs_a_client_nothing(house):
    (execution_id,) = house.start_executions(long_flow(200, "500ms"))
    client = LiveClient(url_of(house), execution_id)
    following = asyncio.create_task(client.follow())
    async with asyncio.timeout(20):
        while len(client.seqs) < 50:
            await asyncio.sleep(0.02)
    killed = house.kill("api")
    await following

    assert killed != house.pid("api")
    assert client.connections >= 2
    assert client.gaps == 0
    assert client.seqs == [(1, seq) for seq in range(client.seqs[0][1], 403)]
    assert (client.status, client.steps) == recorded(house, execution_id)


async def test_server_sent_events_resume_and_end_with_the_result(house):
    (execution_id,) = house.start_executions(long_flow(40, "100ms"))
    path = f"/executions/{execution_id}/events"
    seen: list[dict[str, str]] = []
    async with httpx.AsyncClient(base_url=f"{url_of(house)}/api/v1", timeout=30) as http:
        for most in (10, 20, 10**9):
            headers = {"Last-Event-ID": seen[-1]["id"]} if seen else {}
            seen += await read_events(http, path, headers, most)
        again = await http.get(path, headers={"Last-Event-ID": seen[-1]["id"]})
        unknown = await http.get("/executions/01a20000-0000-7000-8000-000000000000/events")
        senseless = await http.get(path, headers={"Last-Event-ID": "yesterday"})

    told = [json.loads(event["data"]) for event in seen if not event["event"].startswith("stream.")]
    assert [message["data"]["seq"] for message in told[:-1]] == list(range(1, 83))
    assert told[-1]["type"] == "execution.completed"
    assert [message["id"] for message in told] == [e["id"] for e in seen if not e["event"].startswith("stream.")]
    assert again.status_code == 204
    assert (unknown.status_code, unknown.json()["code"]) == (404, "execution_not_found")
    assert (senseless.status_code, senseless.json()["code"]) == (400, "cursor_invalid")


async def read_events(http: httpx.AsyncClient, path: str, headers: dict[str, str], most: int) -> list[dict[str, str]]:
    """Read events until there are enough, or the server ends the stream."""
    found: list[dict[str, str]] = []
    event: dict[str, str] = {}
    async with http.stream("GET", path, headers=headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        async for line in answer.aiter_lines():
            name, _, value = line.partition(": ")
            if line:
                event[name] = value
            elif "data" in event:
                found.append(event)
                event = {}
            else:
                event = {}
            if len(found) == most:
                break
    return found


async def test_who_comes_back_after_the_end_to_an_api_that_was_away_is_told_all_he_is_owed(house):
    (execution_id,) = house.start_executions(long_flow(40, "700ms"))
    path = f"/executions/{execution_id}/events"
    async with httpx.AsyncClient(base_url=f"{url_of(house)}/api/v1", timeout=30) as http:
        seen = await read_events(http, path, {}, 10)
    killed = house.kill("api")
    ended = "SELECT finished_at FROM executions.executions WHERE id = $1::uuid AND finished_at IS NOT NULL"
    async with asyncio.timeout(30):
        while not await house.rows(ended, execution_id):
            await asyncio.sleep(0.05)
    await asyncio.to_thread(house.until_restarted, "api", killed)
    async with httpx.AsyncClient(base_url=f"{url_of(house)}/api/v1", timeout=30) as http:
        seen += await read_events(http, path, {"Last-Event-ID": seen[-1]["id"]}, 10**9)

    told = [json.loads(event["data"]) for event in seen if not event["event"].startswith("stream.")]
    assert [message["data"]["seq"] for message in told[:-1]] == list(range(1, 83))
    assert told[-1]["type"] == "execution.completed"


async def test_a_result_of_long_ago_is_told_to_who_asks_for_its_events(house):
    (execution_id,) = house.start_executions(long_flow(2, "1ms"))
    house.until_finished(execution_id)
    killed = house.kill("api")
    async with house.redis() as redis:
        await redis.xtrim("testmesh.executions.results.v1", maxlen=0, approximate=False)
        await redis.xtrim(EVENTS.wire, maxlen=0, approximate=False)
    await asyncio.to_thread(house.until_restarted, "api", killed)
    async with httpx.AsyncClient(base_url=f"{url_of(house)}/api/v1", timeout=30) as http:
        seen = await read_events(http, f"/executions/{execution_id}/events", {}, 10**9)
        again = await http.get(f"/executions/{execution_id}/events", headers={"Last-Event-ID": seen[-1]["id"]})

    assert [event["event"] for event in seen] == ["stream.subscribed", "execution.completed"]
    assert json.loads(seen[-1]["data"])["data"]["status"] == "passed"
    assert again.status_code == 204


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("nonsense", "message_invalid"),
        ("[]", "message_invalid"),
        ('{"op": "dance", "topic": "events"}', "message_invalid"),
        ('{"op": "subscribe", "topic": "events", "more": 1}', "message_invalid"),
        ('{"op": "subscribe", "topic": "execution:1"}', "topic_unknown"),
        ('{"op": "subscribe", "topic": "events", "after": "yesterday"}', "cursor_invalid"),
        (b"\x00", "message_invalid"),
    ],
)
async def test_a_message_that_is_not_understood_is_answered_and_ten_of_them_end_it(house, message, code):
    async with websockets.connect(f"{url_of(house).replace('http', 'ws', 1)}/api/v1/ws") as client:
        for _ in range(10):
            await client.send(message)
        answers = []
        with pytest.raises(websockets.ConnectionClosedError):
            while True:
                answers.append(json.loads(await client.recv()))

    assert len(answers) == 10
    assert {answer["type"] for answer in answers} <= {"stream.error"}
    assert {answer["data"]["code"] for answer in answers} <= {code}
    assert client.close_code == 4400


async def test_a_page_of_another_origin_gets_no_socket(house):
    url = f"{url_of(house).replace('http', 'ws', 1)}/api/v1/ws"
    with pytest.raises(websockets.InvalidStatus) as refused:
        await websockets.connect(url, origin="https://elsewhere.example")
    with pytest.raises(websockets.InvalidStatus) as senseless:
        await websockets.connect(url, origin="http://[::1")
    async with websockets.connect(url, origin=url_of(house)) as allowed:
        await allowed.ping()

    assert [error.value.response.status_code for error in (refused, senseless)] == [403, 403]
    assert json.loads(refused.value.response.body)["code"] == "origin_foreign"


async def test_a_socket_for_log_lines_with_a_senseless_cursor_is_refused_with_its_reason(house):
    url = f"{url_of(house).replace('http', 'ws', 1)}/api/v1/executions/01a20000-0000-7000-8000-000000000000/logs"
    with pytest.raises(websockets.InvalidStatus) as refused:
        await websockets.connect(f"{url}?after=yesterday")

    assert refused.value.response.status_code == 400
    assert json.loads(refused.value.response.body)["code"] == "cursor_invalid"


async def test_log_lines_have_an_address_of_their_own(house):
    flow = "name: talk\nsteps:\n  - {id: a, action: log, config: {message: hello}}\n"
    (execution_id,) = house.start_executions(flow)
    url = f"{url_of(house).replace('http', 'ws', 1)}/api/v1/executions/{execution_id}/logs"
    async with websockets.connect(url) as client, asyncio.timeout(20):
        lines = [json.loads(text) async for text in client]

    assert client.close_code == 1000
    assert lines[-1]["type"] == "execution.completed"
    assert [line["data"]["message"] for line in lines if line["type"] == "log.line"] == ["hello"]


async def test_two_hundred_clients_are_served_and_those_that_never_read_are_let_go(house):
    """The two that do not read cost neither memory nor the others' events."""
    deaf = [await open_and_never_read(house, house.start_executions(wordy_flow(), 15)) for _ in range(2)]
    deaf.append(await stream_and_never_read(house, house.start_executions(wordy_flow(10))[0]))
    url = f"{url_of(house).replace('http', 'ws', 1)}/api/v1/ws"
    clients = await asyncio.gather(*(websockets.connect(url) for _ in range(198)))
    for client in clients:
        await client.send('{"op": "subscribe", "topic": "events"}')
        assert json.loads(await client.recv())["type"] == "stream.subscribed"
    before = psutil.Process(house.pid("api")).memory_info().rss
    listening = [asyncio.create_task(completed(client, 300)) for client in clients]

    short = "name: short\nsteps:\n  - {action: set, config: {n: 1}}\n"
    await asyncio.to_thread(house.start_executions, short, 300)
    counts = await asyncio.wait_for(asyncio.gather(*listening), 120)

    assert min(counts) == 300
    await asyncio.to_thread(
        wait, lambda: house.metric("api", "testmesh_live_slow_clients_total") == 3, "three to go", 60
    )
    await asyncio.to_thread(wait, lambda: house.metric("api", "testmesh_live_clients") == 198, "them to be gone", 30)
    assert psutil.Process(house.pid("api")).memory_info().rss - before < 100 * 2**20
    await asyncio.gather(*(client.close() for client in clients))
    for each in deaf:
        each.close()


async def stream_and_never_read(house: House, execution_id: str) -> socket.socket:
    """Ask for an execution's server-sent events, and leave the connection unread."""
    address = httpx.URL(url_of(house))
    raw = socket.create_connection((address.host, address.port))
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    path = f"/api/v1/executions/{execution_id}/events?logs=true"
    raw.sendall(f"GET {path} HTTP/1.1\r\nHost: {address.host}:{address.port}\r\n\r\n".encode())
    return raw


def wordy_flow(times: int = 1) -> str:
    """Return a flow that waits until it is listened to, and fills some megabytes of the feed."""
    words = "w" * 5000
    first = f"name: wordy\nenv: {{words: {words}}}\nsteps:\n  - {{action: delay, config: {{duration: 3s}}}}\n"
    return first + '  - {action: log, config: {message: "${words}"}}\n' * 95 * times


async def completed(client: websockets.ClientConnection, most: int) -> int:
    """Count the results that a client is told of, until there are enough."""
    found: set[str] = set()
    async for text in client:
        message = json.loads(text)
        if message["type"] == "execution.completed":
            assert message["data"]["execution_id"] not in found
            found.add(message["data"]["execution_id"])
        if len(found) == most:
            break
    return len(found)


async def open_and_never_read(house: House, execution_ids: list[str]) -> socket.socket:
    """Open a WebSocket by hand, subscribe, and leave the connection unread."""
    address = httpx.URL(url_of(house))
    raw = socket.create_connection((address.host, address.port))
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.sendall(
        f"GET /api/v1/ws HTTP/1.1\r\nHost: {address.host}:{address.port}\r\nConnection: Upgrade\r\n"
        "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
    )
    assert raw.recv(4096).startswith(b"HTTP/1.1 101 ")
    for topic in ("events", *(f"execution:{execution_id}:all" for execution_id in execution_ids)):
        wish = json.dumps({"op": "subscribe", "topic": topic}).encode()
        raw.sendall(bytes([0x81, 0x80 | len(wish), 0, 0, 0, 0]) + wish)
    return raw
