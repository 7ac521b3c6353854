"""`mock_server_stop`: end a mock server before its execution ends."""

from importlib import import_module
from typing import Any

from pydantic import Field

from testmesh_engine.actions.mock_requests import SERVER
from testmesh_sdk import Action, ActionConfig, ActionContext, ActionResult


class MockServerStopConfig(ActionConfig):
    """Which."""

    server: str = Field(default=SERVER, min_length=1, description="The name that mock_server_start gave it")


class MockServerStopResult(ActionResult):
    """All that came to it."""

    requests: list[Any] = Field(default=[])
    count: int = 0
    unmatched: list[Any] = Field(default=[])


class MockServerStopAction(Action[MockServerStopConfig, MockServerStopResult]):
    """From then on nothing listens there."""

    name = "mock_server_stop"
    config = MockServerStopConfig
    result = MockServerStopResult
    retry_safe = True

    def load(self) -> None:
        """Import the server."""
        import_module("testmesh_engine.mocks.servers")

    async def run(self, config: MockServerStopConfig, context: ActionContext) -> MockServerStopResult:
        from testmesh_engine.mocks.servers import stop

        return await stop(config, context)
