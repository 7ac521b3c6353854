"""Bad input: a clear error or a dead letter, never a 500, never a lost or delayed neighbour."""

import asyncio
import time

import pytest
from tests.house.running import House

from testmesh_contracts.topics import TOPICS

pytestmark = pytest.mark.e2e
YAML = {"Content-Type": "application/yaml"}
GOOD = "name: good\nsteps:\n  - {action: assert, config: {data: 1}, assert: ['data == 1']}\n"
BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "\n".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 9)}]" for n in range(9)
)
FLOWS = {
    "malformed": "name: [",
    "duplicate key": "name: a\nname: b\nsteps: []\n",
    "alias bomb": BOMB,
    "unknown action": "name: a\nsteps:\n  - action: teleport\n",
    "unknown key": "name: a\nstepz: []\n",
    "no steps": "name: a\nsteps: []\n",
    "a list": "- 1\n- 2\n",
    "nothing": "",
    "a tag": "name: !!python/object:os.system x\nsteps: []\n",
    "wrong types": "name: 5\nsteps: hello\n",
    "bytes": b"\xff\xfe\x00\x01",
    "nul": 'name: "a\\0b"\nsteps:\n  - {action: log, config: {message: x}}\n',
}


@pytest.mark.parametrize("source", FLOWS.values(), ids=FLOWS.keys())
def test_a_broken_flow_is_refused_with_its_faults(house: House, source):
    answer = house.api.post("/flows", content=source, headers=YAML)

    assert answer.status_code == 422, answer.text
    assert answer.json()["code"]
    assert answer.json()["errors"]


REQUESTS = {
    "unknown flow": ("/executions", {"flow_id": "01890000-0000-7000-8000-000000000000"}),
    "no flow": ("/executions", {}),
    "not an object": ("/executions", [1, 2]),
    "wrong types": ("/executions", {"source": GOOD, "variables": "x", "priority": 3}),
    "unknown environment": ("/executions", {"source": GOOD, "environment": "nowhere"}),
    "too many": ("/executions", {"items": [{"source": GOOD}] * 1001}),
    "none": ("/executions", {"items": []}),
    "nul in a variable": ("/environments", {"name": "nul\u0000", "variables": {}}),
    "nameless environment": ("/environments", {"variables": {}}),
}


@pytest.mark.parametrize(("path", "body"), REQUESTS.values(), ids=REQUESTS.keys())
def test_a_request_that_makes_no_sense_is_refused_with_a_problem(house: House, path, body):
    answer = house.api.post(path, json=body)

    assert 400 <= answer.status_code < 500, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"]


def test_unknown_ids_and_routes_are_404_and_too_much_is_413(house: House):
    for path in ("/flows/01890000-0000-7000-8000-000000000000", "/executions/01890000-0000-7000-8000-000000000000"):
        assert house.api.get(path).status_code == 404
    assert house.api.get("/nothing-here").json()["code"] == "route_not_found"
    large = house.api.post("/flows", content=b"#" * (1024 * 1024 + 1), headers=YAML)
    assert large.status_code == 413


def test_garbage_on_every_topic_is_dead_lettered_and_delays_nobody(house: House):
    async def throw_garbage() -> None:
        client = house.redis()
        for topic in TOPICS:
            known = next(iter(topic.models))
            for fields in (
                {"rubbish": "x"},
                {"type": known, "body": "{"},
                {"type": known, "body": b"\xff\xfe"},
                {"type": known, "body": "{}"},
                {"type": known, "body": "null", "execution": "not-a-uuid"},
            ):
                await client.xadd(topic.wire, fields)
        await client.aclose()

    asyncio.run(throw_garbage())
    started = time.monotonic()
    answer = house.api.post("/executions", json={"source": GOOD}, headers={"Prefer": "wait=20"})

    assert answer.json()["status"] == "passed"
    assert time.monotonic() - started < 5, "a neighbour was delayed"

    async def dead() -> dict[str, int]:
        client = house.redis()
        heard = [topic for topic in TOPICS if {way for _, way in topic.heard_by} & {"compete", "fold", "answer"}]
        found = {topic.name: await client.xlen(topic.dead) for topic in heard}
        await client.aclose()
        return found

    deadline = time.monotonic() + 20
    while not all(asyncio.run(dead()).values()) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert [name for name, count in asyncio.run(dead()).items() if not count] == []
