"""Lists: a page of items, the cursor of the next, and a Link to it."""

from collections.abc import Sequence
from typing import Annotated, Generic, TypeVar

from fastapi import Query, Request, Response
from pydantic import BaseModel

T = TypeVar("T")

Limit = Annotated[int, Query(ge=1, le=200, description="How many items at most")]
Cursor = Annotated[str | None, Query(max_length=500, description="next_cursor of the page before")]
DEFAULT_LIMIT = 50
LineLimit = Annotated[int, Query(ge=1, le=1000, description="How many lines at most; long ones make shorter pages")]
DEFAULT_LINES = 200


class Page(BaseModel, Generic[T]):
    """A page of a list; `next_cursor` is null on the last one."""

    items: Sequence[T]
    next_cursor: str | None = None
    total_estimate: int | None = None


class LivePage(Page[T], Generic[T]):
    """A page of a list that changes while it is looked at."""

    event_cursor: str | None = None
    """The place in the live feed that this page has in it: what comes after is heard by subscribing after it."""


def link_next(request: Request, response: Response, cursor: str | None) -> None:
    """Add the Link header (RFC 8288) to the next page, with the question's other parameters."""
    if cursor is not None:
        query = request.url.include_query_params(cursor=cursor).query
        response.headers["Link"] = f'<{request.url.path}?{query}>; rel="next"'
