"""What the cases ask over HTTP, once for each file of tests."""

from collections.abc import Iterator

import pytest

from tests.flows.stub import Stub, running_stub


@pytest.fixture(scope="module")
def stub() -> Iterator[Stub]:
    with running_stub() as running:
        yield running
