"""Where the mock servers of flows listen on a runner."""

from testmesh_runner.config import RunnerSettings
from testmesh_sdk import Listening


def test_mock_servers_are_for_this_machine_alone_unless_an_administrator_says_otherwise(monkeypatch):
    assert RunnerSettings().listening == Listening("127.0.0.1", "127.0.0.1")

    monkeypatch.setenv("TESTMESH_MOCK_BIND", "0.0.0.0")
    monkeypatch.setenv("TESTMESH_RUNNER_MOCK_HOST", "runner-1.internal")

    assert RunnerSettings().listening == Listening("0.0.0.0", "runner-1.internal")
