"""What a server carries out with what came along: proto files and their imports; and a Redis that is ours, refused."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.house.running import TESTMESH, House

pytestmark = pytest.mark.e2e
ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "grpc"
WITHIN_S = 60


@pytest.fixture(scope="module")
def inventory() -> Iterator[str]:
    """The address of a gRPC server without reflection."""
    command = [sys.executable, ROOT / "tests" / "house" / "inventory.py"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield f"127.0.0.1:{json.loads(process.stdout.readline())['none']}"
        process.terminate()


def command(house: House, *arguments: str) -> subprocess.CompletedProcess[str]:
    words = [str(TESTMESH), *arguments, "--url", house.record["url"]]
    return subprocess.run(words, cwd=EXAMPLE, capture_output=True, text=True, timeout=120)


def test_proto_files_and_their_imports_go_along_with_a_remote_run(house: House, inventory: str) -> None:
    done = command(house, "run", "--remote", "inventory.yaml", "--var", f"inventory={inventory}")

    assert done.returncode == 0, done.stdout + done.stderr


def test_proto_files_and_their_imports_are_kept_with_a_pushed_flow(house: House, inventory: str) -> None:
    first, again = command(house, "push", "inventory.yaml"), command(house, "push", "inventory.yaml")
    assert "created" in first.stdout, first.stderr
    assert "unchanged" in again.stdout, again.stdout + again.stderr
    (flow,) = house.api.get("/flows", params={"name": "The shelves are counted"}).json()["items"]

    order = {"flow_id": flow["id"], "variables": {"inventory": inventory}}
    started = house.api.post("/executions", json=order).json()["id"]

    assert house.until_finished(started, WITHIN_S)["status"] == "passed"


def test_the_redis_on_which_our_messages_travel_is_refused_in_any_database(house: House) -> None:
    for number in (0, 9):
        url = house.record["redis_url"].rpartition("/")[0] + f"/{number}"
        config = {"url": url, "command": "FLUSHALL"}
        definition: dict[str, Any] = {
            "name": f"no business of a flow {number}",
            "steps": [{"id": "a", "action": "redis_command", "config": config}],
        }
        started = house.api.post("/executions", json={"definition": definition}).json()["id"]

        found = house.until_finished(started, WITHIN_S)

        assert found["status"] == "error"
        assert found["steps"][0]["error_code"] == "TM576", found["steps"][0]
