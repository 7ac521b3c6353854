"""ETag and If-Match: nobody changes a version that they have not seen."""

import re
from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Header

from testmesh_api.errors import PreconditionMissingError, VersionStaleError

_TAG = re.compile(r'"([0-9]{1,9})"', re.ASCII)

IfMatch = Annotated[str | None, Header(description='ETag of the version that is changed, such as "3"')]


def etag(version: int) -> str:
    return f'"{version}"'


async def expected_version(if_match: str | None, current: Callable[[], Awaitable[int]]) -> int:
    """Return the version that the change is for; `current` is asked where the header leaves a choice.

    Raises:
        PreconditionMissingError: there is no If-Match.
        VersionStaleError: it can match no current version: weak, malformed, or of other versions.
    """
    if if_match is None:
        raise PreconditionMissingError
    tags = [tag.strip() for tag in if_match.split(",")]
    if tags == ["*"]:
        return await current()
    named = {int(found[1]) for tag in tags if (found := _TAG.fullmatch(tag))}
    if len(named) == 1:
        return named.pop()
    if named and (now := await current()) in named:
        return now
    raise VersionStaleError(if_match)
