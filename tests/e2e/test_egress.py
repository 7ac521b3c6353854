"""Where executions may connect to: by the server's setting, and by their environment."""

import socket
import threading
from contextlib import contextmanager

import pytest
from tests.house.running import running_house

pytestmark = pytest.mark.e2e

FLOW = """\
name: asks
steps:
  - id: ask
    action: http_request
    config: {method: GET, url: "${url}"}
"""


@contextmanager
def answering():
    """Serve HTTP on loopback; give the port and the list of who connected."""
    server, met = socket.create_server(("127.0.0.1", 0)), []

    def serve():
        while True:
            try:
                connection, peer = server.accept()
            except OSError:
                return
            met.append(peer)
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield server.getsockname()[1], met
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join()


def add_environment(house, name, **egress):
    answer = house.api.post("/environments", json={"name": name, "egress": egress})
    assert answer.status_code == 201, answer.text


def outcome(house, **options):
    (started,) = house.start_executions(FLOW, **options)
    found = house.until_finished(started)
    return found["status"], found["steps"][0]["error_code"]


def test_a_server_of_many_refuses_loopback_until_an_environment_allows_it(tmp_path):
    with answering() as (port, met), running_house(tmp_path / "house", TESTMESH_EGRESS="strict") as house:
        there = {"variables": {"url": f"http://127.0.0.1:{port}/"}}
        add_environment(house, "named", allow=[f"127.0.0.1:{port}"])
        add_environment(house, "wide", loopback=True)
        add_environment(house, "other", allow=["127.0.0.1:1"], private=True)

        assert outcome(house, **there) == ("error", "TM440")
        assert outcome(house, environment="other", **there) == ("error", "TM440")
        assert met == []
        assert outcome(house, environment="named", **there) == ("passed", None)
        assert outcome(house, environment="wide", **there) == ("passed", None)
        assert len(met) == 2
        assert outcome(house, **there) == ("error", "TM440")
        assert len(met) == 2


def test_a_server_of_ones_own_allows_loopback_unless_an_environment_does_not(tmp_path):
    with answering() as (port, met), running_house(tmp_path / "house") as house:
        there = {"variables": {"url": f"http://127.0.0.1:{port}/"}}
        add_environment(house, "narrow", loopback=False)

        assert outcome(house, **there) == ("passed", None)
        assert outcome(house, environment="narrow", **there) == ("error", "TM440")
        metadata = {"variables": {"url": "http://169.254.169.254/"}}
        assert outcome(house, **metadata) == ("error", "TM440")
        assert len(met) == 1
