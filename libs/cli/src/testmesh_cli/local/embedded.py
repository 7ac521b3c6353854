"""What embedded PostgreSQL and Valkey have in common: start or adopt, know whose port it is, stop, kill."""

import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

from testmesh_cli.local.accounts import Account, account_for
from testmesh_cli.local.credentials import Credentials
from testmesh_cli.local.errors import EmbeddedServerError
from testmesh_cli.local.logs import log_file, opened_log, tail
from testmesh_cli.local.placement import choose_place, make_data_folder, recorded_place, remove_place
from testmesh_cli.local.ports import becomes_free, free_port, is_free
from testmesh_cli.local.processes import end_all, is_running, processes_in, started_at, wait_for_end
from testmesh_cli.local.records import read_record, write_record

START_SECONDS = 60.0
STOP_SECONDS = 30.0
LEFTOVER_SECONDS = 10.0
PORT_SECONDS = 1.0
PORT_TRIES = 5
LOOK_EVERY = 0.05
LONGEST_SOCKET_PATH = 107
SOCKETS = "tm-"


class EmbeddedServer(ABC):
    """A server of ours on the loopback, whose files live in one data folder.

    It outlives us when we are killed; the next `start` on the folder takes it over. After `kill`, and from
    one start to the next, it keeps its port. `start` returns when the server answers; all waits are bounded.
    """

    name: ClassVar[str]
    program: ClassVar[str]
    stop_signals: ClassVar[tuple[signal.Signals, ...]]

    def __init__(self, data: Path) -> None:
        self.data = data.absolute()
        self.password = ""
        self._account = Account("")
        self._place = self.data
        self._child: subprocess.Popen[bytes] | None = None
        self._pid: int | None = None
        self._port: int | None = None
        self._sockets: Path | None = None
        self._turn = threading.RLock()

    @property
    def folder(self) -> Path:
        """Where the server's files are, and where it works."""
        return self._place / self.name

    @property
    def log(self) -> Path:
        return log_file(self.data, self.name)

    @property
    def pid(self) -> int:
        return self._known(self._pid, "process id")

    @property
    def port(self) -> int:
        return self._known(self._port, "port")

    @property
    def socket_folder(self) -> Path:
        if self._sockets is None:
            raise self._failed("Asking for the socket", "it was never started", "Call start() first.")
        return self._sockets

    @property
    @abstractmethod
    def url(self) -> str: ...

    @property
    def running(self) -> bool:
        return self._pid is not None and is_running(self._pid)

    def start(self) -> None:
        with self._turn:
            if self.running:
                return
            make_data_folder(self.data)
            self.password = Credentials(self.data).password(self.name)
            self._account = account_for(recorded_place(self.data) / self.name)
            self._place = choose_place(self.data, self._account)
            self._prepare()
            if not self._adopt():
                self._launch()

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """End it in order; what does not end in time is ended harder."""
        with self._turn:
            if self._pid is not None:
                self._end(self._pid, seconds)
            self._forget()

    @property
    def exit_code(self) -> int | None:
        """How it ended, as Popen says it; None while it runs, and of one taken over, no child of ours."""
        return self._child.poll() if self._child is not None and self._child.pid == self._pid else None

    def hurry(self) -> None:
        """Make it end now, whatever another thread waits for; `stop` then tidies up."""
        if self.running:
            self._signal(self.pid, self.stop_signals[-1])

    def kill(self) -> None:
        """SIGKILL, as in a crash. `start` brings it back on the same port."""
        if self._pid is not None:
            self._signal(self._pid, signal.SIGKILL)
            wait_for_end(self._pid, STOP_SECONDS)
        self._reap()

    def erase(self) -> None:
        """Stop it and remove all that it stored."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
        self._record.unlink(missing_ok=True)
        if not any((self._place / other).exists() for other in ("postgres", "valkey")):
            remove_place(self.data)

    @abstractmethod
    def _prepare(self) -> None:
        """Have programs, and files to start from."""

    @abstractmethod
    def _command(self, port: int, sockets: Path) -> list[str]: ...

    @abstractmethod
    def _answers(self, pid: int) -> bool:
        """Whether the server behind port and socket is this process, is ready, and takes our password."""

    @property
    def _record(self) -> Path:
        return self.data / f"{self.name}.json"

    def _adopt(self) -> bool:
        """Take over what an earlier start left running; end it where it does not answer as it should."""
        left = processes_in(self.folder, self.program)
        if not left:
            return False
        record = read_record(self._record)
        pid, port = left[0].pid, record.get("port")
        if record.get("pid") == pid and isinstance(port, int) and self._port in {None, port}:
            self._pid, self._port, self._sockets = pid, port, Path(str(record.get("sockets")))
            try:
                self._await_answer(pid)
            except EmbeddedServerError:
                self._pid = self._port = None
            else:
                return True
        # A server ends by this signal; the children of a killed one end by themselves a moment later.
        self._signal(pid, self.stop_signals[0])
        end_all(left, LEFTOVER_SECONDS)
        return False

    def _launch(self) -> None:
        promised = self._port
        self._sockets = self._sockets or self._sockets_of_before()
        for attempt in range(1, PORT_TRIES + 1):
            port = promised or self._choose_port()
            becomes_free(port, PORT_SECONDS)
            try:
                self._launch_on(port)
            except EmbeddedServerError as error:
                self.kill()
                self._drop_sockets()
                self._pid, self._port = None, promised
                if attempt == PORT_TRIES or "ddress already in use" not in error.log:
                    raise
            else:
                return

    def _launch_on(self, port: int) -> None:
        self._drop_sockets()
        sockets = self._socket_folder()
        with opened_log(self.log, f"{self.name} on port {port}") as output:
            self._child = self._account.launch(self._command(port, sockets), self.folder, output)
        self._pid, self._port, self._sockets = self._child.pid, port, sockets
        write_record(
            self._record,
            {"pid": self._pid, "port": port, "started": started_at(self._pid), "sockets": str(sockets)},
        )
        self._await_answer(self._pid)

    def _choose_port(self) -> int:
        before = read_record(self._record).get("port")
        return before if isinstance(before, int) and is_free(before) else free_port()

    def _await_answer(self, pid: int) -> None:
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            if wait_for_end(pid, LOOK_EVERY):
                raise self._failed("Starting it", "it ended at once", "Its log says why.", tail(self.log))
            if self._answers(pid):
                return
        raise self._failed(
            "Starting it",
            f"it did not answer within {START_SECONDS:.0f} s",
            "Its log says why.",
            tail(self.log),
        )

    def _socket_folder(self) -> Path:
        """A private folder with a short path: the system cuts off longer ones."""
        for parent in (tempfile.gettempdir(), "/tmp"):  # noqa: S108 - mkdtemp makes a folder of our own in it
            if len(parent) + len("/tm-12345678/.s.PGSQL.12345") > LONGEST_SOCKET_PATH:
                continue
            folder = Path(tempfile.mkdtemp(prefix=SOCKETS, dir=parent))
            self._account.own(folder)
            if self._account.can_enter(folder):
                return folder
            folder.rmdir()
        raise self._failed(
            "Making a folder for its socket",
            f"{tempfile.gettempdir()} is too long a path or closed to the user {self._account.name}",
            "Set TMPDIR to a short path that everybody can enter.",
        )

    def _end(self, pid: int, seconds: float) -> None:
        family = [process for process in processes_in(self.folder, self.program) if process.pid != pid]
        for number in (*self.stop_signals, signal.SIGKILL):
            self._signal(pid, number)
            if wait_for_end(pid, seconds):
                end_all(family, LEFTOVER_SECONDS)
                return
            seconds = LEFTOVER_SECONDS
        raise self._failed("Stopping it", f"process {pid} cannot be ended", "Look at it with ps.", tail(self.log))

    def _signal(self, pid: int, number: signal.Signals) -> None:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return

    def _reap(self) -> None:
        if self._child is not None and self._child.poll() is not None:
            self._child = None

    def _forget(self) -> None:
        self._reap()
        self._pid = None
        self._drop_sockets()
        if self._port is not None and self.data.exists():
            write_record(self._record, {"port": self._port})

    def _sockets_of_before(self) -> Path | None:
        before = read_record(self._record).get("sockets")
        return Path(before) if isinstance(before, str) and Path(before).name.startswith(SOCKETS) else None

    def _drop_sockets(self) -> None:
        if self._sockets is not None:
            shutil.rmtree(self._sockets, ignore_errors=True)
            self._sockets = None

    def _known(self, value: int | None, what: str) -> int:
        if value is None:
            raise self._failed(f"Asking for its {what}", "it was never started", "Call start() first.")
        return value

    def _failed(self, tried: str, happened: str, remedy: str, log: str = "") -> EmbeddedServerError:
        return EmbeddedServerError(self.name, tried, happened, remedy, log)
