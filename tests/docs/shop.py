"""The demo shop and the target of examples/http, each at an address of its own; the pages name their usual ones."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.docs.pages import HOME

IN_PAGES = "http://127.0.0.1:8090"
TARGET_IN_PAGES = "http://127.0.0.1:8092"


@contextmanager
def running_shop() -> Iterator[str]:
    """Yield the address of a shop that runs meanwhile."""
    with _running(HOME / "examples" / "demo", "-m", "shop") as address:
        yield address


@contextmanager
def running_target() -> Iterator[str]:
    """Yield the address of the service that http_request is shown on."""
    with _running(HOME / "examples" / "http", "target.py") as address:
        yield address


@contextmanager
def _running(folder: Path, *program: str) -> Iterator[str]:
    command = [sys.executable, *program, "--port", "0"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as service:
        assert service.stdout is not None
        said = service.stdout.readline()
        try:
            yield said.partition(": ")[2].strip()
        finally:
            service.terminate()
