"""Who asks, and whether they may: every route names the permission that it needs."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Depends

DEFAULT_PROJECT = UUID("00000000-0000-7000-8000-000000000001")

Permission = Literal[
    "environments.read",
    "environments.write",
    "executions.read",
    "executions.start",
    "flows.read",
    "flows.write",
    "schedules.read",
    "schedules.write",
    "service.read",
]


@dataclass(frozen=True, slots=True)
class Principal:
    """Someone who asks, and the project in which they ask."""

    name: str
    project_id: UUID


class Authorize:
    """Finds who asks and lets them pass only with the permission of the route.

    Until there is sign-in the server listens on loopback alone, and whoever reaches it is `local`.
    """

    def __init__(self, permission: Permission) -> None:
        self.permission = permission

    async def __call__(self) -> Principal:
        return Principal("local", DEFAULT_PROJECT)


def authorize(permission: Permission) -> Callable[[], Awaitable[Principal]]:
    """Return the dependency that a route declares."""
    return Authorize(permission)


def needs(permission: Permission) -> Any:
    """Mark a route's parameter as the principal who has this permission."""
    return Depends(authorize(permission))


MayReadFlows = Annotated[Principal, needs("flows.read")]
MayWriteFlows = Annotated[Principal, needs("flows.write")]
MayReadEnvironments = Annotated[Principal, needs("environments.read")]
MayWriteEnvironments = Annotated[Principal, needs("environments.write")]
MayReadExecutions = Annotated[Principal, needs("executions.read")]
MayStartExecutions = Annotated[Principal, needs("executions.start")]
MayReadSchedules = Annotated[Principal, needs("schedules.read")]
MayWriteSchedules = Annotated[Principal, needs("schedules.write")]
MaySeeService = Annotated[Principal, needs("service.read")]
