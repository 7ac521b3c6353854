"""The gateway itself: is it well, which release is it."""

from importlib.metadata import version as installed_version
from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel

from testmesh_api.gateway import Here
from testmesh_api.principals import MaySeeService

router = APIRouter(tags=["service"])


class HealthReport(BaseModel):
    """Whether the gateway can work, and what keeps it from that."""

    status: Literal["ready", "not ready"]
    failures: dict[str, str] = {}


class Version(BaseModel):
    """The release that answers."""

    version: str
    api: Literal["v1"] = "v1"


@router.get("/health", responses={503: {"model": HealthReport}})
async def health(response: Response, here: Here, _principal: MaySeeService) -> HealthReport:
    """Tell whether the gateway reaches what it needs."""
    failures = await here.health.failures()
    response.status_code = 503 if failures else 200
    return HealthReport(status="not ready" if failures else "ready", failures=failures)


@router.get("/version")
async def version(_principal: MaySeeService) -> Version:
    """Tell which release this is."""
    return Version(version=installed_version("testmesh-api"))
