"""`testmesh demo` is the shop, for as long as it runs."""

import signal
import socket
import sys

import httpx
import pytest

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_the_shop_is_served_until_the_command_is_told_to_end(begin, ending):
    process = begin("demo", "--port", "0")
    address = process.stdout.readline().removeprefix("shop: ").strip()

    assert httpx.get(f"{address}/products").json()["total"] == 7
    process.send_signal(ending)
    process.wait(20)
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{address}/health")


def test_a_port_that_is_taken_is_said_and_is_not_taken_for_a_failed_test(testmesh):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = testmesh("demo", "--port", port)

    assert (done.returncode, done.stdout) == (4, "")
    assert f"127.0.0.1:{port} is taken" in done.stderr
    assert "[not_runnable]" in done.stderr


def test_a_shop_that_has_left_its_port_can_be_started_on_it_again(begin):
    first = begin("demo", "--port", "0")
    port = first.stdout.readline().rpartition(":")[2].strip()
    httpx.get(f"http://127.0.0.1:{port}/health")
    first.terminate()
    first.wait(20)

    assert begin("demo", "--port", port).stdout.readline().strip() == f"shop: http://127.0.0.1:{port}"


def test_without_what_the_shop_is_made_of_the_way_to_it_is_said(testmesh, monkeypatch, capsys):
    from testmesh_cli.commands.demo import demo
    from testmesh_cli.errors import NotRunnableError

    monkeypatch.setitem(sys.modules, "uvicorn", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "uvicorn" else object())

    with pytest.raises(NotRunnableError, match=r"needs uvicorn.*pip install 'testmesh\[demo\]'"):
        demo.main(["--port", "0"], standalone_mode=False)
