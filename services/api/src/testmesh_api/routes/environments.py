"""Environments: named variables that executions start with, and where these may connect to."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from testmesh_api.bodies import Body, PlainText, read_body, takes
from testmesh_api.changes import Change
from testmesh_api.gateway import Gateway, Here
from testmesh_api.idempotency import Sent
from testmesh_api.openapi import problems
from testmesh_api.pages import DEFAULT_LIMIT, Cursor, Limit, Page, link_next
from testmesh_api.preconditions import IfMatch, etag, expected_version
from testmesh_api.principals import MayReadEnvironments, MayWriteEnvironments, Principal
from testmesh_contracts import uuid7
from testmesh_contracts.flows import (
    CreateEnvironment,
    DeleteEnvironment,
    EgressRules,
    EnvironmentView,
    UpdateEnvironment,
)
from testmesh_contracts.queries import EnvironmentList, GetEnvironment, ListEnvironments
from testmesh_engine.egress.entries import EgressEntryError, parse_entry

MOST_ENTRIES = 200

router = APIRouter(prefix="/environments", tags=["environments"])


def _entry(text: str) -> str:
    try:
        parse_entry(text)
    except EgressEntryError as error:
        raise PydanticCustomError("egress_entry_invalid", "{why}", {"why": str(error)}) from error
    return text


class EgressBody(Body):
    """Where executions may connect to, over what the server's operator says; what is left out is as the operator says.

    Link-local addresses and those of metadata services stay refused unless an entry of `allow` is that very address.
    """

    allow: list[Annotated[str, AfterValidator(_entry)]] = Field(
        default_factory=list,
        max_length=MOST_ENTRIES,
        examples=[["10.1.0.0/16:5432", "db.internal", "*.shop.internal:443"]],
        description="Addresses, networks, hosts and all hosts below a name, each perhaps with a port",
    )
    loopback: bool | None = Field(default=None, description="Addresses of the runner's own machine")
    private: bool | None = Field(default=None, description="Addresses of private networks")
    public: bool | None = Field(default=None, description="Addresses of the internet")


class EnvironmentBody(Body):
    """An environment as it shall be."""

    name: str = Field(min_length=1, max_length=255)
    description: str | None = None
    variables: dict[str, Any] = Field(default_factory=dict)
    egress: EgressBody | None = None

    @property
    def egress_rules(self) -> EgressRules | None:
        return None if self.egress is None else EgressRules(**self.egress.model_dump())


BODY = takes(EnvironmentBody)


@router.post("", status_code=201, openapi_extra=BODY, responses=problems(409))
async def create(
    request: Request, response: Response, here: Here, sent: Sent, principal: MayWriteEnvironments
) -> EnvironmentView:
    """Keep a new environment."""
    body: EnvironmentBody = await read_body(request, EnvironmentBody)
    command = CreateEnvironment(
        command_id=sent.command_id(principal.name, "environment.create"),
        project_id=principal.project_id,
        principal=principal.name,
        environment_id=uuid7(),
        name=body.name,
        description=body.description,
        variables=body.variables,
        egress=body.egress_rules,
    )
    change = Change.creating(principal, command, command.environment_id, sent)
    environment = await here.changes.carry_out(change, EnvironmentView)
    response.headers["Location"] = f"{request.url.path.rstrip('/')}/{environment.id}"
    response.headers["ETag"] = etag(environment.version)
    return environment


@router.get("")
async def browse(
    request: Request,
    response: Response,
    here: Here,
    principal: MayReadEnvironments,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    name: PlainText | None = None,
) -> Page[EnvironmentView]:
    """List environments, newest first."""
    after = await here.cursors.read_id("environments", cursor)
    question = ListEnvironments(project_id=principal.project_id, limit=limit, after=after, name=name)
    found = await here.storage.ask(question, EnvironmentList)
    last = str(found.items[-1].id) if len(found.items) == limit else None
    following = None if last is None else await here.cursors.give("environments", last)
    link_next(request, response, following)
    return Page(items=found.items, next_cursor=following, total_estimate=found.total_estimate)


@router.get("/{environment_id:uuid}")
async def get(environment_id: UUID, response: Response, here: Here, principal: MayReadEnvironments) -> EnvironmentView:
    """Return an environment."""
    environment = await _get(here, principal, environment_id)
    response.headers["ETag"] = etag(environment.version)
    return environment


@router.put("/{environment_id:uuid}", openapi_extra=BODY, responses=problems(409, 412, 428))
async def update(
    environment_id: UUID,
    request: Request,
    response: Response,
    here: Here,
    principal: MayWriteEnvironments,
    if_match: IfMatch = None,
) -> EnvironmentView:
    """Change an environment."""
    body: EnvironmentBody = await read_body(request, EnvironmentBody)
    version = await expected_version(if_match, lambda: _version(here, principal, environment_id))
    command = UpdateEnvironment(
        command_id=uuid7(),
        project_id=principal.project_id,
        principal=principal.name,
        environment_id=environment_id,
        expected_version=version,
        name=body.name,
        description=body.description,
        variables=body.variables,
        egress=body.egress_rules,
    )
    environment = await here.changes.carry_out(Change(principal, command, environment_id), EnvironmentView)
    response.headers["ETag"] = etag(environment.version)
    return environment


@router.delete("/{environment_id:uuid}", status_code=204, responses=problems(412, 428))
async def delete(environment_id: UUID, here: Here, principal: MayWriteEnvironments, if_match: IfMatch = None) -> None:
    """Remove an environment."""
    version = await expected_version(if_match, lambda: _version(here, principal, environment_id))
    command = DeleteEnvironment(
        command_id=uuid7(),
        project_id=principal.project_id,
        principal=principal.name,
        environment_id=environment_id,
        expected_version=version,
    )
    await here.changes.remove(Change(principal, command, environment_id))


async def _get(here: Gateway, principal: Principal, environment_id: UUID) -> EnvironmentView:
    question = GetEnvironment(project_id=principal.project_id, environment_id=environment_id)
    return await here.storage.ask(question, EnvironmentView)


async def _version(here: Gateway, principal: Principal, environment_id: UUID) -> int:
    return (await _get(here, principal, environment_id)).version
