"""All routes: each names a permission; whatever goes wrong is a problem."""

import base64
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import asyncpg
import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from testmesh_api import errors
from testmesh_api.body_limits import BULK_BYTES, FILES_BYTES, FLOW_BYTES
from testmesh_api.config import ApiSettings
from testmesh_api.errors import STATUS, ApiError
from testmesh_api.gateway import Gateway
from testmesh_api.large_bodies import LargeBodies
from testmesh_api.openapi import operation_id
from testmesh_api.principals import Authorize
from testmesh_api.wiring import ROUTERS, create_app
from testmesh_chassis.errors import FaultError, NoAnswerError

ROUTES = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]


def permissions(dependant: Dependant) -> list[str]:
    own = [dependant.call.permission] if isinstance(dependant.call, Authorize) else []
    return own + [found for inner in dependant.dependencies for found in permissions(inner)]


@pytest.mark.parametrize("route", ROUTES, ids=operation_id)
def test_each_route_declares_one_permission(route: APIRoute) -> None:
    assert len(permissions(route.dependant)) == 1


def test_routes_that_change_something_need_more_than_to_read() -> None:
    harmless = {"flows.validate"}
    for route in ROUTES:
        if route.methods & {"POST", "PUT", "DELETE"} and operation_id(route) not in harmless:
            assert not permissions(route.dependant)[0].endswith(".read"), operation_id(route)


def test_the_document_has_every_route_and_only_references_that_lead_somewhere() -> None:
    document = create_app().openapi()
    names = {operation["operationId"] for path in document["paths"].values() for operation in path.values()}

    assert document["openapi"].startswith("3.1")
    assert names == {operation_id(route) for route in ROUTES}
    text = json.dumps(document)
    references = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert references <= set(document["components"]["schemas"])
    assert "x-schemas" not in text


def test_every_error_of_ours_has_a_status() -> None:
    for found in vars(errors).values():
        if isinstance(found, type) and issubclass(found, ApiError):
            assert found.code in STATUS


@pytest.fixture(scope="module")
def app() -> FastAPI:
    """The app, made once, with a route that raises what it is asked for."""
    made = create_app()

    raised: dict[str, Exception] = {
        "fault": FaultError("flow_name_taken", "taken", name="x"),
        "unknown-fault": FaultError("never_heard_of", "something new"),
        "no-answer": NoAnswerError("queries.storage", 5),
        "database-away": asyncpg.InterfaceError("closed"),
        "stream-away": ConnectionError("refused"),
        "bug": ZeroDivisionError("oops"),
        "data": asyncpg.DataError("odd"),
    }

    @made.get("/raise/{what}")
    async def fail(what: str) -> None:
        raise raised[what]

    return made


@pytest_asyncio.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    app.state.gateway = Gateway.of(ApiSettings())
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as opened:
        yield opened


@pytest.mark.parametrize(
    ("what", "status", "code"),
    [
        ("fault", 409, "flow_name_taken"),
        ("unknown-fault", 400, "never_heard_of"),
        ("no-answer", 503, "no_answer"),
        ("database-away", 503, "unavailable"),
        ("stream-away", 503, "unavailable"),
        ("bug", 500, "internal_error"),
        ("data", 500, "internal_error"),
    ],
)
async def test_whatever_is_raised_is_a_problem(client: httpx.AsyncClient, what: str, status: int, code: str) -> None:
    answer = await client.get(f"/raise/{what}")

    assert_problem(answer, status, code)
    assert ("retry-after" in answer.headers) == (status == 503)
    assert "oops" not in answer.text


async def test_a_missing_route_and_a_wrong_method_are_problems(client: httpx.AsyncClient) -> None:
    assert_problem(await client.get("/api/v1/nothing"), 404, "route_not_found")
    answer = await client.patch("/api/v1/flows")
    assert_problem(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "GET, POST"
    assert_problem(await client.get("/api/v1/flows/not-a-uuid"), 404, "route_not_found")
    assert (await client.put("/api/v1/flows/validate")).headers["allow"] == "POST"
    one = "/api/v1/flows/0192f6a0-6f4e-7c3e-9a51-2f5f0a6d7b10"
    assert (await client.post(one)).headers["allow"] == "DELETE, GET, PUT"


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/api/v1/flows?limit=0", "request_invalid"),
        ("/api/v1/flows?limit=201", "request_invalid"),
        ("/api/v1/flows?limit=" + "9" * 5000, "request_invalid"),
        ("/api/v1/flows?name=%00", "request_invalid"),
        ("/api/v1/executions?status=done", "request_invalid"),
    ],
)
async def test_wrong_parameters_are_problems_with_a_pointer(client: httpx.AsyncClient, path: str, code: str) -> None:
    answer = await client.get(path)

    assert_problem(answer, 422, code)
    assert answer.json()["errors"][0]["pointer"].startswith("/query/")


