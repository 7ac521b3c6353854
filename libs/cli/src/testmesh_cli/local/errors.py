"""What can go wrong when a server runs on one machine.

LocalServerError
├── DataFolderError          the data folder cannot be used
│   └── ServerRunningError   another server has it
├── PortTakenError           somebody else listens there
├── EmbeddedServerError      PostgreSQL or Valkey did not start or stop
├── ProcessFailedError       a process of ours did not get ready, or a migration failed
│   └── TooManyDeathsError   it died again and again
└── DemoError                the demo could not be shown
"""

from pathlib import Path
from typing import ClassVar


class LocalServerError(Exception):
    """A failure that names what was tried, on what, what happened and what to do."""

    code: ClassVar[str] = "local_server_failed"


class DataFolderError(LocalServerError):
    """The data folder, or what it says, cannot be used."""

    code = "data_folder_unusable"

    def __init__(self, folder: Path, reason: str, remedy: str) -> None:
        self.folder = folder
        super().__init__(f"Using the data folder {folder} failed: {reason}. {remedy}")


class ServerRunningError(DataFolderError):
    """A second server on one data folder would destroy it, so it is refused."""

    code = "server_running"

    def __init__(self, folder: Path, pid: int | None) -> None:
        self.pid = pid
        whom = f"process {pid}" if pid else "another process"
        super().__init__(
            folder,
            f"a server is running on it already ({whom})",
            f"Stop that one (kill {pid or 'PID'}), or choose another folder with --data.",
        )


class PortTakenError(LocalServerError):
    """The port that was asked for belongs to another process."""

    code = "port_taken"

    def __init__(self, port: int, holder: str | None) -> None:
        self.port = port
        by = f" by {holder}" if holder else ""
        super().__init__(
            f"Listening on 127.0.0.1:{port} failed: the port is taken{by}. "
            "Stop that process, choose another port with --port N, or let --port 0 find a free one."
        )


class EmbeddedServerError(LocalServerError):
    """PostgreSQL or Valkey did not do what was asked of it; its own last words are in the message."""

    code = "embedded_server_failed"

    def __init__(self, server: str, tried: str, happened: str, remedy: str, log: str = "") -> None:
        self.server = server
        self.log = log
        words = f"\nThe end of its log:\n{log}" if log else ""
        super().__init__(f"{tried} failed ({server}): {happened}. {remedy}{words}")


class ProcessFailedError(LocalServerError):
    """A process that the server needs did not get ready, or ended with an error."""

    code = "process_failed"

    def __init__(self, name: str, happened: str, log_file: Path, log: str) -> None:
        self.name = name
        words = f"\nThe end of its log:\n{log}" if log else ""
        super().__init__(f"Running {name} failed: it {happened}. See {log_file}.{words}")


class TooManyDeathsError(ProcessFailedError):
    """Starting a process again has no point any more."""

    code = "too_many_deaths"

    def __init__(self, name: str, deaths: int, happened: str, log_file: Path, log: str) -> None:
        self.deaths = deaths
        super().__init__(name, f"died {deaths} times within a minute, the last time it {happened}", log_file, log)


class DemoError(LocalServerError):
    """The demo could not be shown."""

    code = "demo_failed"
