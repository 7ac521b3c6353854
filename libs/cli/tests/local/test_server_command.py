import socket

import pytest
from click.testing import CliRunner

from testmesh_cli.commands.server import server
from testmesh_cli.default_folder import default_data_folder


@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({"XDG_DATA_HOME": "/somewhere"}, "/somewhere/testmesh"),
        ({"XDG_DATA_HOME": "not/absolute"}, "/home/me/.local/share/testmesh"),
        ({}, "/home/me/.local/share/testmesh"),
    ],
)
def test_the_default_folder_follows_xdg(monkeypatch, environment, folder):
    monkeypatch.setenv("HOME", "/home/me")
    assert str(default_data_folder(environment)) == folder


def test_an_error_is_one_message_with_its_code_and_exit_code_6(data):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = CliRunner().invoke(server, ["--data", str(data), "--port", str(port)])

    assert result.exit_code == 6
    assert f"testmesh server: Listening on 127.0.0.1:{port} failed" in result.stderr
    assert "[port_taken]" in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("words", [["--port", "70000"], ["--runners", "0"], ["--nonsense"]])
def test_wrong_usage_is_exit_code_2(words):
    assert CliRunner().invoke(server, words).exit_code == 2


def test_help_names_every_option_and_the_subcommand():
    text = CliRunner().invoke(server, ["--help"]).stdout
    for word in ("--data", "--port", "--runners", "--demo", "--exit-after-demo", "migrate"):
        assert word in text
