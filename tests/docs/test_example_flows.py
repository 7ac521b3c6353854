"""The example flows of WebSockets and mock servers, run by the `testmesh` command."""

import pytest
from click.testing import CliRunner

from testmesh_cli.main import cli
from tests.docs.feed import running_feed
from tests.docs.pages import HOME

pytestmark = pytest.mark.integration


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli, ["run", *arguments])
    return done.exit_code, done.output


def test_the_flow_with_mock_servers_passes():
    code, printed = run(str(HOME / "examples" / "mocks" / "payment.yaml"))

    assert code == 0, printed


def test_the_flow_with_a_websocket_passes_and_fails_where_the_feed_is_gone():
    flow = str(HOME / "examples" / "websocket" / "orders.yaml")
    with running_feed() as feed:
        heard, printed = run(flow, "--var", f"feed={feed}")
    gone, told = run(flow, "--var", f"feed={feed}")

    assert heard == 0, printed
    assert gone == 3
    assert "TM540" in told
    assert "nothing listens on" in told
