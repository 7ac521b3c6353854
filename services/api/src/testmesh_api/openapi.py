"""The OpenAPI document: bodies that routes read by themselves, and problems for whatever goes wrong."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from testmesh_api.bodies import REFERENCE, schemas_of
from testmesh_api.problems import MEDIA_TYPE, Problem

TITLE = "TestMesh"
DESCRIPTION = (
    "End-to-end tests of distributed systems: flows, environments, executions, schedules. "
    "What executions do can be heard live: server-sent events of one, or the WebSocket `/api/v1/ws` (docs/live.md)."
)
_PROBLEM = {"description": "Refused", "content": {MEDIA_TYPE: {"schema": {"$ref": REFERENCE.format(model="Problem")}}}}
ALWAYS = (400, 404, 405, 413, 422, 500, 503)
FOR_BODIES = (415,)


def operation_id(route: APIRoute) -> str:
    """Name an operation `flows.create`: its resource, and what is done."""
    return f"{route.tags[0]}.{route.name}" if route.tags else route.name


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Declare the statuses of a route's problems, beside those that every route has."""
    return dict.fromkeys(statuses, _PROBLEM)


def describe(app: FastAPI) -> dict[str, Any]:
    """Return the document, made once."""
    if app.openapi_schema is None:
        document = get_openapi(title=TITLE, version=app.version, description=DESCRIPTION, routes=app.routes)
        found = schemas_of(Problem) | _adapt(document)
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas.update(found)
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        app.openapi_schema = document
    return app.openapi_schema


def _adapt(document: dict[str, Any]) -> dict[str, Any]:
    """Give every operation its problems; return the schemas of the bodies that routes read by themselves."""
    found: dict[str, Any] = {}
    for operations in document["paths"].values():
        for operation in operations.values():
            schemas = operation.pop("x-schemas", {})
            found |= schemas
            statuses = (*ALWAYS, *FOR_BODIES) if schemas else ALWAYS
            for status in statuses:
                operation["responses"].setdefault(str(status), _PROBLEM)
            operation["responses"]["422"] = _PROBLEM
    return found
