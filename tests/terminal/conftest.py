"""A tmux of our own, a home, and the demo shop."""

import os
import shutil
from collections.abc import Iterator

import pytest

from tests.docs.shop import running_shop
from tests.terminal.place import environment_of, place_of
from tests.terminal.tmux import Tmux


@pytest.fixture(scope="session")
def environment() -> Iterator[dict[str, str]]:
    with place_of({}) as home:
        yield environment_of(home)


@pytest.fixture(scope="session")
def tmux(environment: dict[str, str]) -> Iterator[Tmux]:
    """A terminal is a peer: without one, tests are skipped, and said to be, unless peers are required."""
    if shutil.which("tmux") is None:
        missing = "tmux is not installed; on Debian: apt-get install tmux"
        if os.environ.get("TESTMESH_REQUIRE_PEERS") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    running = Tmux(environment)
    yield running
    running.close()


@pytest.fixture(scope="session")
def shop() -> Iterator[str]:
    with running_shop() as address:
        yield address
