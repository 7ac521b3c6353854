"""The example flow of `browser` passes against the site that it names."""

import pytest
from click.testing import CliRunner

from testmesh_cli.main import cli
from tests.docs.pages import HOME
from tests.docs.site import running_site

pytestmark = pytest.mark.integration
FLOW = HOME / "examples" / "browser" / "sign_in.yaml"


def test_the_example_passes_and_keeps_its_picture(tmp_path):
    with running_site() as address:
        arguments = ["run", str(FLOW), "--var", f"shop={address}", "--artifacts", str(tmp_path / "kept")]
        done = CliRunner().invoke(cli, arguments)

    assert done.exit_code == 0, done.output
    assert {path.name for path in (tmp_path / "kept").rglob("*.*") if path.is_file()} == {"orders.csv", "paid.png"}


def test_it_fails_with_the_name_of_the_site_where_that_is_not_there():
    done = CliRunner().invoke(cli, ["run", str(FLOW), "--var", "shop=http://127.0.0.1:8"])

    assert done.exit_code == 3
    assert "TM552 actions[0] goto http://127.0.0.1:8/: connection refused" in done.output
