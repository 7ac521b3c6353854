"""The demo shop, at an address of its own; the pages name the one that `make run` gives it."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.docs.pages import HOME

IN_PAGES = "http://127.0.0.1:8090"


@contextmanager
def running_shop() -> Iterator[str]:
    """Yield the address of a shop that runs meanwhile."""
    command = [sys.executable, "-m", "shop", "--port", "0"]
    with subprocess.Popen(command, cwd=HOME / "examples" / "demo", stdout=subprocess.PIPE, text=True) as shop:
        assert shop.stdout is not None
        said = shop.stdout.readline()
        try:
            yield said.removeprefix("shop: ").strip()
        finally:
            shop.terminate()
