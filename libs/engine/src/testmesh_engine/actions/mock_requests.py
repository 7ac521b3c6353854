"""Which requests are meant: the keys that mock servers' endpoints, their verification and webhook_receive share."""

from typing import Any

from pydantic import Field, field_validator

from testmesh_engine.actions.http_request import HeaderValue, hide_headers
from testmesh_engine.names import is_name
from testmesh_sdk import ActionConfig, Later

SERVER = "mock"
"""What a mock server is called whose flow has no other."""
MATCHING = Later("expression", frozenset(("request",)))
QueryValue = HeaderValue | list[HeaderValue]


class RequestPattern(ActionConfig):
    """All that is given must hold of a request."""

    method: str | None = Field(
        default=None, pattern=r"^[A-Za-z]{1,20}$", description="GET, POST or any other; all where it is left out"
    )
    path: str | None = Field(
        default=None,
        pattern=r"^/",
        description="{name} stands for a part between slashes, * for anything in one, ** for anything",
        examples=["/orders/{id}", "/files/*.json", "/hooks/**"],
    )
    headers: dict[str, HeaderValue] = Field(default={}, description="These, among others; names in whichever case")
    query: dict[str, QueryValue] = Field(default={}, description="These parameters, among others")
    body: Any = Field(default=None, description="A map: these keys, among others; anything else: the same")
    match: str | None = Field(
        default=None, min_length=1, description="An expression over request", examples=["request.body.total > 100"]
    )

    @field_validator("method")
    @classmethod
    def in_capitals(cls, value: str | None) -> str | None:
        return None if value is None else value.upper()

    @field_validator("path")
    @classmethod
    def names_are_names(cls, value: str | None) -> str | None:
        names = [part.partition("}")[0] for part in (value or "").split("{")[1:]]
        wrong = [name for name in names if not is_name(name)]
        if wrong:
            raise ValueError(f'"{{{wrong[0]}}}" names no part of a path; write a name in the braces, such as {{id}}')
        if len(set(names)) < len(names):
            raise ValueError("each name stands once in a path")
        return value


def shown_pattern(values: Any) -> Any:
    """Return a pattern's values without those of headers that prove who asks."""
    if not isinstance(values, dict) or not isinstance(values.get("headers"), dict):
        return values
    return {**values, "headers": hide_headers(values["headers"])}
