"""What the gateway is made of: its app with the routes, and the parts of its process."""

from functools import partial
from importlib.metadata import version

from fastapi import FastAPI

from testmesh_api import repository
from testmesh_api.body_limits import LimitBodies
from testmesh_api.config import ApiSettings
from testmesh_api.dashboard import serve_dashboard
from testmesh_api.gateway import Gateway
from testmesh_api.openapi import DESCRIPTION, TITLE, describe, operation_id
from testmesh_api.problems import add_problems
from testmesh_api.routes import artifacts, environments, executions, flows, language, live, schedules, service
from testmesh_api.subscribers import declare
from testmesh_api.tracing import TraceRequests
from testmesh_chassis.process import Part, Process
from testmesh_chassis.rounds import Rounds

PREFIX = "/api/v1"
OLD_EVENTS_EVERY_S = 10.0
OLD_KEYS_EVERY_S = 600.0
"""A key past its 24 hours is free even before it is removed."""
ROUTERS = (
    flows.router,
    environments.router,
    executions.router,
    artifacts.of_results,
    artifacts.router,
    language.router,
    live.router,
    schedules.router,
    service.router,
)


def create_app() -> FastAPI:
    """Return the app with its routes; `create` gives it a gateway to work with."""
    app = FastAPI(
        title=TITLE,
        description=DESCRIPTION,
        version=version("testmesh-api"),
        generate_unique_id_function=operation_id,
        redirect_slashes=False,
        redoc_url=None,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # ours carries the trace; 0.2 ms a request
    )
    for router in ROUTERS:
        app.include_router(router, prefix=PREFIX)
    add_problems(app)
    app.add_middleware(LimitBodies)
    app.add_middleware(TraceRequests)
    app.openapi = lambda: describe(app)  # type: ignore[method-assign]  # FastAPI's way to change its document
    return app


def create(settings: ApiSettings) -> Process:
    """Wire a gateway that is not started yet."""
    gateway = Gateway.of(settings)
    declare(gateway.bus, gateway.results)
    app = create_app()
    app.state.gateway = gateway
    serve_dashboard(app, settings.dashboard_dir)
    old_keys = Rounds("old keys", OLD_KEYS_EVERY_S, partial(repository.remove_old_keys, gateway.database))
    old_events = Rounds("old events", OLD_EVENTS_EVERY_S, gateway.hub.let_old_go)
    parts: list[Part] = [gateway.database, gateway.bus, gateway.relay, gateway.feed, old_keys, old_events]
    return Process(settings, parts, gateway.health, app=app, port=settings.port, on_drain=gateway.let_clients_go)