async def test_a_body_over_the_limit_is_refused_before_it_is_read(client: httpx.AsyncClient) -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += 65536
            yield b"x" * 65536

    announced = {"content-length": str(FLOW_BYTES + 1), "content-type": "application/yaml"}
    assert_problem(await client.post("/api/v1/flows", content=endless(), headers=announced), 413, "body_too_large")
    assert read == 0
    unannounced = {"content-type": "application/yaml"}
    answer = await client.post("/api/v1/flows/validate", content=endless(), headers=unannounced)
    assert_problem(answer, 413, "body_too_large")
    assert read <= FLOW_BYTES + 2 * 65536
    limits = (("/api/v1/executions", FILES_BYTES), ("/api/v1/flows", FILES_BYTES), ("/api/v1/environments", FLOW_BYTES))
    for path, limit in limits:
        over = {"content-length": str(limit + 1), "content-type": "application/json"}
        assert_problem(await client.post(path, content=endless(), headers=over), 413, "body_too_large")


@pytest.mark.parametrize(
    ("path", "limit"), [("/api/v1/executions", BULK_BYTES), ("/api/v1/flows/validate", FLOW_BYTES)]
)
async def test_only_a_body_with_files_may_be_as_large_as_files_are(
    client: httpx.AsyncClient, path: str, limit: int
) -> None:
    flow = {"definition": {"name": "a", "description": "x" * limit, "steps": [{"action": "log"}]}}

    assert_problem(await client.post(path, json=flow), 413, "body_too_large")
    small = {"a": "x" * 1000, "b": ""}
    assert_problem(await client.post(path, json={**flow, "files": small}), 413, "body_too_large")


@pytest.mark.parametrize(
    ("path", "limit"), [("/api/v1/executions", BULK_BYTES), ("/api/v1/flows/validate", FLOW_BYTES)]
)
async def test_a_large_body_that_names_no_files_is_refused_before_it_is_parsed(
    client: httpx.AsyncClient, path: str, limit: int
) -> None:
    json_type = {"content-type": "application/json"}

    answer = await client.post(path, content=b"[" * (limit + 1), headers=json_type)
    assert_problem(answer, 413, "body_too_large")
    answer = await client.post(path, content=b"[" * limit, headers=json_type)
    assert_problem(answer, 400, "body_unreadable")


async def test_the_contents_of_files_have_room_beside_a_flow(client: httpx.AsyncClient) -> None:
    source = "name: a\ndata: {file: r.csv}\nsteps: [{action: log, config: {message: x}}]\n"
    rows = base64.b64encode(b"who\n" + b"ada\n" * FLOW_BYTES).decode()
    answer = await client.post("/api/v1/flows/validate", json={"source": source, "files": {"r.csv": rows}})

    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("path", ["/api/v1/executions", "/api/v1/flows/validate"])
async def test_a_large_body_that_gets_no_turn_is_told_to_come_again(
    app: FastAPI, client: httpx.AsyncClient, path: str
) -> None:
    app.state.gateway = replace(app.state.gateway, large_bodies=LargeBodies(together=0, patience_s=0.01))
    answer = await client.post(path, json={"source": "", "files": {"a": "x" * FLOW_BYTES}})

    assert_problem(answer, 503, "unavailable")
    assert "retry-after" in answer.headers


async def test_a_flow_of_exactly_the_limit_is_read(client: httpx.AsyncClient) -> None:
    source = b"name: a\nsteps: [{action: log, config: {message: x}}]\n#"
    body = source + b"x" * (FLOW_BYTES - len(source))
    answer = await client.post("/api/v1/flows/validate", content=body, headers={"content-type": "text/yaml"})

    assert answer.status_code == 200


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data; boundary=x", "application/xml", "nonsense"])
async def test_an_unknown_content_type_is_told_what_is_taken(client: httpx.AsyncClient, kind: str) -> None:
    answer = await client.post("/api/v1/flows/validate", content=b"x", headers={"content-type": kind})

    assert_problem(answer, 415, "media_type_unsupported")
    assert "application/yaml" in answer.json()["detail"]


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 256, "é"])
async def test_an_idempotency_key_is_visible_ascii(client: httpx.AsyncClient, key: str) -> None:
    headers: Any = [(b"idempotency-key", key.encode())]
    answer = await client.post("/api/v1/environments", json={"name": "a"}, headers=headers)

    assert_problem(answer, 400, "idempotency_key_invalid")


async def test_a_problem_carries_the_trace_of_the_caller(client: httpx.AsyncClient) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    answer = await client.get("/nothing", headers={"traceparent": f"00-{trace}-b7ad6b7169203331-01"})

    assert answer.json()["trace_id"] == trace


async def test_a_process_that_is_not_started_says_so(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/health")

    assert (answer.status_code, answer.json()["status"]) == (503, "not ready")
    assert (await client.get("/api/v1/version")).json()["api"] == "v1"


def assert_problem(answer: httpx.Response, status: int, code: str) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["title"]
    assert problem["detail"]
    assert len(problem["trace_id"]) == 32
