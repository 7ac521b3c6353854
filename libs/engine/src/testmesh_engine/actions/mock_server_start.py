"""`mock_server_start`: stand in for a service that the tested system calls, until the execution ends."""

from importlib import import_module
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from testmesh_engine.actions.http_request import HeaderValue
from testmesh_engine.actions.mock_requests import MATCHING, SERVER, RequestPattern, shown_pattern
from testmesh_sdk import Action, ActionConfig, ActionContext, ActionResult, Duration, Later

_ANSWERING = Later("template", frozenset(("request", "state")))
_TEXTS = ("status", "headers", "body")
Fault = Literal["reset", "hang", "truncated", "garbage"]


class MockResponse(ActionConfig):
    """What is answered; references in status, headers and body are filled in for each request."""

    status: int | str = Field(default=200, description="200 to 599, or a reference")
    headers: dict[str, HeaderValue] = Field(default={}, description="Sent beside those that a response needs anyway")
    body: Any = Field(default=None, description="A map or a list as JSON, a text as it is")
    delay: Duration | None = Field(default=None, description="How long the answer waits")
    fault: Fault | None = Field(
        default=None,
        description="In place of a whole answer: the connection reset, no answer at all, half of it, or no HTTP",
    )

    @model_validator(mode="after")
    def has_a_status(self) -> Self:
        if isinstance(self.status, int) and not 200 <= self.status <= 599:
            raise ValueError("a status is a number from 200 to 599")
        return self


class MockEndpoint(RequestPattern):
    """Requests that are alike, and what they are answered; 200 and nothing else where nothing is said."""

    response: MockResponse | None = Field(default=None, description="The answer to each request")
    responses: list[MockResponse] = Field(
        default=[], max_length=1000, description="In place of response: the answers, one after another"
    )
    after_last: Literal["repeat", "cycle", "stop"] = Field(
        default="repeat", description="Behind the last of responses: it again, all again, or 404"
    )
    when_state: str | None = Field(default=None, description='Only while the server is in this state; at first "start"')
    then_state: str | None = Field(default=None, description="The state that the server is in from then on")

    @model_validator(mode="after")
    def can_be_answered(self) -> Self:
        if self.path is None:
            raise ValueError("an endpoint needs a path, such as /orders/{id} or /**")
        if self.response is not None and self.responses:
            raise ValueError("an endpoint has a response or responses, not both")
        return self


class MockServerStartConfig(ActionConfig):
    """A server of the execution's own; of several endpoints that fit a request, the first one answers."""

    name: str = Field(default=SERVER, min_length=1, max_length=100, description="What other steps call it")
    endpoints: list[MockEndpoint] = Field(min_length=1, max_length=200, description="Looked at from top to bottom")
    port: int = Field(default=0, ge=0, le=65535, description="0: one that is free")


class MockServerStartResult(ActionResult):
    """Where the tested system reaches it."""

    name: str
    base_url: str
    port: int
    requests: list[Any] = Field(default=[])


class MockServerStartAction(Action[MockServerStartConfig, MockServerStartResult]):
    """Starts a server that is stopped with the execution, whatever happens."""

    name = "mock_server_start"
    config = MockServerStartConfig
    result = MockServerStartResult
    retry_safe = True
    later = {  # noqa: RUF012 - a ClassVar of Action
        "endpoints/*/match": MATCHING,
        **{f"endpoints/*/response/{text}": _ANSWERING for text in _TEXTS},
        **{f"endpoints/*/responses/*/{text}": _ANSWERING for text in _TEXTS},
    }

    def load(self) -> None:
        """Import the server."""
        import_module("testmesh_engine.mocks.servers")

    async def run(self, config: MockServerStartConfig, context: ActionContext) -> MockServerStartResult:
        from testmesh_engine.mocks.servers import start

        return await start(config, context)

    @classmethod
    def shown(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Return the config without what proves who asks."""
        endpoints = values.get("endpoints")
        if not isinstance(endpoints, list):
            return values
        return {**values, "endpoints": [shown_pattern(endpoint) for endpoint in endpoints]}
