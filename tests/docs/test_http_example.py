"""The walk through HTTP passes against the service that it is written for, and fails where that is not there."""

import pytest
from click.testing import CliRunner

from testmesh_cli.main import cli
from tests.docs.pages import HOME
from tests.docs.shop import running_target

pytestmark = pytest.mark.integration
WALK = str(HOME / "examples" / "http" / "walk.yaml")


def test_the_walk_through_http_passes():
    with running_target() as address:
        done = CliRunner().invoke(cli, ["run", WALK, "--var", f"target={address}"])

    assert done.exit_code == 0, done.output
    assert "1 passed, 0 failed" in done.output


def test_without_its_service_the_walk_does_not_pass():
    done = CliRunner().invoke(cli, ["run", WALK, "--var", "target=http://127.0.0.1:1"])

    assert done.exit_code == 3
    assert "nothing listens on 127.0.0.1:1" in done.output
