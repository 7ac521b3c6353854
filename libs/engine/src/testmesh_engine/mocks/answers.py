"""Answers of a mock server: written anew for each request."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from testmesh_engine.actions.mock_server_start import MockResponse
from testmesh_engine.expressions import ExpressionError, Template, compile_template

_LOWEST, _HIGHEST = 200, 599
_WITHOUT_BODY = frozenset((204, 304))


class AnswerError(Exception):
    """An answer that cannot be written for this request."""


@dataclass(frozen=True, slots=True)
class Written:
    """An answer, ready to be sent."""

    status: int
    headers: dict[str, str]
    body: bytes


class Answer:
    """A response with references."""

    def __init__(self, config: MockResponse) -> None:
        self.delay = config.delay
        self.fault = config.fault
        self._template: Template = compile_template(
            {"status": config.status, "headers": config.headers, "body": config.body}
        )

    @property
    def names(self) -> frozenset[str]:
        """The names that must be there."""
        return self._template.names

    def write(self, scope: Mapping[str, Any]) -> Written:
        """Fill in the references.

        Raises:
            AnswerError: one has no value here, or the status is none.
        """
        try:
            filled = cast("dict[str, Any]", self._template.render(scope))
        except ExpressionError as error:
            raise AnswerError(f"its{error.pointer.replace('/', ' ')}: {error.message}") from error
        status = _status(filled["status"])
        headers = {name: _text(value) for name, value in filled["headers"].items()}
        body, content_type = _body(filled["body"])
        if content_type and not any(name.lower() == "content-type" for name in headers):
            headers["Content-Type"] = content_type
        if broken := [name for name, value in headers.items() if "\n" in name + value or "\r" in name + value]:
            raise AnswerError(f"its header {broken[0]} has a line break")
        return Written(status, headers, b"" if status in _WITHOUT_BODY else body)


def _status(value: Any) -> int:
    number = int(value) if isinstance(value, str) and value.isdecimal() else value
    if not isinstance(number, int) or isinstance(number, bool) or not _LOWEST <= number <= _HIGHEST:
        raise AnswerError(f"its status is {value!r}, and no number from {_LOWEST} to {_HIGHEST}")
    return number


def _body(value: Any) -> tuple[bytes, str]:
    if value is None:
        return b"", ""
    if isinstance(value, str):
        return value.encode("utf-8", "replace"), "text/plain; charset=utf-8"
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, default=str).encode(), "application/json"
    except ValueError as error:
        raise AnswerError(f"its body is no JSON: {error}") from error


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)
