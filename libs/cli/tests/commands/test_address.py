import pytest

from testmesh_cli.errors import UsageError
from testmesh_cli.remote.address import DEFAULT, server_address


def test_the_flag_wins_over_the_environment_and_that_over_the_local_server(tmp_path):
    folder = tmp_path / "testmesh"
    folder.mkdir()
    (folder / "server.json").write_text('{"url": "http://127.0.0.1:3"}')
    local = {"XDG_DATA_HOME": str(tmp_path)}

    assert server_address("http://a:1/", local | {"TESTMESH_URL": "http://b:2"}).url == "http://a:1"
    assert server_address(None, local | {"TESTMESH_URL": "http://b:2"}).url == "http://b:2"
    assert server_address(None, local).url == "http://127.0.0.1:3"


@pytest.mark.parametrize("content", [None, "", "[]", "{}", '{"url"'])
def test_without_a_readable_local_server_the_default_is_asked(tmp_path, content):
    folder = tmp_path / "testmesh"
    folder.mkdir()
    if content is not None:
        (folder / "server.json").write_text(content)

    assert server_address(None, {"XDG_DATA_HOME": str(tmp_path)}).url == DEFAULT


@pytest.mark.parametrize("flag", ["localhost:8080", "ftp://a", "http://", "http://a:99999", "", "http://[::1"])
def test_what_is_no_address_is_refused(flag):
    with pytest.raises(UsageError, match="from --url"):
        server_address(flag, {})


@pytest.mark.integration
def test_without_a_named_server_it_is_said_where_was_looked_and_how_to_name_one(testmesh, write, tmp_path, nobody):
    write("data/testmesh/server.json", f'{{"url": "{nobody}"}}')
    named = testmesh("results").stderr
    (tmp_path / "data/testmesh/server.json").unlink()
    unnamed = server_address(None, {"XDG_DATA_HOME": str(tmp_path / "data")})

    assert f"{nobody} (from {tmp_path}/data/testmesh/server.json)" in named
    assert "--url or TESTMESH_URL" in named
    assert unnamed == (DEFAULT, f"since {tmp_path}/data/testmesh/server.json names no server")
