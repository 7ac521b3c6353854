"""If-Match."""

import pytest

from testmesh_api.errors import PreconditionMissingError, VersionStaleError
from testmesh_api.preconditions import expected_version


async def three() -> int:
    return 3


@pytest.mark.parametrize(("header", "version"), [('"2"', 2), ("*", 3), ('"2", "3"', 3), (' "4" ', 4)])
async def test_a_header_names_the_version_that_is_changed(header: str, version: int) -> None:
    assert await expected_version(header, three) == version


@pytest.mark.parametrize("header", ["", "3", 'W/"3"', '"1", "2"', '"x"', '"' + "9" * 5000 + '"', '"٣"'])
async def test_a_header_that_matches_no_current_version_is_stale(header: str) -> None:
    with pytest.raises(VersionStaleError):
        await expected_version(header, three)


async def test_no_header_is_no_change() -> None:
    with pytest.raises(PreconditionMissingError):
        await expected_version(None, three)
