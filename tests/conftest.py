"""A running house for each module of tests."""

from collections.abc import Iterator

import pytest

from tests.house.running import House, running_house


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running_house(tmp_path_factory.mktemp("house") / "data") as running:
        yield running
