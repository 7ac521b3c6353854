"""Errors as RFC 9457 says: `application/problem+json`, the same shape for whatever goes wrong."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import asyncpg
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel, Field
from pydantic_core import to_json
from redis.exceptions import RedisError
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection

from testmesh_api.errors import STATUS, ApiError, Fault
from testmesh_chassis.errors import FaultError, NoAnswerError, is_outage

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = "1"
UUID_PATTERN = "[0-9a-fA-F-]{32,36}"
_PARTS = re.compile(r"(\{\w+\})")
_BY_STATUS = {404: "route_not_found", 405: "method_not_allowed", 413: "body_too_large", 429: "too_many_requests"}

_log = structlog.get_logger(__name__)


class ProblemFault(BaseModel):
    """One thing that is wrong: where in the body, and where in a text."""

    pointer: str = Field(description="JSON Pointer into the body; /query, /path and /header name the other parts")
    detail: str
    code: str | None = None
    line: int | None = None
    column: int | None = None
    hint: str | None = None


class Problem(BaseModel):
    """Why a request was refused."""

    type: str = "about:blank"
    title: str
    status: int
    code: str
    detail: str
    errors: list[ProblemFault] = []
    trace_id: str | None = None


def add_problems(app: FastAPI) -> None:
    """Let every error of the app be answered as a problem."""
    app.add_exception_handler(ApiError, _refused)
    app.add_exception_handler(FaultError, _refused_by_owner)
    app.add_exception_handler(NoAnswerError, _unanswered)
    app.add_exception_handler(RequestValidationError, _request_invalid)
    app.add_exception_handler(HTTPException, _refused_by_framework)
    for outage in (asyncpg.PostgresError, asyncpg.InterfaceError, RedisError, OSError):
        app.add_exception_handler(outage, _failed)
    app.add_exception_handler(Exception, _failed)


def allowed_methods(app: FastAPI, path: str) -> list[str]:
    """Return all methods of an address: the framework names those of the first route that has it alone."""
    found: set[str] = set()
    for template, operations in app.openapi()["paths"].items():
        pattern = "".join(UUID_PATTERN if part.startswith("{") else re.escape(part) for part in _PARTS.split(template))
        if re.fullmatch(pattern, path):
            found.update(method.upper() for method in operations)
    return sorted(found)


def problem(
    request: HTTPConnection,
    code: str,
    detail: str,
    faults: Sequence[Fault] = (),
    *,
    headers: Mapping[str, str] | None = None,
    facts: Mapping[str, Any] | None = None,
) -> Response:
    """Return the problem of a code, with the status that the table gives it."""
    status, title = STATUS.get(code, STATUS["request_refused"])
    body: dict[str, Any] = {"type": "about:blank", "title": title, "status": status, "code": code, "detail": detail}
    if faults:
        body["errors"] = [_shown(fault) for fault in faults]
    body |= {"facts": dict(facts)} if facts else {}
    body["trace_id"] = request.scope.get("testmesh.trace_id")
    sent = dict(headers or {})
    if status in {429, 503}:
        sent.setdefault("Retry-After", RETRY_AFTER_S)
    if status == 413:
        sent["Connection"] = "close"
    return Response(to_json(body, inf_nan_mode="null"), status, sent, MEDIA_TYPE)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    return problem(request, error.code, str(error), error.faults)


async def _refused_by_owner(request: Request, error: Exception) -> Response:
    assert isinstance(error, FaultError)
    if error.code not in STATUS:
        _log.error("fault without a status; add it to the table of errors.py", code=error.code)
    return problem(request, error.code, error.message, facts=error.facts)


async def _unanswered(request: Request, error: Exception) -> Response:
    return problem(request, "no_answer", str(error))


async def _request_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    faults = [
        Fault("/" + "/".join(str(part) for part in found["loc"]), found["msg"], found["type"])
        for found in error.errors()
    ]
    return problem(request, "request_invalid", f"{faults[0].pointer}: {faults[0].detail}", faults)


async def _refused_by_framework(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = _BY_STATUS.get(error.status_code, "request_refused")
    details = {
        "route_not_found": f"there is nothing at {request.url.path[:200]}; /docs lists what there is",
        "method_not_allowed": f"{request.method[:20]} is not allowed at {request.url.path[:200]}",
    }
    headers = dict(error.headers or {})
    if code == "method_not_allowed":
        headers["Allow"] = ", ".join(allowed_methods(request.app, request.url.path)) or headers.get("Allow", "")
    return problem(request, code, details.get(code, str(error.detail)), headers=headers)


async def _failed(request: Request, error: Exception) -> Response:
    if is_outage(error):
        _log.warning("request not served, a server is away", path=request.url.path, error=repr(error))
        return problem(request, "unavailable", "the database or the stream server cannot be reached; try again")
    _log.error("request failed", path=request.url.path, method=request.method, exc_info=error)
    return problem(request, "internal_error", "the request failed here, not with you; the log has it by its trace id")


def _shown(fault: Fault) -> dict[str, Any]:
    return {name: value for name, value in asdict(fault).items() if value is not None}
