import json
import socket
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import yaml

from testmesh_cli.local.demo import SHOWN, Demo, find_demo, shop_line, shop_port
from testmesh_cli.local.demo_client import DemoClient
from testmesh_cli.local.demo_folder import PORT_IN_PAGES
from testmesh_cli.local.errors import DemoError
from testmesh_cli.local.members import ProcessMember
from testmesh_cli.local.ports import free_port
from testmesh_cli.local.readiness import http_status

pytestmark = pytest.mark.integration

STEPS = [
    {"run": 1, "path": "login", "step_name": "Sign in", "status": "passed", "finished_at": "t", "duration_ms": 12.3},
    {"run": 1, "path": "order", "step_name": "Order", "status": "passed", "finished_at": "t", "duration_ms": 4.5},
]


class Shelf(BaseHTTPRequestHandler):
    """The few routes of the API that the demo uses, with the statuses that INTERFACES.md promises."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.body()
        collection = self.path.rsplit("/", 1)[-1]
        assert self.headers["Idempotency-Key"]
        if collection == "executions":
            self.server.requests.append(json.loads(body))
            return self.answer(202, {"id": "e1"})
        name = self.name_in(collection, body)
        if self.server.busy:
            self.server.busy -= 1
            return self.answer(503, {"code": "storage_away"}, {"Retry-After": "0"})
        if any(item["name"] == name for item in self.server.items[collection].values()):
            return self.answer(409, {"code": "name_taken"})
        item = {"id": str(uuid.uuid4()), "name": name, "body": body, "etag": '"1"'}
        self.server.items[collection][item["id"]] = item
        return self.answer(201, {"id": item["id"], "name": name})

    def do_PUT(self):
        _, collection, identity = self.path.rsplit("/", 2)
        body, item = self.body(), self.server.items[collection][identity]
        if self.headers["If-Match"] != item["etag"]:
            return self.answer(412, {"code": "stale"})
        item["body"], item["etag"] = body, '"2"'
        return self.answer(200, {"id": identity, "name": item["name"]})

    def do_GET(self):
        path = self.path.partition("?")[0].split("/")
        if path[3] == "executions":
            return self.answer(200, self.server.states.pop(0))
        items = self.server.items[path[3]]
        if len(path) > 4:
            return self.answer(200, {"id": path[4], "source": items[path[4]]["body"]}, {"ETag": items[path[4]]["etag"]})
        # One a page, so that the pages have to be turned.
        page = int(self.path.rpartition("cursor=")[2]) if "cursor=" in self.path else 0
        rows = [{"id": key, "name": item["name"]} for key, item in items.items()]
        following = str(page + 1) if page + 1 < len(rows) else None
        return self.answer(200, {"items": rows[page : page + 1], "next_cursor": following})

    def name_in(self, collection, body):
        if collection == "environments":
            return json.loads(body)["name"]
        assert self.headers["Content-Type"] == "application/yaml"
        return yaml.safe_load(body)["name"]

    def body(self):
        return self.rfile.read(int(self.headers["Content-Length"])).decode()

    def answer(self, status, content, headers=None):
        text = json.dumps(content).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(text)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *arguments):
        """Quiet."""


@pytest.fixture
def api():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Shelf)
    server.items, server.requests, server.busy = {"flows": {}, "environments": {}}, [], 0
    server.states = [
        {"status": "pending", "steps": []},
        {"status": "running", "steps": STEPS[:1]},
        {"status": "passed", "duration_ms": 20, "steps": STEPS},
    ]
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def demo(tmp_path):
    (tmp_path / "flows").mkdir()
    for name in (SHOWN, "another"):
        (tmp_path / "flows" / f"{name}.yaml").write_text(f"name: {name}\nsteps: []\n")
    return Demo(tmp_path)


async def test_the_story_names_each_step_once_with_its_outcome_and_duration(api, demo):
    told = []

    assert await demo.show(api.url, "http://shop", told.append)

    assert [line for line in told if "✓" in line] == [
        *("  ✓ Sign in  12 ms", "  ✓ Order  4 ms", "✓ passed in 20 ms"),
    ]
    [request] = api.requests
    assert api.items["flows"][request["flow_id"]]["name"] == SHOWN
    assert request["environment"] == "demo"
    [environment] = api.items["environments"].values()
    assert json.loads(environment["body"])["variables"] == {"base_url": "http://shop"}


@pytest.mark.parametrize("status", ["failed", "error", "cancelled"])
async def test_what_did_not_pass_is_never_told_as_passed(api, demo, status):
    step = STEPS[1] | {"status": status, "error_message": "expected 59.98, was 60"}
    api.states = [{"status": status, "duration_ms": 20, "steps": [step]}]
    told = []

    assert not await demo.show(api.url, "http://shop", told.append)

    assert "  ✗ Order  4 ms" in told
    assert "      expected 59.98, was 60" in told
    assert f"✗ {status} in 20 ms" in told
    assert "✓" not in "".join(told)


async def test_a_second_demo_replaces_what_the_first_saved(api, demo):
    await demo.show(api.url, "http://shop-1", [].append)
    api.states = [{"status": "passed", "steps": []}]

    await demo.show(api.url, "http://shop-2", [].append)

    assert len(api.items["flows"]) == 2
    [environment] = api.items["environments"].values()
    assert json.loads(environment["body"])["variables"] == {"base_url": "http://shop-2"}


async def test_a_second_demo_says_what_it_created_updated_and_left_alone(api, demo):
    told = []
    await demo.show(api.url, "http://shop", told.append)
    (demo.folder / "flows" / "another.yaml").write_text("name: another\nsteps: [1]\n")
    api.states = [{"status": "passed", "steps": []}]
    await demo.show(api.url, "http://shop", told.append)

    assert [line for line in told if "example flows" in line] == [
        "2 example flows (2 created): another, sign_up_and_order",
        "2 example flows (1 updated, 1 unchanged): another, sign_up_and_order",
    ]


async def test_a_busy_server_is_asked_again(api, demo):
    api.busy = 2
    assert await demo.show(api.url, "http://shop", [].append)


async def test_a_refusal_is_shown_with_the_servers_own_words(api):
    async with DemoClient(api.url) as client:
        api.items["flows"]["odd"] = {"name": "other", "etag": '"1"'}
        with pytest.raises(DemoError, match=r"PUT /flows/odd failed: the server answered 412.*stale"):
            await client._ask("PUT", "/flows/odd", {"content": b"name: other", "headers": {"If-Match": "no"}})


async def test_a_missing_flow_is_said_with_the_folder(api, demo):
    (demo.folder / "flows" / f"{SHOWN}.yaml").unlink()
    with pytest.raises(DemoError, match=rf"there is no {SHOWN}\.yaml in .*flows"):
        await demo.show(api.url, "http://shop", [].append)


async def test_the_shop_of_the_source_tree_starts_as_a_process(tmp_path):
    shop = ProcessMember(find_demo().shop(free_port()), tmp_path / "logs" / "shop.log")
    await shop.start()
    try:
        assert await http_status(shop.health, seconds=10) == 200
    finally:
        await shop.stop()


def test_the_shop_takes_the_port_that_the_pages_name_where_it_is_free():
    wanted = free_port()

    assert shop_port(set(), wanted) == wanted
    assert shop_port({wanted}, wanted) != wanted
    with socket.create_server(("127.0.0.1", wanted)):
        assert shop_port(set(), wanted) != wanted


def test_a_shop_elsewhere_than_the_pages_say_is_told_with_what_to_give():
    assert shop_line("http://127.0.0.1:8090") == "  Demo shop: http://127.0.0.1:8090"
    assert "--var base_url=http://127.0.0.1:20001" in shop_line("http://127.0.0.1:20001")


def test_the_port_in_the_pages_is_that_of_the_example_flows():
    for flow in (find_demo().folder / "flows").glob("*.yaml"):
        document = yaml.safe_load(flow.read_text(encoding="utf-8"))
        assert document["env"]["base_url"] == f"http://127.0.0.1:{PORT_IN_PAGES}"
